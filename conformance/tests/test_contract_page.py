"""The SUT contract: the page that vendors read and the code that judges by it say the same."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest
from jsonschema import Draft202012Validator

from nhnconform.contract import OPERATIONS, Declaration, MessageView, State, openapi

PAGE = openapi()
ROUTES = [(path, method) for path, methods in PAGE["paths"].items() for method in methods]


def schema(reference: dict[str, Any]) -> dict[str, Any]:
    return reference | {"components": PAGE["components"]}


def examples(path: str, method: str) -> list[tuple[Any, Any, Any]]:
    """(JSON Schema, example, type that decodes it) of a route's bodies."""
    row = next(row for row in OPERATIONS.values() if (row.path, row.method.lower()) == (path, method))
    operation = PAGE["paths"][path][method]
    found = []
    if "requestBody" in operation:
        found.append((operation["requestBody"]["content"]["application/json"], row.request))
    found += [
        (answer["content"]["application/json"], row.response)
        for code, answer in operation["responses"].items()
        if code.startswith("2")
    ]
    return [(content["schema"], content["example"], shape) for content, shape in found]


def test_page_and_table_name_the_same_operations() -> None:
    """Every operation is on the page under its path and method, and the page has no other."""
    on_page = {PAGE["paths"][path][method]["operationId"]: (path, method) for path, method in ROUTES}
    assert on_page == {row.name: (row.path, row.method.lower()) for row in OPERATIONS.values()}
    assert "contract" in OPERATIONS


@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_examples_fit_the_page_and_the_code(path: str, method: str) -> None:
    """Each example is valid by its schema, is decoded by the judge, and comes out of it again as it was."""
    assert examples(path, method)
    for shape, example, decodes in examples(path, method):
        Draft202012Validator(schema(shape)).validate(example)
        decoded = msgspec.convert(example, decodes)
        again = msgspec.json.decode(msgspec.json.encode(decoded))
        Draft202012Validator(schema(shape)).validate(again)
        assert msgspec.convert(again, decodes) == decoded


def test_states_on_the_page_are_the_states_in_the_code() -> None:
    """A vendor who follows the page is never told that a state is unknown."""
    assert set(PAGE["components"]["schemas"]["MessageView"]["properties"]["state"]["enum"]) == set(get_args(State))


def test_a_sut_may_say_more_but_not_less() -> None:
    """Unknown members are ignored; a missing one is an error that names it."""
    row = {"msg_id": "a", "direction": "in", "state": "received", "colour": "blue"}
    assert msgspec.convert(row, MessageView).msg_id == "a"
    with pytest.raises(msgspec.ValidationError, match="operations"):
        msgspec.convert({"name": "x", "version": "1"}, Declaration)
