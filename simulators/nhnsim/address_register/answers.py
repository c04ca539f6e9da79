"""What the address register's web service answers: whoever has an account may read.

Every operation of the description has a function here or in `writes`; what this register does not have (owners of
organisations, cooperation of IKS, directories of other issuers) is answered as empty, or refused in words.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from nhnsim.address_register import contracts, legacy
from nhnsim.address_register.model import REGISTERED
from nhnsim.address_register.search import Query
from nhnsim.soap import Caller, naive, refused
from nhnwire.registers.party.common import EntityLogEntry
from nhnwire.registers.party.types import (
    BusinessTypeStatistics,
    CommunicationPartyLastChangedInfo,
    CommunicationPartyStatistics,
    OrganizationUpdateStatistics,
    SearchFacet,
    SearchResult,
    UpdateStatistic,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nhnfixtures.world import Party
    from nhnsim.address_register.register import Register
    from nhnsim.address_register.search import Index

PAGE: Final = 20
MOST: Final = 100
"""Parties on a page when nobody says how many, and at most."""
AT_ONCE: Final = 1000
"""HER-ids in one question."""
HOSPITALS: Final = "101"
"""Business type (table 9040) of those whom GetAllHFCommpartiesCsv lists: health enterprises."""
CONSTRAINTS: Final = {"name": "name", "type": "type", "hprnumber": "hpr", "businesstype": "", "servicetype": ""}
"""Keys of search constraints, without regard to case."""


class Answers:
    """Questions about parties; each a function of caller and arguments, without waiting.

    Args:
        register: as it stands.
        index: of its active parties; asked for when it is needed.
        now: domain time.
    """

    def __init__(self, register: Register, index: Callable[[], Index], now: Callable[[], datetime]) -> None:
        self._register = register
        self._index = index
        self._now = now

    def ping(self, caller: Caller, _: Mapping[str, Any]) -> str:
        """Ping: says who is known to ask."""
        return f"Provenett address register; user {caller.user}"

    def details(self, _: Caller, asked: Mapping[str, Any]) -> Any:
        """GetCommunicationPartyDetails."""
        return self._shown(self.party(asked["herId"]))

    def organisation(self, _: Caller, asked: Mapping[str, Any]) -> Any:
        """GetOrganizationDetails: with its people and services."""
        return self._whole(asked["herId"], "Organization")

    def service(self, _: Caller, asked: Mapping[str, Any]) -> Any:
        """GetServiceDetails."""
        return self._whole(asked["herId"], "Service")

    def person(self, _: Caller, asked: Mapping[str, Any]) -> Any:
        """GetOrganizationPersonDetails."""
        return self._whole(asked["herId"], "Person")

    def by_id(self, _: Caller, asked: Mapping[str, Any]) -> tuple[Any, ...]:
        """SearchById: a HER-id or an organisation number; nobody is no fault."""
        wanted = (asked["id"] or "").strip()
        if not re.fullmatch(r"[0-9]{1,9}", wanted):
            return ()
        found = (self._register.party(int(wanted)), self._register.organisation(wanted.zfill(9)))
        return tuple(self._shown(one) for one in found if one is not None)

    def search(self, _: Caller, asked: Mapping[str, Any]) -> SearchResult:
        """Search: every constraint must fit."""
        wish = asked["search"]
        if wish is None:
            raise refused("party-refused", what="search mangler")
        query = _query(wish)
        found = (self._register.party(her_id) for her_id, _ in self._index().find(query))
        results = tuple(self._shown(one) for one in found if one is not None)
        facets = (SearchFacet(code_value="Type", entries=(), name="Type"),)
        return SearchResult(
            facets=facets,
            results=results,
            server_time=naive(self._now()),
            total_results=self._index().count(query),
        )

    def having_code(self, _: Caller, asked: Mapping[str, Any]) -> tuple[Any, ...]:
        """GetOrganizationsHavingCode: by business type (table 9040)."""
        code = asked["code"]
        if code is None or not code.code_value:
            raise refused("party-refused", what="code mangler")
        table = str(code.oid) if code.oid else ""
        query = Query(type="Organization", business_type=(table, code.code_value), size=AT_ONCE)
        found = (self._register.party(her_id) for her_id, _ in self._index().find(query))
        return tuple(self._shown(one) for one in found if one is not None)

    def none_of_organisation(self, _: Caller, asked: Mapping[str, Any]) -> tuple[Any, ...]:
        """What no organisation of this world has: owned ones, and cooperation of IKS."""
        self.party(asked["herId"], "Organization")
        return ()

    def last_changed(self, _: Caller, asked: Mapping[str, Any]) -> tuple[CommunicationPartyLastChangedInfo, ...]:
        """GetChangedCommunicationPartiesInfo: those that are unknown are missing."""
        known = [one for one in _several(asked["herIds"]) if self._register.party(one) is not None]
        return tuple(
            CommunicationPartyLastChangedInfo(
                her_id=one, last_updated=contracts.moment(self._register.changes.last(one) or REGISTERED)
            )
            for one in known
        )

    def log(self, caller: Caller, asked: Mapping[str, Any]) -> tuple[EntityLogEntry, ...]:
        """GetChangeLog, newest first: of the caller's own parties."""
        party = self.own(caller, asked["herId"])
        return tuple(
            EntityLogEntry(
                by_user=f"OrgUsr{party.organisation_number}",
                description=one.type,
                time=naive(datetime.fromisoformat(one.at)),
            )
            for one in reversed(self._register.changes.history(party.her_id, AT_ONCE))
        )

    def statistics(self, _: Caller, asked: Mapping[str, Any]) -> CommunicationPartyStatistics:
        """GetCommunicationPartyStatistics: counted when asked, which takes a while for a large register."""
        del asked
        counts: dict[str, Counter[str]] = {}
        kinds: dict[str, str] = {}
        for party in self._register.parties():
            if party.type == "Organization":
                kinds[party.organisation_number] = (party.business_type.dn or "") if party.business_type else ""
            counts.setdefault(kinds.get(party.organisation_number, ""), Counter())[party.type] += 1
        return CommunicationPartyStatistics(
            business_type_statistics=tuple(
                BusinessTypeStatistics(
                    business_type=name,
                    number_of_persons=of["Person"],
                    number_of_services=of["Service"],
                    number_of_units=of["Organization"],
                )
                for name, of in sorted(counts.items())
            )
        )

    def updates(self, _: Caller, asked: Mapping[str, Any]) -> OrganizationUpdateStatistics:
        """GetOrganizationUpdateStatistics: organisations that were changed in a period."""
        begin, end = naive(asked["fromDate"]), naive(asked["toDate"])
        rows = []
        for one in self._register.changes.events(1, 10 * AT_ONCE):
            party, at = self._register.party(one.her_id), naive(datetime.fromisoformat(one.at))
            if party is not None and party.type == "Organization" and begin <= at <= end:
                rows.append(UpdateStatistic(created_date=at, display_name=party.name, her_id=party.her_id))
        return OrganizationUpdateStatistics(statistics=tuple(rows))

    def hospitals(self, _: Caller, asked: Mapping[str, Any]) -> str:
        """GetAllHFCommpartiesCsv: health enterprises and their services."""
        del asked
        text = io.StringIO()
        rows = csv.writer(text, delimiter=";")
        rows.writerow(("HerId", "Name", "Type", "ParentHerId", "OrganizationNumber"))
        for party in self._register.parties():
            owner = self._register.owner(party)
            if owner.business_type is not None and owner.business_type.v == HOSPITALS:
                above = party.parent_her_id or legacy.NONE
                rows.writerow((party.her_id, party.name, party.type, above, party.organisation_number))
        return text.getvalue()

    def attributes(self, _: Caller, asked: Mapping[str, Any]) -> tuple[Any, ...]:
        """GetCustomAttributes."""
        return self._register.attributes.of(_several(asked["herIds"]))

    def party(self, her_id: int, kind: str = "") -> Party:
        """The party with a HER-id.

        Raises:
            Refused: there is none, or it is of another kind.
        """
        found = self._register.party(her_id)
        if found is None or (kind and found.type != kind):
            raise refused("unknown-her-id")
        return found

    def own(self, caller: Caller, her_id: int, kind: str = "") -> Party:
        """The same, for what only the party's own organisation may do.

        Raises:
            Refused: as `party`, or it belongs to somebody else.
        """
        found = self.party(her_id, kind)
        if found.organisation_number != caller.organisation_number:
            raise refused("party-refused", what=f"{caller.user} har ikke tilgang til HER-id {her_id}")
        return found

    def _shown(self, party: Party) -> Any:
        return contracts.contract(self._register, party, naive(self._now()), self._register.changes.last(party.her_id))

    def _whole(self, her_id: int, kind: str) -> Any:
        party = self.party(her_id, kind)
        return contracts.whole(self._register, party, naive(self._now()), self._register.changes.last(her_id))


