"""Code tables."""

from __future__ import annotations

from nhnwire import codes
from nhnwire.coded import CodedValue, oid, table_of


def test_codes_carry_their_oid_and_their_own_text() -> None:
    """HITS 1168: an error's V, S and DN are fixed; they come from the table."""
    assert codes.value("8221", "E10") == CodedValue("E10", "Ugyldig meldingsidentifikator", "2.16.578.1.12.4.1.1.8221")
    assert codes.plain("8258", "2") == CodedValue("2", "Avvist")
    assert codes.value("8279", "DIALOG_NOTAT").table == "8279"


def test_what_is_unknown_is_data_not_a_crash() -> None:
    """An unknown code or table is no ground for rejection, so that nothing may fail on it."""
    assert codes.name("8221", "E77") is None
    assert codes.name("0000", "1") is None
    assert not codes.is_known("0000", "1")
    assert codes.value("8221", "E77") == CodedValue("E77", None, oid("8221"))
    assert table_of("1.2.3") is None
    assert table_of(None) is None


def test_every_table_has_codes_and_every_code_a_text() -> None:
    """A blank name would end in a message as an empty DN."""
    assert len(codes.tables()) > 40
    for number in codes.tables():
        table = codes.table(number)
        assert table
        assert all(v.strip() == v and name.strip() for v, name in table.items()), number
