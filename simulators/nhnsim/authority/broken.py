"""Certificates that are wrong in one declared way, for whoever must notice, and those whose time is over.

A row says how the certificate differs from the honest one of the same organisation and purpose, and what the authority
then says of it when it is asked (revocation list, OCSP).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from nhnwire.certificates import ENTERPRISE, POLICY_ENTERPRISE_SOFT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhnwire.certificates import Enterprise

YEARS: Final = dt.timedelta(days=4 * 365)
YEAR: Final = dt.timedelta(days=365)


@dataclass(frozen=True)
class Variant:
    """One way to be wrong.

    Attributes:
        name: as it is asked for.
        wrong: what is wrong with it, in one sentence.
        shift: added to the time at which its three years begin.
        swaps_usage: the key may be used for what the other certificate of the set is for.
        issuer: `issuing`, or `foreign` (a CA of the same name under a root that nobody trusts).
        other_organisation: it is somebody else's.
        policy: the issuer's own policy in it.
        revoked: the reason with which it stands in the revocation list from the beginning; empty for not at all.
    """

    name: str
    wrong: str
    shift: dt.timedelta = dt.timedelta()
    swaps_usage: bool = False
    issuer: str = "issuing"
    other_organisation: bool = False
    policy: str = POLICY_ENTERPRISE_SOFT
    revoked: str = ""

    def profile(self, purpose: str) -> Enterprise:
        """What stands in it, for a purpose of `ENTERPRISE`."""
        honest = ENTERPRISE[purpose]
        if not self.swaps_usage:
            return honest
        other = next(row for row in ENTERPRISE.values() if row.purpose != purpose)
        return replace(honest, usages=other.usages)


HONEST: Final = Variant("current", "nothing")

VARIANTS: Final[Mapping[str, Variant]] = {
    row.name: row
    for row in (
        Variant("expired", "its three years ended a year ago", shift=-YEARS),
        Variant("not-yet-valid", "its three years begin in a year", shift=YEAR),
        Variant("revoked", "it was revoked because its key was compromised", revoked="keyCompromise"),
        Variant("on-hold", "it is on hold, as a card is until its holder was identified", revoked="certificateHold"),
        Variant("wrong-usage", "its key may be used for what the set's other one is for", swaps_usage=True),
        Variant("wrong-issuer", "a CA of the right name and another key signed it", issuer="foreign"),
        Variant("foreign-organisation", "it is another organisation's", other_organisation=True),
        Variant("wrong-policy", "its policy is that of a person's smart card", policy="2.16.578.1.26.1.3.1"),
    )
}
"""Every broken variant, by name."""

TERM: Final = dt.timedelta(days=3 * 365 + 1)

FORMER: Final[Mapping[str, Variant]] = {
    row.name: row
    for row in (
        Variant("former", "nothing but its age: the present one took its place", shift=-TERM),
        Variant("former-2", "nothing but its age: it is the one before `former`", shift=-2 * TERM),
    )
}
"""What an organisation had before, the latest first: honest, and over."""
