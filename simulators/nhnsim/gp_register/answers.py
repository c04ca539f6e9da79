"""The seventeen questions that the GP register's read service answers, and to whom.

Every question is open to an organisation's user, except the list of an office, which is for the office itself, and
those that are NAV's alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from nhnsim.gp_register import values
from nhnsim.gp_register.lists import BEGAN, Lists
from nhnsim.soap import Caller, naive, refused
from nhnwire.errors import IdentifierError
from nhnwire.identifiers import check_fnr
from nhnwire.registers.gp.types import (
    GPContract,
    GPDetails,
    PagedGPContracts,
    PagedGPDetails,
    PatientToGPContractAssociation,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from nhnfixtures.world import GpList

PAGE: Final = 20
MOST: Final = 100
"""Results on a page when nobody says how many, and at most."""
MAX_PATIENTS: Final = 1000
"""Patients in one question."""


@dataclass(frozen=True)
class Row:
    """What a contract can be found by."""

    entry: GpList
    name: str
    office: str
    postal_code: str


class Answers:
    """The answers; each a function of caller and arguments, and without waiting.

    Args:
        lists: the lists as they stand.
        now: domain time, naive Norwegian.
    """

    def __init__(self, lists: Lists, now: Callable[[], datetime]) -> None:
        self._lists = lists
        self._now = now

    def patient(self, _: Caller, asked: Mapping[str, Any]) -> PatientToGPContractAssociation:
        """GetPatientGPDetails."""
        now = self._now()
        stay = self._lists.stay(self._person(asked["patientNin"]), now)
        if stay is None:
            raise refused("no-gp")
        return values.association(self._lists, stay, now)

    def patients(self, _: Caller, asked: Mapping[str, Any]) -> tuple[PatientToGPContractAssociation, ...]:
        """GetPatientsGPDetails: those who have no GP are missing."""
        now = self._now()
        return self._at([(number, now) for number in _several(asked["patientNins"])])

    def patients_at(self, _: Caller, asked: Mapping[str, Any]) -> tuple[PatientToGPContractAssociation, ...]:
        """GetPatientsGPDetailsAtTime: those who had no GP are missing."""
        return self._at([(one.nin, naive(one.at_time)) for one in _several(asked["patientNins"])])

    def history(self, _: Caller, asked: Mapping[str, Any]) -> tuple[PatientToGPContractAssociation, ...]:
        """GetPatientGPHistory, oldest first."""
        stays = self._lists.stays(self._person(asked["patientNin"]))
        return tuple(
            values.association(self._lists, stay, self._now(), patient=asked["includePatientData"])
            for stay in stays
            if stay.start <= self._now()
        )

    def contract(self, _: Caller, asked: Mapping[str, Any]) -> GPContract:
        """GetGPContract."""
        return values.contract(self._lists, self._entry(asked["gpContractId"]), self._now())

    def contracts_on_office(self, _: Caller, asked: Mapping[str, Any]) -> tuple[GPContract, ...]:
        """GetGPContractsOnOffice: without a time all there have been."""
        number = f"{asked['organizationNumber']:09d}"
        found = [row.entry for row in self._directory if row.entry.organisation_number == number]
        return tuple(
            values.contract(self._lists, entry, self._now())
            for entry in found
            if asked["atTime"] is None or self._runs(entry, naive(asked["atTime"]))
        )

    def patient_list(self, caller: Caller, asked: Mapping[str, Any]) -> tuple[PatientToGPContractAssociation, ...]:
        """GetGPPatientList: for the office whose list it is."""
        entry = self._entry(asked["gpContractId"])
        if caller.organisation_number != entry.organisation_number:
            raise refused("gp-refused", what=f"pasientlisten for kontrakt {entry.id} kan ikke utleveres til deg")
        now = self._now()
        return tuple(
            values.association(self._lists, stay, now, whole=False) for stay in self._lists.patients(entry, now)
        )

    def doctor(self, _: Caller, asked: Mapping[str, Any]) -> GPDetails:
        """GetGPWithAssociatedGPContracts."""
        found = [row.entry for row in self._directory if row.entry.hpr == str(asked["hprNumber"])]
        if not found:
            raise refused("gp-refused", what=f"HPR-nummer {asked['hprNumber']} er ikke fastlege")
        at = None if asked["atTime"] is None else naive(asked["atTime"])
        return self._details([entry for entry in found if at is None or self._runs(entry, at)], found[0])

    def confirm(self, _: Caller, asked: Mapping[str, Any]) -> bool:
        """ConfirmGP: without a time as of now."""
        at = self._now() if asked["atTime"] is None else naive(asked["atTime"])
        person = self._known(asked["patientNin"])
        stay = None if person is None else self._lists.stay(person, at)
        entry = None if stay is None else self._lists.world.gp_list(stay.contract)
        return entry is not None and entry.hpr == str(asked["hprNumber"])

    def in_postal_code(self, _: Caller, asked: Mapping[str, Any]) -> tuple[int, ...]:
        """GetGPContractIdsOperatingInPostalCode."""
        wanted, now = (asked["postNr"] or "").strip(), self._now()
        return tuple(
            row.entry.id for row in self._directory if row.postal_code == wanted and self._runs(row.entry, now)
        )

    def search_doctors(self, _: Caller, asked: Mapping[str, Any]) -> PagedGPDetails:
        """SearchForGP: every word must be in the names of doctor and office; distance is not looked at."""
        wish = asked["searchParameters"]
        if wish is None:
            raise refused("gp-refused", what="searchParameters mangler")
        rows = [row for row in self._found(wish.full_text, wish.has_gp_office_in_municipality) if row.entry.hpr]
        page = _page(rows, wish.page, wish.page_size)
        return PagedGPDetails(results=tuple(self._details([row.entry], row.entry) for row in page), total=len(rows))

    def search_contracts(self, _: Caller, asked: Mapping[str, Any]) -> PagedGPContracts:
        """QueryGPContracts."""
        wish = asked["queryParameters"]
        if wish is None:
            raise refused("gp-refused", what="queryParameters mangler")
        rows = [] if wish.has_primary_health_care_team else self._found(wish.full_text, wish.municipality)
        page = _page(rows, wish.page, wish.page_size)
        return PagedGPContracts(
            results=tuple(values.contract(self._lists, row.entry, self._now()) for row in page), total=len(rows)
        )

    def team(self, _: Caller, asked: Mapping[str, Any]) -> None:
        """GetPrimaryHealthCareTeam: there are none in this world."""
        raise refused("gp-refused", what=f"primærhelseteam {asked['id']} finnes ikke")

    def for_nav(self, _: Caller, asked: Mapping[str, Any]) -> None:
        """What only NAV may ask."""
        del asked
        raise refused("gp-refused", what="operasjonen er forbeholdt NAV")

    def _at(self, asked: list[tuple[str | None, datetime]]) -> tuple[PatientToGPContractAssociation, ...]:
        known = ((self._known(number), at) for number, at in asked)
        found = ((self._lists.stay(person, at), at) for person, at in known if person is not None)
        return tuple(values.association(self._lists, stay, at) for stay, at in found if stay is not None)

    def _known(self, number: str | None) -> int | None:
        """Who that is in the world; None for nobody.

        Raises:
            Refused: it is no number of a person.
        """
        try:
            check_fnr(number or "")
        except IdentifierError:
            raise refused("invalid-patient") from None
        return self._lists.world.index_of(number or "")

    def _person(self, number: str | None) -> int:
        """As `_known`; who is nobody has no GP.

        Raises:
            Refused: as `_known`, and for nobody.
        """
        found = self._known(number)
        if found is None:
            raise refused("no-gp")
        return found

    def _entry(self, contract: int) -> GpList:
        if contract <= 0:
            raise refused("gp-refused", what="gpContractId må være større enn 0")
        found = self._lists.world.gp_list(contract)
        if found is None:
            raise refused("gp-refused", what=f"fastlegekontrakt {contract} finnes ikke")
        return found

    def _runs(self, entry: GpList, at: datetime) -> bool:
        end = self._lists.ends(entry.id)
        return at >= BEGAN and (end is None or at < end)

    def _details(self, entries: list[GpList], one: GpList) -> GPDetails:
        return GPDetails(
            contracts=tuple(cycle for entry in entries for cycle in values.cycles(self._lists, entry)),
            gp=values.doctor(self._lists.world, one),
            hpr_number=int(one.hpr or 0),
        )

    def _found(self, text: str | None, municipality: Any) -> list[Row]:
        words = (text or "").casefold().split()
        number = municipality.code_value if municipality is not None else None
        now = self._now()
        return [
            row
            for row in self._directory
            if (number is None or row.entry.municipality == number)
            and all(word in f"{row.name} {row.office}".casefold() for word in words)
            and self._runs(row.entry, now)
        ]

    @cached_property
    def _directory(self) -> tuple[Row, ...]:
        """Every contract; made when first needed, as a large register has thousands."""
        world = self._lists.world
        rows = []
        for number in world.gp_lists:
            entry = world.gp_list(number)
            if entry is None:
                continue
            office = world.party(entry.office)
            doctor = world.party(entry.her_id) if entry.hpr else None
            rows.append(
                Row(
                    entry,
                    doctor.name if doctor else "",
                    office.name if office else "",
                    (office.postal_code if office else "") or "",
                )
            )
        return tuple(rows)


def _several(asked: tuple[Any, ...] | None) -> tuple[Any, ...]:
    if asked is not None and len(asked) > MAX_PATIENTS:
        raise refused("gp-refused", what=f"høyst {MAX_PATIENTS} pasienter om gangen")
    return asked or ()


def _page(rows: list[Row], page: int, size: int) -> list[Row]:
    """A page, counted from 1; 0 means the first too."""
    size = PAGE if size <= 0 else min(size, MOST)
    start = (max(page, 1) - 1) * size
    return rows[start : start + size]


def table(answers: Answers) -> dict[str, Callable[[Caller, Mapping[str, Any]], Any]]:
    """The function of every operation."""
    return {
        "GetPatientGPDetails": answers.patient,
        "GetPatientsGPDetails": answers.patients,
        "GetPatientsGPDetailsAtTime": answers.patients_at,
        "GetPatientGPHistory": answers.history,
        "GetGPContract": answers.contract,
        "GetGPContractsOnOffice": answers.contracts_on_office,
        "GetGPPatientList": answers.patient_list,
        "GetGPWithAssociatedGPContracts": answers.doctor,
        "ConfirmGP": answers.confirm,
        "GetGPContractForNav": answers.for_nav,
        "NavGetEncryptedPatientList": answers.for_nav,
        "NavGetEncryptedPatientListAlternate": answers.for_nav,
        "GetGPContractIdsOperatingInPostalCode": answers.in_postal_code,
        "SearchForGP": answers.search_doctors,
        "QueryGPContracts": answers.search_contracts,
        "GetNavPatientLists": answers.for_nav,
        "GetPrimaryHealthCareTeam": answers.team,
    }
