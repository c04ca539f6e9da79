"""Rules for what an application receipt says: its status and its errors (HIS 80415, HITS 1168)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnwire import codes
from nhnwire.apprec import OK, OK_PARTLY, REJECTED
from nhnwire.messages import PROFILES
from nhnwire.receipts import CLAIMS
from nhnwire.rules.table import APPREC, ERROR, WARNING, Row, is_blank, where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nhnwire.apprec import AppRec

_ERROR_TABLES = ("8221", "8222", "8223")
_UNSPECIFIC = frozenset(["T99", "S99", "X99"])
_DEPRECATED = frozenset(["E20"])


def _coded(receipt: AppRec) -> Iterator[str]:
    for at, error in enumerate(receipt.errors, 1):
        place = f"/AppRec/Error[{at}]"
        yield from where(not error.v, f"{place}/@V")
        yield from where(error.table not in _ERROR_TABLES, f"{place}/@S")
        yield from where(is_blank(error.dn), f"{place}/@DN")


def _error_table(receipt: AppRec) -> Iterator[str]:
    if receipt.original.msg_type.v in PROFILES:
        for at, error in enumerate(receipt.errors, 1):
            yield from where(error.table in _ERROR_TABLES[1:], f"/AppRec/Error[{at}]/@S")


def _error_text(receipt: AppRec) -> Iterator[str]:
    for at, error in enumerate(receipt.errors, 1):
        yield from where(error.v in _UNSPECIFIC and is_blank(error.ot), f"/AppRec/Error[{at}]/@OT")


def _error_deprecated(receipt: AppRec) -> Iterator[str]:
    for at, error in enumerate(receipt.errors, 1):
        yield from where(error.v in _DEPRECATED and error.table == "8221", f"/AppRec/Error[{at}]/@V")


def _error_repeated(receipt: AppRec) -> Iterator[str]:
    told: set[tuple[str | None, ...]] = set()
    for at, error in enumerate(receipt.errors, 1):
        one = (error.v, error.s, error.ot)
        yield from where(one in told, f"/AppRec/Error[{at}]")
        told.add(one)


def _bills(receipt: AppRec) -> Iterator[str]:
    if receipt.status.v == OK_PARTLY and receipt.original.msg_type.v in CLAIMS:
        for at, error in enumerate(receipt.errors, 1):
            yield from where(is_blank(error.ot), f"/AppRec/Error[{at}]/@OT")


def _partly(receipt: AppRec) -> tuple[str, ...]:
    claim = receipt.original.msg_type.v in CLAIMS
    return where(receipt.status.v == OK_PARTLY and not claim, "/AppRec/Status/@V")


ROWS = (
    Row(
        "APPREC-STATUS",
        "HIS 80415:2012 Status",
        "",
        lambda receipt: where(not codes.is_known("8258", receipt.status.v), "/AppRec/Status/@V"),
        "the receipt's status is not of table 8258",
        "send 1 (OK) or 2 (Avvist)",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ERROR-MISSING",
        "HITS 1168:2016, negative receipts",
        "",
        lambda receipt: where(receipt.status.v in {REJECTED, OK_PARTLY} and not receipt.errors, "/AppRec/Error"),
        "the receipt rejects without saying why",
        "send at least one Error of table 8221 with status 2",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ERROR-UNDUE",
        "HITS 1168:2016, positive receipts",
        "",
        lambda receipt: where(receipt.status.v == OK and bool(receipt.errors), "/AppRec/Error"),
        "the receipt accepts and names errors",
        "send no Error with status 1, or status 2 with the errors",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-PARTLY",
        "HITS 1168:2016, status 3",
        "",
        _partly,
        "status 3 is for settlements (BKM) only",
        "send status 1 or 2",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ERROR-CODED",
        "HIS 80415:2012 Error; HITS 1168:2016",
        "",
        _coded,
        "an error lacks its code, its table's OID or its name",
        "send V, S and DN of table 8221 in every Error; OT is text on top of them",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ERROR-TABLE",
        "HITS 1168:2016, errors; tables 8222 and 8223",
        "",
        _error_table,
        "an error is of a table for sick notes or claims, but answers another message",
        "send errors of table 8221",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ERROR-TEXT",
        "HITS 1168:2016, T99, S99 and X99",
        "",
        _error_text,
        "an error of the kind other comes without a word on what is wrong",
        "say in OT what is wrong and what to do, or send the code that does",
        ERROR,
        APPREC,
    ),
    Row(
        "APPREC-ERROR-DEPRECATED",
        "HIS 80415:2004 Error; table 8221",
        "",
        _error_deprecated,
        "E20 (Lege finnes ikke) is no longer in use",
        "send E21 (Mottaker finnes ikke)",
        WARNING,
        APPREC,
    ),
    Row(
        "APPREC-ERROR-REPEATED",
        "HITS 1168:2016, several errors",
        "",
        _error_repeated,
        "the same error is given twice",
        "send one Error for each concrete fault",
        WARNING,
        APPREC,
    ),
    Row(
        "APPREC-PARTLY-BILL",
        "HITS 1168:2016, status 3",
        "",
        _bills,
        "a claim is accepted in part, but an error does not say which bill it is about",
        "send the number of the bill in OT of each Error",
        ERROR,
        APPREC,
    ),
)
