"""The client of the GP register against answers that are written here: doctors, periods, refusals, any bytes at all."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhnclinic.config import GpRegisterSettings
from nhnclinic.errors import ConfigError, RefusedError, TransportError
from nhnclinic.registers import gp
from nhnclinic.registers.gp import GpRegister
from nhnclinic.registers.http import Reply
from nhntime import VirtualClock
from nhnwire.identifiers import with_control_digits
from nhnwire.registers import soap
from nhnwire.registers.binding import WS_HTTP
from nhnwire.registers.common import Code, OpenPeriod, generic
from nhnwire.registers.gp.service import GP_READ
from nhnwire.registers.gp.types import GPOnContractAssociation, PatientToGPContractAssociation, Person
from nhnwire.registers.simple import NO_TIME

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = next(number for k in range(100, 200) if (number := with_control_digits(f"018250{k}")))
NOW = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)
"""08:00 in Norway."""
SETTINGS = GpRegisterSettings("https://gp.example/v2/flr", "OrgUsr311111111", "secret")


def doctor(name: str, relation: str, begin: str, end: str | None = None) -> GPOnContractAssociation:
    period = OpenPeriod(from_=datetime.fromisoformat(begin), to=None if end is None else datetime.fromisoformat(end))
    return GPOnContractAssociation(
        gp=Person(first_name="Vakker", last_name=name),
        hpr_number=900_000_001,
        relationship=Code(code_value=relation, oid=7750),
        valid=period,
    )


LIST = PatientToGPContractAssociation(
    doctor_cycles=(
        doctor("Avgått", "LPFL", "2020-01-01T00:00:00", "2030-01-01T00:00:00"),
        doctor("Vikar", "LPVI", "2030-01-01T00:00:00", "2030-01-07T08:00:01"),
        doctor("Lege", "LPFL", "2030-01-01T00:00:00"),
        doctor("Kommende", "LPFL", "2030-01-07T08:00:01"),
    ),
    gp_contract_id=1,
    gp_her_id=9_000_010,
    patient_nin=NUMBER,
    period=OpenPeriod(
        from_=datetime.fromisoformat("2029-07-01T00:00:00"), to=datetime.fromisoformat("2030-01-07T08:30:00")
    ),
)


def body(found: PatientToGPContractAssociation | None) -> bytes:
    return soap.reply(GP_READ.response(gp.OPERATION, found), WS_HTTP, action=GP_READ.action(gp.OPERATION, "Response"))


class Register:
    """Says one thing, and counts how often; `client` is the clinic's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, data: bytes, status: int = 200) -> None:
        self.asked, self.data, self.status, self.clock = 0, data, status, VirtualClock(NOW)
        monkeypatch.setattr(gp, "exchange", self.exchange)
        parts = type("Parts", (), {"new_id": staticmethod(lambda: "0")})
        wiring = type("Wiring", (), {"clock": self.clock, "parts": parts, "http": None})
        self.client = GpRegister(cast("Any", wiring), SETTINGS)

    async def exchange(self, *_: Any, **__: Any) -> Reply:
        self.asked += 1
        return Reply(self.status, {}, self.data)


def test_doctors_are_those_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The GP who has left and the one who is to come are not named; the stand-in is, beside the GP. The register writes
    Norwegian time without saying so.
    """  # fmt: skip
    found = asyncio.run(Register(monkeypatch, body(LIST)).client.gp_of(NUMBER))
    assert found.gp is not None
    assert (found.gp.name, found.gp.hpr, found.her_id) == ("Vakker Lege", "900000001", 9_000_010)
    assert [(one.name, one.relation) for one in found.others] == [("Vakker Vikar", "LPVI")]
    assert found.until is not None
    assert found.until.astimezone(UTC) == NOW + timedelta(minutes=30)


def test_a_list_without_a_doctor_is_a_list_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The patient has a contract and nobody on it: no error, no name."""
    found = asyncio.run(Register(monkeypatch, body(replace(LIST, doctor_cycles=()))).client.gp_of(NUMBER))
    assert (found.gp, found.contract) == (None, 1)