def _several(asked: tuple[int, ...] | None) -> tuple[int, ...]:
    if asked is not None and len(asked) > AT_ONCE:
        raise refused("party-refused", what=f"høyst {AT_ONCE} HER-id-er om gangen")
    return asked or ()


def _query(wish: Any) -> Query:
    """A search of the index from the constraints of a request.

    Raises:
        Refused: a constraint that is not known here.
    """
    size = PAGE if wish.page_size <= 0 else min(wish.page_size, MOST)
    given: dict[str, Any] = {"page": max(wish.page, 1), "size": size}
    for one in wish.search_constraints or ():
        key, value = (one.key or "").lower(), one.value or ""
        if key not in CONSTRAINTS:
            raise refused("party-refused", what=f"søkekriteriet {one.key!r} er ukjent; bruk {', '.join(CONSTRAINTS)}")
        if key == "businesstype":
            given["business_type"] = ("", value)
        elif key == "servicetype":
            given["service_type"] = ("", value)
        else:
            given[CONSTRAINTS[key]] = value
    return Query(**given)


def table(answers: Answers) -> dict[str, Callable[[Caller, Mapping[str, Any]], Any]]:
    """The function of every operation that reads."""
    return {
        "Ping": answers.ping,
        "Search": answers.search,
        "SearchById": answers.by_id,
        "GetCommunicationPartyDetails": answers.details,
        "GetChangedCommunicationPartiesInfo": answers.last_changed,
        "GetOrganizationDetails": answers.organisation,
        "GetServiceDetails": answers.service,
        "GetOrganizationPersonDetails": answers.person,
        "GetOrganizationsHavingCode": answers.having_code,
        "GetAssosiatedIKSChildOrganizations": answers.none_of_organisation,
        "GetAssosiatedIKSParentOrganizations": answers.none_of_organisation,
        "GetOrganizationsOwnedBy": answers.none_of_organisation,
        "GetChangeLog": answers.log,
        "GetCommunicationPartyStatistics": answers.statistics,
        "GetOrganizationUpdateStatistics": answers.updates,
        "GetAllHFCommpartiesCsv": answers.hospitals,
        "GetCustomAttributes": answers.attributes,
    }
