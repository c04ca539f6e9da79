"""Profiles: what a SUT may claim, as dated files with a frozen list of required cases.

A file says which cases are required, what is not scored, and why; for official tests, which case plays each. A file
that has been published does not change: what is added or dropped later makes a file with another date. Cases name the
profiles they belong to; the newest file of each profile lists just these (a test holds that).
"""

from __future__ import annotations

import functools
from importlib import resources

import msgspec

from nhnconform.errors import HarnessError


class NotScored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that the profile's name might promise and no verdict covers, and why."""

    what: str
    reason: str


class Official(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An official test: the cases that play it, or why none does."""

    test: str
    title: str = ""
    cases: tuple[str, ...] = ()
    reason: str = ""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A profile as of a date.

    Attributes:
        name: as SUT files claim it.
        date: year and month of the file.
        title: in one line.
        required: ids of its cases.
        not_scored: what is left out.
        official: tests of others that it follows.
    """

    name: str
    date: str
    title: str
    required: tuple[str, ...]
    not_scored: tuple[NotScored, ...] = ()
    official: tuple[Official, ...] = ()


@functools.cache
def every() -> tuple[Profile, ...]:
    """All files, by name and date.

    Raises:
        HarnessError: a file cannot be read as a profile.
    """
    found = []
    for file in resources.files(__name__).iterdir():
        if file.name.endswith(".toml"):
            try:
                found.append(msgspec.toml.decode(file.read_bytes(), type=Profile))
            except msgspec.DecodeError as error:
                raise HarnessError(f"the profile {file.name} cannot be read: {error}") from error
    return tuple(sorted(found, key=lambda one: (one.name, one.date)))


def newest() -> dict[str, Profile]:
    """The newest file of each profile, by name."""
    return {one.name: one for one in every()}


def profile(wanted: str) -> Profile:
    """A profile by its name (the newest file), or by name and date with an @ between them.

    Raises:
        LookupError: there is none; the text says which there are.
    """
    name, _, date = wanted.partition("@")
    fitting = [one for one in every() if one.name == name and date in {"", one.date}]
    if not fitting:
        known = ", ".join(f"{one.name}@{one.date}" for one in every())
        raise LookupError(f"there is no profile {wanted!r}; there are {known}")
    return fitting[-1]