def test_an_answer_is_believed_until_its_period_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour otherwise, and not at all when asked to look anew; an error forgets what was known."""
    register = Register(monkeypatch, body(LIST))

    async def ask(minutes: int, *, fresh: bool = False) -> int:
        await register.clock.leap_to(NOW + timedelta(minutes=minutes))
        await register.client.gp_of(NUMBER, fresh=fresh)
        return register.asked

    async def story() -> None:
        assert [await ask(0), await ask(29), await ask(30)] == [1, 1, 2]
        register.data = body(replace(LIST, period=None))
        assert [await ask(31, fresh=True), await ask(90), await ask(91)] == [3, 3, 4]
        register.data = b""
        with pytest.raises(TransportError):
            await ask(92, fresh=True)
        with pytest.raises(TransportError):
            await ask(92)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("row", "fill", "kind", "code"),
    [
        ("no-gp", {}, RefusedError, "no_gp"),
        ("invalid-patient", {}, RefusedError, "unknown_patient"),
        ("gp-refused", {"what": "noe annet"}, TransportError, ""),
    ],
)
def test_refusals_are_told_apart_by_their_text(
    monkeypatch: pytest.MonkeyPatch, row: str, fill: dict[str, str], kind: type[Exception], code: str
) -> None:
    """They share the error code `Feil`; one that is not known is the register's trouble, not the patient's."""
    fault = GP_READ.fault(gp.OPERATION, generic(row, **fill))
    register = Register(monkeypatch, soap.fault_reply(fault, WS_HTTP), 500)
    with pytest.raises(kind) as caught:
        asyncio.run(register.client.gp_of(NUMBER))
    assert getattr(caught.value, "code", "") == code


def test_an_answer_about_somebody_else_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    register = Register(monkeypatch, body(replace(LIST, patient_nin="01820049900")))
    with pytest.raises(TransportError, match="somebody else"):
        asyncio.run(register.client.gp_of(NUMBER))


def test_a_password_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    wiring = cast("Any", type("Wiring", (), {"clock": VirtualClock(NOW)}))
    settings = GpRegisterSettings("https://gp.example/v2/flr", "OrgUsr311111111", password_file=str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="password_file"):
        GpRegister(wiring, settings)


@given(
    st.binary(max_size=200)
    | st.tuples(st.integers(0, len(body(LIST))), st.binary(max_size=6)).map(
        lambda cut: body(LIST)[: cut[0]] + cut[1] + body(LIST)[cut[0] + len(cut[1]) :]
    ),
    st.sampled_from([200, 400, 401, 500]),
)
@settings(max_examples=300)
def test_any_answer_is_a_gp_or_an_error(data: bytes, status: int) -> None:
    """Whatever bytes come back, the caller gets a GP or an error of the clinic's, and health a pulse."""
    with pytest.MonkeyPatch.context() as monkeypatch, contextlib.suppress(RefusedError, TransportError):
        asyncio.run(Register(monkeypatch, data, status).client.gp_of(NUMBER))


@given(
    st.datetimes() | st.none(),
    st.datetimes() | st.none(),
    st.integers(-(2**31), 2**31 - 1),
    st.sampled_from(["LPFL", "LPVI", "", "?"]) | st.none(),
)
def test_any_period_and_number_can_be_read(begin: Any, end: Any, number: int, relation: Any) -> None:
    one = replace(
        LIST.doctor_cycles[0] if LIST.doctor_cycles else GPOnContractAssociation(),
        hpr_number=number,
        relationship=Code(code_value=relation),
        valid=OpenPeriod(from_=begin or NO_TIME, to=end),
    )
    data = body(replace(LIST, doctor_cycles=(one,), period=one.valid))
    with pytest.MonkeyPatch.context() as monkeypatch:
        asyncio.run(Register(monkeypatch, data).client.gp_of(NUMBER))
