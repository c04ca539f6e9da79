"""What is known of a certificate's revocation, and the rule for whom to believe.

The four states of a certificate are: *good*; *revoked*, for ever; on *hold* (certificateHold), until a newer list is
without it, as every new Norwegian smart card is until its holder has been identified; and *unknown*, when nobody who
may say so has said anything fresh. Lists and OCSP answers are read in `crl` and `ocsp`; here they are weighed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography import x509

SKEW: Final = dt.timedelta(minutes=5)
"""How far the clocks of issuer and receiver may differ."""

HOLD: Final = "certificateHold"
UNASSIGNED: Final = "unassigned"
"""Stands for a reason code that RFC 5280 does not define; a test CA of Commfides' uses 7."""


class State(StrEnum):
    """What is known."""

    GOOD = "good"
    REVOKED = "revoked"
    HOLD = "hold"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Word:
    """What one list or answer says about one certificate.

    Attributes:
        state: what it says; unknown when it may not or cannot say anything.
        source: "crl" or "ocsp"; empty when there is no word at all.
        since: when the certificate was revoked or put on hold.
        reason: as RFC 5280 §5.3.1 spells it; `UNASSIGNED` for a code it does not have; empty when not given.
        said: when it was said (thisUpdate).
        until: when something newer is to be had (nextUpdate).
        why: for humans, why it says nothing; empty otherwise.
    """

    state: State
    source: str = ""
    since: dt.datetime | None = None
    reason: str = ""
    said: dt.datetime | None = None
    until: dt.datetime | None = None
    why: str = ""

    def fresh_at(self, moment: dt.datetime) -> bool:
        """True when it was said before and nothing newer was to be had at that moment."""
        if self.said is None or self.until is None:
            return False
        return self.said - SKEW <= moment < self.until


NOTHING: Final = Word(State.UNKNOWN, why="nothing is known of its revocation")


def revoked(source: str, since: dt.datetime, reason: str, said: dt.datetime, until: dt.datetime | None) -> Word:
    """The word that it is revoked or on hold."""
    return Word(State.HOLD if reason == HOLD else State.REVOKED, source, since, reason, said, until)


def weigh(words: tuple[Word, ...], *, certificate: x509.Certificate, at: dt.datetime, now: dt.datetime) -> Word:
    """The word that counts.

    A revocation is for ever: whoever said it, and however long ago, it outweighs all else. Any other word counts when
    it is fresh now, or was fresh when the certificate was used (archived evidence); the newest of them decides, so
    that a hold ends when a newer word says "good". Issuers drop certificates from their lists when these have expired,
    so that a "good" said after the expiry counts for nothing.

    Args:
        words: of lists and answers, all checked against the issuer.
        certificate: the one in question.
        at: when it was used.
        now: when it is judged.

    Returns:
        A word; `UNKNOWN` with the reason when none counts.
    """
    heard = [word for word in words if word.state is not State.UNKNOWN]
    final = [word for word in heard if word.state is State.REVOKED and _age(word) - SKEW <= now]
    if final:
        return max(final, key=_age)
    counting = [word for word in heard if word.fresh_at(now) or word.fresh_at(at)]
    counting = [word for word in counting if word.state is not State.GOOD or _in_time(word, certificate)]
    if counting:
        return max(counting, key=_age)
    if heard:
        return Word(State.UNKNOWN, why="what is known of its revocation is out of date")
    return next((word for word in words if word.why), NOTHING)


def _in_time(word: Word, certificate: x509.Certificate) -> bool:
    return word.said is not None and word.said <= certificate.not_valid_after_utc


def _age(word: Word) -> dt.datetime:
    return word.said or dt.datetime.min.replace(tzinfo=dt.UTC)
