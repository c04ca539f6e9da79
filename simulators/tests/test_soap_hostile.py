"""A register's web service meets bad requests: each has its documented answer, and the next good one goes through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from simulators.tests.soap_house import SoapHouse

from nhnwire.registers.gp.service import GP_READ
from nhnwire.registers.party.service import COMMUNICATION_PARTY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nhnwire.registers.service import WebService

NS = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass(frozen=True)
class Door:
    """A web service, and a call to it that works."""

    endpoint: str
    path: str
    service: WebService
    operation: str
    argument: str
    good: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Type": "text/xml", "SOAPAction": self.service.action(self.operation)}

    def envelope(self, value: str) -> bytes:
        inside = f"<{self.argument}>{value}</{self.argument}>"
        body = f'<{self.operation} xmlns="{self.service.ns}">{inside}</{self.operation}>'
        return f'<s:Envelope xmlns:s="{NS}"><s:Body>{body}</s:Body></s:Envelope>'.encode()


DOORS = {
    "GP register": Door("gp_register", "/v2/flr/Basic", GP_READ, "GetGPContract", "gpContractId", "900000001"),
    "address register": Door(
        "address_register", "/v1/AR/Basic", COMMUNICATION_PARTY, "GetOrganizationDetails", "herId", "9700000"
    ),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoapHouse]:
    opened = SoapHouse(tmp_path_factory.mktemp("hostile"))
    yield opened
    opened.close()


def bomb(door: Door) -> bytes:
    """Entities within entities."""
    return b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>' + door.envelope("&c;")


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize(
    ("make", "headers", "status", "said"),
    [
        (bomb, {}, 400, "no XML"),
        (lambda _: b"", {}, 400, "no XML"),
        (lambda door: door.envelope(door.good).decode().encode("utf-16"), {}, 400, "no XML"),
        (lambda _: b"<a>" * 20_000, {}, 400, "no XML"),
        (None, {"Content-Type": "text/xml; charset=utf-16"}, 415, "SOAP 1.1"),
        (None, {"Content-Type": "application/json"}, 415, "SOAP 1.1"),
        (None, {"SOAPAction": "urn:odd"}, 500, "ActionNotSupported"),
        (lambda door: door.envelope("many"), {}, 500, "DeserializationFailed"),
        (lambda door: door.envelope("99999999999999999999"), {}, 500, "DeserializationFailed"),
        (lambda door: door.envelope("-1"), {}, 500, "GenericFault"),
        (lambda _: b"x" * (1024 * 1024 + 1), {}, 413, ""),
        (None, {"Authorization": "Basic b2RkOm9kZA=="}, 401, "HTTP Basic"),
    ],
)
def test_bad_requests(
    house: SoapHouse, name: str, make: Callable[[Door], bytes] | None, headers: dict[str, str], status: int, said: str
) -> None:
    """No trace, no hang; unquoted SOAPAction and a missing charset are no mistakes."""
    door = DOORS[name]
    url, good = house.url(door.endpoint, door.path), door.envelope(door.good)
    house.session.auth, kept = (None if "Authorization" in headers else house.session.auth), house.session.auth
    answer = house.post(url, good if make is None else make(door), door.headers | headers)
    house.session.auth = kept
    assert answer.status_code == status
    assert said in answer.text
    assert "Traceback" not in answer.text
    after = house.post(url, good, door.headers)
    assert (after.status_code, f"{door.operation}Result" in after.text) == (200, True)
