"""A register's web service meets bad requests: each has its documented answer, and the next good one goes through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from simulators.tests.soap_house import SoapHouse

from nhnwire.registers.gp.service import GP_READ

if TYPE_CHECKING:
    from collections.abc import Iterator

ACTION = GP_READ.action("GetGPContract")
NS = "http://schemas.xmlsoap.org/soap/envelope/"
TEXT = {"Content-Type": "text/xml", "SOAPAction": ACTION}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoapHouse]:
    opened = SoapHouse(tmp_path_factory.mktemp("hostile"))
    yield opened
    opened.close()


def envelope(inside: str) -> bytes:
    body = f'<GetGPContract xmlns="{GP_READ.ns}">{inside}</GetGPContract>'
    return f'<s:Envelope xmlns:s="{NS}"><s:Body>{body}</s:Body></s:Envelope>'.encode()


GOOD = envelope("<gpContractId>900000001</gpContractId>")
BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>' + GOOD.replace(b"900000001", b"&c;")


@pytest.mark.parametrize(
    ("data", "headers", "status", "said"),
    [
        (BOMB, {}, 400, "no XML"),
        (b"", {}, 400, "no XML"),
        (GOOD.decode().encode("utf-16"), {}, 400, "no XML"),
        (b"<a>" * 20_000, {}, 400, "no XML"),
        (GOOD, {"Content-Type": "text/xml; charset=utf-16"}, 415, "SOAP 1.1"),
        (GOOD, {"Content-Type": "application/json"}, 415, "SOAP 1.1"),
        (GOOD, {"SOAPAction": "urn:odd"}, 500, "ActionNotSupported"),
        (envelope("<gpContractId>many</gpContractId>"), {}, 500, "DeserializationFailed"),
        (b"x" * (1024 * 1024 + 1), {}, 413, ""),
        (GOOD, {"Authorization": "Basic b2RkOm9kZA=="}, 401, "HTTP Basic"),
    ],
)
def test_bad_requests(house: SoapHouse, data: bytes, headers: dict[str, str], status: int, said: str) -> None:
    """No trace, no hang; unquoted SOAPAction and a missing charset are no mistakes."""
    url = house.url("gp_register", "/v2/flr/Basic")
    house.session.auth, kept = (None if "Authorization" in headers else house.session.auth), house.session.auth
    answer = house.post(url, data, TEXT | headers)
    house.session.auth = kept
    assert answer.status_code == status
    assert said in answer.text
    assert "Traceback" not in answer.text
    good = house.post(url, GOOD, TEXT)
    assert (good.status_code, "GetGPContractResult" in good.text) == (200, True)
