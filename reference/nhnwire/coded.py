"""Coded values and the object identifiers (OIDs) of Norwegian health care."""

from __future__ import annotations

from dataclasses import dataclass

BASE = "2.16.578.1.12.4.1"
"""Root of the health sector's OIDs."""

CODE_SYSTEMS = f"{BASE}.1"
"""Code tables: this, a dot, and the table's number."""

HER_ID = f"{BASE}.2"
FNR = f"{BASE}.4.1"
DNR = f"{BASE}.4.2"
FHN = f"{BASE}.4.3"
HPR = f"{BASE}.4.4"
DUF = f"{BASE}.4.5"
ENH = f"{BASE}.4.101"
RSH = f"{BASE}.4.102"
AKO = f"{BASE}.4.107"


def oid(table: str) -> str:
    """OID of a code table by its number: `oid("8279")` is `2.16.578.1.12.4.1.1.8279`."""
    return f"{CODE_SYSTEMS}.{table}"


def table_of(system: str | None) -> str | None:
    """The table number inside an OID of a code table, else None."""
    prefix = CODE_SYSTEMS + "."
    return system.removeprefix(prefix) if system and system.startswith(prefix) else None


@dataclass(frozen=True, slots=True)
class CodedValue:
    """A code on the wire: the CS (V, DN) and CV (V, S, DN, OT) types of the KITH schemas (kith.xsd).

    Attributes:
        v: the code; empty when the attribute is absent, which the schemas allow.
        dn: display name, the code's own text.
        s: the code system as an OID; absent where the element implies its table (CS).
        ot: original text, free text where no code says enough.
    """

    v: str
    dn: str | None = None
    s: str | None = None
    ot: str | None = None

    @property
    def table(self) -> str | None:
        """Number of the code table named by `s`, such as "8221"; None when absent or of another system."""
        return table_of(self.s)
