"""A configuration made of the description that a network prints of itself."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from nhnclinic.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NO_PHONE = "+4700000000"
"""Stands for a telephone where there is none: no Norwegian number begins with 00."""

OPERATOR = "operator"
"""Id of the vendor's user, who sets the clinic up and is no employee of it."""


def from_up(
    up: Mapping[str, Any],
    state: Path,
    *,
    api_host: str = "127.0.0.1",
    api_port: int = 0,
    poll_seconds: int = 60,
    tokens: Mapping[str, str] | None = None,
    database: str = "",
    edi2_version: int = 2,
    receive: str = "polling",
    tenancy: str = "single",
    spelling: str = "libraries",
) -> str:
    """The configuration (TOML) of a clinic inside the network that `up` describes.

    Args:
        up: the object that the network prints when it is ready.
        state: the clinic's own folder.
        api_host: where its interface listens.
        api_port: 0 for a free port; the clinic prints it when it is ready.
        poll_seconds: domain time between two looks for unread messages.
        tokens: bearer token by user id; a fresh random one for each user who is not named. The last user of the
            clinic is its administrator; `OPERATOR` is added to them.
        database: SQLAlchemy URL; empty for a SQLite file in `state`.
        edi2_version: of EDI 2.0's interface, 2 or 3.
        receive: `polling` or `stream`.
        tenancy: `single`: the clinic's own client at HelseID; `multi`: its supplier's.
        spelling: of organisations, `libraries` or `samples`; see `HelseIdSettings`.

    Raises:
        ConfigError: the object lacks something that a clinic needs.
    """
    try:
        clinic, credentials = up["clinic"], up["credentials"]["supplier" if tenancy == "multi" else "edi2"]
        known = tokens or {}
        users: list[dict[str, Any]] = [
            {
                "id": str(user["id"]),
                "name": user.get("name") or f"{user.get('given_name', '')} {user.get('family_name', '')}".strip(),
                "hpr": str(user.get("hpr") or ""),
                "role": str(user.get("role") or ""),
                "token": known.get(str(user["id"])) or secrets.token_urlsafe(24),
                **({"her_id": user["her_id"]} if user.get("her_id") else {}),
            }
            for user in map(_as_user, clinic["users"])
        ]
        users[-1]["roles"] = ["administrator"]
        token = known.get(OPERATOR) or secrets.token_urlsafe(24)
        users.append({"id": OPERATOR, "name": "Leverandørens Drift", "token": token, "roles": ["operator"]})
        tables: dict[str, Any] = {
            "clock": {"hub": up["clock"].get("hub") or ""},
            "api": {"host": api_host, "port": api_port},
            "organisation": {
                "number": str(clinic["organisation_number"]),
                "her_id": clinic["her_id"],
                "name": clinic.get("name") or "",
                "phone": clinic.get("phone") or NO_PHONE,
            },
            "services": _services(clinic),
            "users": users,
            "patients": [
                {key: str(patient[key]) for key in ("number", "given_name", "family_name")}
                for patient in clinic.get("patients") or []
            ],
            "helseid": {
                "issuer": up["endpoints"]["helseid"]["issuer"],
                "client_id": credentials["client_id"],
                "key": str(credentials["key"]),
                "kid": credentials["kid"],
                "tenancy": tenancy,
                "spelling": spelling,
            },
            "address_register": {
                "url": up["endpoints"]["address_register"]["rest"],
                "scope": up["credentials"]["address_register"]["scope"],
            },
            **_gp_register(up),
            "edi2": {
                "url": up["endpoints"]["edi2"][f"v{edi2_version}"],
                "version": edi2_version,
                "receive": receive,
                "poll_seconds": poll_seconds,
                "scope": credentials["scope"],
            },
        }
        top = {"state": str(state), "database": database, "trust": str(up["trust"])}
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"the description of the network lacks what a clinic needs: {error!r}.") from error
    return _toml(top, tables)


def _gp_register(up: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Nothing in a network that has none."""
    endpoint, user = up["endpoints"].get("gp_register"), up["credentials"].get("gp_register")
    if not (endpoint and user):
        return {}
    return {"gp_register": {"url": endpoint["soap"], "user": user["username"], "password": user["password"]}}


def _services(clinic: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The clinic's services, then the physicians who are communication parties themselves."""
    names = {service["her_id"]: service["name"] for service in clinic.get("services") or []}
    persons = [user["her_id"] for user in map(_as_user, clinic["users"]) if user.get("her_id")]
    her_ids = dict.fromkeys([*clinic["service_her_ids"], *persons])
    return [{"her_id": her_id, "name": names.get(her_id, "")} for her_id in her_ids]


def _as_user(user: Any) -> Mapping[str, Any]:
    return {"id": user, "name": user} if isinstance(user, str) else user


def _toml(top: Mapping[str, Any], tables: Mapping[str, Any]) -> str:
    """TOML of scalars, tables of scalars and lists of such tables. A JSON text is a TOML text for these scalars."""
    lines = [_line(key, value) for key, value in top.items()]
    for name, table in tables.items():
        for header, rows in ((f"[[{name}]]", table),) if isinstance(table, list) else ((f"[{name}]", [table]),):
            for row in rows:
                lines += ["", header, *(_line(key, value) for key, value in row.items())]
    return "\n".join(lines) + "\n"


def _line(key: str, value: object) -> str:
    return f"{key} = {json.dumps(value, ensure_ascii=False)}"
