"""Who calls: HTTP Basic, which the registers ask for, and a WS-Security UsernameToken, which some clients send.

The WSDLs' policy is HTTP Basic over TLS and nothing in the envelope (NHN's WSDLs and clients); net.tcp bindings carry a
UsernameToken instead, and at least one client in use has code that adds one to HTTP as well.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from nhnwire import xml
from nhnwire.registers.binding import WSSE
from nhnwire.registers.faults import raised

if TYPE_CHECKING:
    from lxml.etree import _Element

_PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
PASSWORD_TEXT = f"{_PROFILE}#PasswordText"


@dataclass(frozen=True)
class Credentials:
    """A user name, such as `OrgUsr` and an organisation number, and its password (which never shows in a repr)."""

    user: str
    password: str = field(repr=False)


def basic(header: str) -> Credentials | None:
    """Credentials of an `Authorization` header (RFC 7617); None when there are none that can be read: answer 401."""
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(value.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    user, colon, password = text.partition(":")
    return Credentials(user, password) if colon else None


def basic_header(credentials: Credentials) -> str:
    """The `Authorization` header for credentials."""
    pair = f"{credentials.user}:{credentials.password}".encode()
    return f"Basic {base64.b64encode(pair).decode('ascii')}"


def username_token(security: _Element | None) -> Credentials | None:
    """Credentials of a WS-Security header; None when there is no header or no UsernameToken in it.

    Raises:
        SoapError: when the token has no user name or no password, or one that is not in plain text.
    """
    tokens = [] if security is None else list(security.iterchildren(f"{{{WSSE}}}UsernameToken"))
    if not tokens:
        return None
    if len(tokens) > 1:
        raise raised("invalid-security", what=f"{len(tokens)} UsernameTokens; one is right")
    user = _only(tokens[0], "Username")
    password = _only(tokens[0], "Password")
    kind = password.get("Type", PASSWORD_TEXT)
    if kind != PASSWORD_TEXT:
        raise raised("invalid-security", what=f"password of type {kind[:120]}; only PasswordText can be compared")
    return Credentials(xml.text_of(user).strip(), xml.text_of(password))


def security_header(credentials: Credentials) -> _Element:
    """A WS-Security header with a UsernameToken in plain text; only for connections with TLS."""
    header = etree.Element(f"{{{WSSE}}}Security", nsmap={"o": WSSE})
    token = etree.SubElement(header, f"{{{WSSE}}}UsernameToken")
    etree.SubElement(token, f"{{{WSSE}}}Username").text = credentials.user
    password = etree.SubElement(token, f"{{{WSSE}}}Password")
    password.set("Type", PASSWORD_TEXT)
    password.text = credentials.password
    return header


def _only(token: _Element, name: str) -> _Element:
    found = list(token.iterchildren(f"{{{WSSE}}}{name}"))
    if len(found) != 1:
        raise raised("invalid-security", what=f"{len(found)} {name} in the UsernameToken; one is right")
    return found[0]
