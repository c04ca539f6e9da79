"""The categories of the Directorate's receive tests that a dialogue message can be put to.

463 official messages fall into 23 categories. Those about patients and their identifiers are played here; the others
that concern dialogue messages are cases of other suites (`nhnconform/profiles/receive-tests.toml` says which).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from nhnconform.case import Basis, Level, case
from nhnconform.conversations.exchanges import letter, rejected, taken, told
from nhnconform.conversations.letters import Person
from nhnfixtures import series

if TYPE_CHECKING:
    from nhnconform.stage import Stage

PROFILE = ("receive-tests",)
BORN = date(1975, 3, 12)


def _shared_help_number(sut: Stage) -> str:
    return str(series.fh_number(sut.counterpart.her_id % 190_000_000))


def _d_number(sut: Stage) -> str:
    numbers = sorted(series.person_numbers(BORN, series="skatteetaten", d_number=True))
    return str(numbers[sut.counterpart.her_id % len(numbers)])


async def _identified(sut: Stage, patient: Person, how: str) -> None:
    """The note about a patient who is identified so is answered with status 1, and is in the inbox."""
    sent = letter(sut, "Pasienten er identifisert på en annen måte.", patient=patient)
    came = await told(sut, sent)
    receipt = came.receipt
    assert receipt.status == "1", f"a patient with {how} was answered with {receipt.status} {receipt.codes}"
    await taken(sut, came.delivered.message_id)
    filed = await sut.eventually(lambda: sut.inbox(sent.msg_id), f"the message {sent.msg_id} in the inbox")
    assert len(filed) == 1, f"the message is in the inbox {len(filed)} times"


@case(
    id="RT-IDTYPES-A",
    title="A patient with a shared help number and a birth date is identified",
    requirements=("RT-IDTYPES",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, E36: name with FHN; receive tests IDTYPES a",
    needs=("inbox",),
)
async def case_help_number_and_birth(sut: Stage) -> None:
    """The note names its patient by name, felles hjelpenummer, birth date and sex. It is accepted."""
    number, patient = _shared_help_number(sut), sut.patient
    who = Person(number, patient.given_name, patient.family_name, "FHN", born=BORN.isoformat(), sex="2")
    await _identified(sut, who, "a shared help number and a birth date")


@case(
    id="RT-IDTYPES-B",
    title="A patient with a shared help number is identified",
    requirements=("RT-IDTYPES",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, E36: name with FHN; receive tests IDTYPES b",
    needs=("inbox",),
)
async def case_help_number(sut: Stage) -> None:
    """The note names its patient by name and felles hjelpenummer. It is accepted."""
    number, patient = _shared_help_number(sut), sut.patient
    await _identified(sut, Person(number, patient.given_name, patient.family_name, "FHN"), "a shared help number")


@case(
    id="RT-IDTYPES-C",
    title="A patient with a D-number is identified",
    requirements=("RT-IDTYPES",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, E36: name with DNR; receive tests IDTYPES c",
    needs=("inbox",),
)
async def case_d_number(sut: Stage) -> None:
    """The note names its patient by name and D-number. It is accepted."""
    patient = sut.patient
    await _identified(sut, Person(_d_number(sut), patient.given_name, patient.family_name, "DNR"), "a D-number")


@case(
    id="RT-IDTYPES-D",
    title="A patient with two identifiers is identified",
    requirements=("RT-IDTYPES",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, E36; receive tests IDTYPES d",
    needs=("inbox",),
)
async def case_two_identifiers(sut: Stage) -> None:
    """The note names its patient by fødselsnummer and by a help number of before. It is accepted."""
    patient = sut.patient
    second = ("FHN", _shared_help_number(sut))
    await _identified(
        sut, Person(patient.number, patient.given_name, patient.family_name, second=second), "two numbers"
    )


@case(
    id="RT-FNR",
    title="A fødselsnummer with wrong control digits identifies nobody",
    requirements=("RT-FNR",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, E31 and E36; receive tests FNR",
    needs=("inbox",),
)
async def case_wrong_digits(sut: Stage) -> None:
    """The last digit of the patient's number is another. The note is rejected with E31, and is not filed."""
    patient = sut.patient
    wrong = patient.number[:-1] + str((int(patient.number[-1]) + 1) % 10)
    about = Person(wrong, patient.given_name, patient.family_name)
    await rejected(sut, letter(sut, "Feil i kontrollsifrene.", patient=about), breaks="MH-09", code="E31")


@case(
    id="RT-PATIENT",
    title="A number without a name does not identify a patient",
    requirements=("RT-PATIENT",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168, E36: name with FNR; receive tests PATIENT",
    needs=("inbox",),
)
async def case_without_name(sut: Stage) -> None:
    """The note gives the patient's number and no name. It is rejected with E36, and is not filed."""
    nameless = Person(sut.patient.number, "", "")
    await rejected(sut, letter(sut, "Uten navn.", patient=nameless), breaks="MH-08", code="E36")


@case(
    id="RT-UNKNOWN-PATIENT",
    title="A message about somebody without a record here is answered",
    requirements=("RT-UNKNOWN-PATIENT",),
    profiles=PROFILE,
    level=Level.MUST,
    basis=Basis.SPECIFICATION,
    clause="HITS 1168: every message is answered; receive tests UNKNOWN_PATIENT",
    needs=("inbox",),
)
async def case_without_record(sut: Stage) -> None:
    """The note is about a person whom the SUT has never heard of. One receipt comes, and says what became of it.

    With status 1 the message can be read in the inbox; with status 2 (E35) it is not there.
    """
    stranger = sut.world_around.person(900 + sut.counterpart.her_id % 90)
    sut.claim.add(patients=[stranger.number])
    sent = letter(sut, "Har dere denne?", patient=Person(stranger.number, stranger.given_name, stranger.family_name))
    receipt = (await told(sut, sent, about="about a person without a record here")).receipt
    filed = await sut.inbox(sent.msg_id)
    if receipt.status == "1":
        assert len(filed) == 1, f"the message was accepted and is in the inbox {len(filed)} times"
    else:
        assert "E35" in receipt.codes, f"a patient without a record is E35; the receipt says {receipt.codes}"
        assert not filed, "a rejected message (E35) must not be in the inbox"
