"""The interface as an OpenAPI 3.1 document, made of the table of routes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from nhnclinic.api import shapes
from nhnclinic.api.examples import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nhnclinic.api.calls import Route

REFUSALS = {
    400: "The body, a parameter or a header is not what is expected.",
    401: "Nobody is known by the bearer token.",
    403: "The user's roles or rights do not reach that far.",
    404: "There is no such thing.",
    408: "The body did not come in time.",
    409: "The state of things, or the type of the message, does not allow it.",
    413: "The body is too large.",
    422: "What is asked for is understood and cannot be done.",
    503: "A service of the network that is needed for this does not answer.",
}
"""What each status of a refusal means; every refusal is a `Problem`."""

_EVERYWHERE = (400, 413, 408)
_DESCRIPTION = """\
Everything a user does in a day: write, answer, report deviations, sign, forward, and find it all again.

A request that changes something is answered when the change is on disk. Operations that send take the header
Idempotency-Key: the same user's same key sends once, however often it is asked. Lists come in pages: `next` is the
`cursor` of the next one, and empty at the end. Every refusal is a `Problem` with a stable `error`, its cause and a
remedy.
"""


def openapi(routes: Sequence[Route]) -> dict[str, Any]:
    """The document. Whoever serves it adds nothing."""
    kinds = [kind for route in routes for kind in (route.gives, route.takes) if kind not in {None, bytes}]
    schemas, components = msgspec.json.schema_components(
        [*kinds, shapes.Problem], ref_template="#/components/schemas/{name}"
    )
    by_kind = dict(zip(map(str, [*kinds, shapes.Problem]), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_kind)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Provenett reference clinic", "version": "0.1.0", "description": _DESCRIPTION},
        "components": {
            "schemas": components,
            "securitySchemes": {
                "user": {"type": "http", "scheme": "bearer", "description": "The token of a user, by configuration."}
            },
            "responses": {
                f"Refused{status}": {
                    "description": text,
                    "content": {
                        "application/json": {
                            "schema": by_kind[str(shapes.Problem)],
                            "example": EXAMPLES[shapes.Problem],
                        }
                    },
                }
                for status, text in REFUSALS.items()
            },
        },
        "paths": paths,
    }


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    words = (route.run.__doc__ or "").strip().splitlines()
    operation: dict[str, Any] = {
        "operationId": getattr(route.run, "__name__", ""),
        "summary": words[0] if words else "",
        "responses": {str(route.status): {"description": "Done.", "content": _answer(route, schemas)}},
        "parameters": [
            *(_parameter(name, "path", "") for name in re.findall(r"{(\w+)}", route.path)),
            *(_parameter(name, "query", meaning) for name, meaning in route.query.items()),
        ],
    }
    if len(words) > 2:
        operation["description"] = " ".join(filter(None, map(str.strip, words[2:])))
    if route.takes is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": _content(route.takes, schemas)},
        }
    if route.sends:
        meaning = "A name of this request, so that asking again does not send again."
        operation["parameters"].append(_parameter("Idempotency-Key", "header", meaning))
    if route.needs_user:
        operation["security"] = [{"user": []}]
    if route.roles:
        operation["x-roles"] = list(route.roles)
    for status in _statuses(route):
        operation["responses"][str(status)] = {"$ref": f"#/components/responses/Refused{status}"}
    return operation


def _statuses(route: Route) -> list[int]:
    found = {*_EVERYWHERE, *route.refuses}
    found |= {401} if route.needs_user else set()
    found |= {403} if route.roles else set()
    found |= {404} if "{" in route.path else set()
    found |= {422, 503} if route.sends else set()
    return sorted(found)


def _answer(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    if route.gives is bytes:
        return {"*/*": {}}
    return {"application/json": _content(route.gives, schemas)}


def _content(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    example = EXAMPLES.get(kind)
    return {"schema": schemas[str(kind)], **({"example": example} if example is not None else {})}


def _parameter(name: str, where: str, meaning: str) -> dict[str, Any]:
    described = {"description": meaning} if meaning else {}
    return {"name": name, "in": where, "required": where == "path", "schema": {"type": "string"}, **described}
