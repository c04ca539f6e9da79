"""The clinic's interface as a table: roles, texts and the document that describes it, without a socket."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from nhnclinic.api.calls import Route, check_role, check_texts, key_of
from nhnclinic.api.describe import openapi
from nhnclinic.api.examples import EXAMPLES
from nhnclinic.api.routes import ROUTES
from nhnclinic.config import UserSettings
from nhnclinic.errors import RefusedError
from nhnclinic.exchange.honest import honest

DOCUMENT = openapi(ROUTES)
PHYSICIAN = UserSettings("doctor", "Vakker Blomst", "t", role="physician")
ADMINISTRATOR = UserSettings("secretary", "Stille Fjell", "t", role="secretary", roles=("administrator",))
BY_ID = [f"{route.method} {route.path}" for route in ROUTES]

OPERATION = {
    "type": "object",
    "required": ["operationId", "summary", "responses", "parameters"],
    "properties": {
        "operationId": {"type": "string", "minLength": 3},
        "summary": {"type": "string", "minLength": 10},
        "responses": {"type": "object", "patternProperties": {r"^\d{3}$": {"type": "object"}}, "minProperties": 3},
        "parameters": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "in", "required", "schema"],
                "properties": {"in": {"enum": ["path", "query", "header"]}, "required": {"type": "boolean"}},
            },
        },
        "security": {"const": [{"user": []}]},
    },
}
"""What OpenAPI 3.1 asks of an operation object, and this house besides."""


async def nothing(call: Any) -> tuple[int, object]:
    """Do nothing at all."""
    del call
    return 200, None


def references(value: Any) -> list[str]:
    """All `$ref` in a document."""
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for one in value.values() for found in references(one)]
    return [found for one in value for found in references(one)] if isinstance(value, list) else []


MAY = honest().may


def test_only_the_named_roles_may_ask() -> None:
    """R-007, R-053: an operation for the administrator refuses a physician with 403, cause and remedy, whoever else
    she may be, and lets the administrator in.
    """  # fmt: skip
    route = Route("PUT", "/api/x", nothing, None, roles=("administrator",))
    with pytest.raises(RefusedError) as refused:
        check_role(PHYSICIAN, route, MAY)
    assert (refused.value.status, refused.value.code) == (403, "forbidden")
    assert "administrator" in refused.value.cause
    assert refused.value.remedy
    check_role(ADMINISTRATOR, route, MAY)
    check_role(PHYSICIAN, Route("GET", "/api/x", nothing, None), MAY)


def test_a_key_belongs_to_its_user() -> None:
    """Two users who happen to choose the same Idempotency-Key send two messages; a key of odd characters is refused."""
    sending, reading = Route("POST", "/api/x", nothing, None, sends=True), Route("GET", "/api/x", nothing, None)
    assert key_of(PHYSICIAN, sending, "one") != key_of(ADMINISTRATOR, sending, "one")
    assert key_of(PHYSICIAN, reading, "one") == ""
    for header in ("x" * 201, "a b", "æ"):
        with pytest.raises(RefusedError, match="Idempotency-Key"):
            key_of(PHYSICIAN, sending, header)


@pytest.mark.parametrize("text", ["\x00", "a\nb", "\ud800", "x" * 501])
def test_texts_that_nothing_is_called_by_are_refused(text: str) -> None:
    route = Route("GET", "/api/x/{id}", nothing, None, query={"type": ""})
    for path, query in (({"id": text}, {}), ({}, {"type": text})):
        with pytest.raises(RefusedError) as refused:
            check_texts(route, path, query)
        assert refused.value.status == 400
    with pytest.raises(RefusedError, match="Unknown parameter"):
        check_texts(route, {}, {"tpye": "x"})


@pytest.mark.parametrize("route", ROUTES, ids=BY_ID)
def test_every_operation_is_described(route: Route) -> None:
    """Summary, parameters, the answer, each refusal, who may ask: a client can be written from the document alone."""
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    Draft202012Validator(OPERATION).validate(operation)
    assert ("security" in operation) == route.needs_user
    assert operation.get("x-roles", []) == list(route.roles)
    in_path = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
    assert all(f"{{{name}}}" in route.path for name in in_path)
    assert len(in_path) == route.path.count("{")
    assert str(route.status) in operation["responses"]
    assert ("requestBody" in operation) == (route.takes is not None)


def test_the_document_holds_together() -> None:
    """Every reference leads somewhere, every schema is JSON Schema 2020-12, and no two operations share an id."""
    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    ids = [one["operationId"] for methods in DOCUMENT["paths"].values() for one in methods.values()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: getattr(kind, "__name__", str(kind)))
def test_examples_are_what_they_are_examples_of(kind: Any) -> None:
    """Each example fits its schema and is taken by the code."""
    msgspec.convert(EXAMPLES[kind], kind)
    name = kind.__name__
    if name in DOCUMENT["components"]["schemas"]:
        schema = {**DOCUMENT["components"]["schemas"][name], "components": DOCUMENT["components"]}
        Draft202012Validator(schema).validate(EXAMPLES[kind])
