"""EDI 2.0 v2 before schemathesis, which makes requests from the official OpenAPI document and judges answers by it.

The document names no 401, so every request has good credentials. What schemathesis would judge by guesses of its own is
left out: that a request which fits the schema must succeed (ids of others are 403, unknown ones 404), and methods that
the document does not name.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from requests.auth import AuthBase
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from simulators.tests.test_edi2 import House

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OFFICIAL = Path(__file__).resolve().parents[3] / "shared/standards/openapi/msh-api-v2.openapi.json"
OPERATIONS = (
    "GET /Messages",
    "POST /Messages",
    "GET /Messages/{id}",
    "GET /Messages/{id}/business-document",
    "GET /Messages/{id}/status",
    "GET /Messages/{id}/apprec",
    "POST /Messages/{id}/apprec/{appRecSenderHerId}",
    "PUT /Messages/{id}/read/{herId}",
)
CHECKS: Sequence[Any] = (
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
)
EXAMPLES = 20

pytestmark = pytest.mark.skipif(not OFFICIAL.exists(), reason="the official OpenAPI document is not beside this tree")


class Signed(AuthBase):
    """A good token and a proof of its own for every request of the clinic's."""

    def __init__(self, house: House) -> None:
        self._house = house

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        clinic = self._house.clinic
        token = self._house.run(clinic._access_token())
        url = (request.url or "").partition("#")[0]
        signed = clinic._signed(request.method or "", url, token)
        request.headers.update({name: signed[name] for name in ("Authorization", "DPoP")})
        return request


class Bench:
    """The network, the official document, and things that exist to be asked for."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.schema = schemathesis.openapi.from_path(str(OFFICIAL))
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(house.network.lab.trust)
        self.session.auth = Signed(house)
        self.turn = 0
        self.peer = house.counterpart()
        self.sent = house.run(house.clinic.post(house.message(house.service, self.peer)))
        self.received = house.run(house.peer.post(house.message(self.peer, house.service)))

    def make_real(self, case: Any) -> None:
        """Two of three requests name what exists, so that more is reached than refusals."""
        self.turn += 1
        if self.turn % 3 == 0:
            return
        own, mode = self.house.service.her_id, self.turn % 2
        case.headers.update({"api-version": "2", "nhn-source-system": "Test, v1"})
        if "id" in case.path_parameters:
            case.path_parameters["id"] = (self.sent, self.received)[mode]
        for name in {"herId", "appRecSenderHerId"} & case.path_parameters.keys():
            case.path_parameters[name] = own
            case.path_parameters["id"] = self.received
        if "ReceiverHerIds" in case.query:
            case.query = {"ReceiverHerIds": [own]} if mode else {**case.query, "ReceiverHerIds": [own]}
        if isinstance(case.body, dict) and "businessDocument" in case.body:
            document = base64.b64encode(self.house.message(self.house.service, self.peer)).decode()
            honest = {"contentType": "application/xml", "contentTransferEncoding": "base64"}
            case.body = {**(case.body if mode else {}), "businessDocument": document, **honest}
        elif isinstance(case.body, dict) and mode:
            case.body = {"appRecStatus": "Ok"}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    house = House(tmp_path_factory.mktemp("lab"))
    made = Bench(house)
    yield made
    made.session.close()
    house.close()


def judged(bench: Bench, label: str, mode: GenerationMode, more: Sequence[Any] = ()) -> list[int]:
    """The statuses of some requests, all of which were judged."""
    method, _, path = label.partition(" ")
    operation = bench.schema[path][method]
    statuses: list[int] = []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def judge(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            bench.make_real(case)
        if str(case.headers.get("api-version")).strip() == "3":
            case.headers["api-version"] = "4"  # the other version answers by another document
        url = bench.house.network.urls["edi2"]
        response = case.call(base_url=url, session=bench.session, verify=bench.session.verify)
        case.validate_response(response, checks=[*CHECKS, *more])
        statuses.append(response.status_code)

    cast("Any", judge)()
    return statuses


@pytest.mark.parametrize("label", OPERATIONS)
def test_requests_that_fit_the_document(bench: Bench, label: str) -> None:
    """Answers to requests that fit the schema are documented to the letter, and some of them succeed."""
    statuses = judged(bench, label, GenerationMode.POSITIVE)
    assert any(200 <= status < 300 for status in statuses), statuses


@pytest.mark.parametrize("label", OPERATIONS)
def test_requests_that_do_not_fit(bench: Bench, label: str) -> None:
    """Requests that break the schema are refused, in documented words."""
    statuses = judged(bench, label, GenerationMode.NEGATIVE, [checks.negative_data_rejection])
    assert all(400 <= status < 500 for status in statuses), statuses


def test_every_operation_is_here(bench: Bench) -> None:
    """The list above is the document's."""
    operations: Any = [one.ok() for one in cast("Any", bench.schema.get_all_operations())]
    found = {f"{one.method.upper()} {one.path}" for one in operations}
    assert found == set(OPERATIONS)
