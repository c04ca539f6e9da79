"""The SEID 2 enterprise profile: what is made follows it, and each rule sees its own fault and no other."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.tests import pki

from nhnwire import certificates
from nhnwire.certificates import oids
from nhnwire.errors import CertificateError, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhnwire.certificates import Description

CA = pki.make_ca("Enterprise CA")
OLD_CA = pki.make_ca(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA of the first generation")]))


@pytest.mark.parametrize("purpose", certificates.ENTERPRISE)
@pytest.mark.parametrize("unit", ["", "Legekontor-313456781", "Hudavdelingen"])
def test_what_is_described_follows_the_profile(purpose: str, unit: str) -> None:
    """Both certificates of the set, with and without a sub-unit: no rule is broken, and the holder can be read."""
    found = certificates.load(pki.leaf(CA, purpose, unit=unit).public_bytes(Encoding.DER))
    assert certificates.check_profile(found, purpose) == ()
    assert certificates.kind_of(found) is certificates.Kind.ENTERPRISE
    assert certificates.is_enterprise(found)
    assert certificates.is_seid2(found)
    expected = pki.UNIT if unit.endswith(pki.UNIT) else None
    assert certificates.organisations_of(found) == certificates.Organisations(pki.NUMBER, expected)
    assert certificates.searched_organisation_number(found) == (expected or pki.NUMBER)
    assert certificates.may_sign(found) is (purpose == "signing")
    assert certificates.may_encrypt(found) is (purpose == "encryption")
    said = certificates.statements_of(found)
    assert said is not None
    assert (said.semantics, said.compliance) == (oids.LEGAL_PERSON, purpose == "signing")


def test_the_end_of_validity_is_a_summer_days_end() -> None:
    """Three years, to 21:59 UTC; the same description gives the same certificate but for its key."""
    description = pki.describe(CA)
    assert description.not_after.strftime("%H:%M:%S") == "21:59:00"
    assert description.not_after - description.not_before > dt.timedelta(days=3 * 365)
    assert replace(description) == description


def test_the_other_purpose_is_a_departure() -> None:
    """A certificate for encryption where one for signing is asked for."""
    found = pki.leaf(CA, "encryption")
    assert [row.rule for row in certificates.check_profile(found, "signing")] == ["SEID2-KU"]
    with pytest.raises(KeyError):
        certificates.check_profile(found, "authentication")


def named(*texts: tuple[x509.ObjectIdentifier, str]) -> Callable[[Description], Description]:
    """Attributes of the subject replaced; left out where the text is empty."""

    def change(description: Description) -> Description:
        kinds = {kind for kind, _ in texts}
        kept = [row for row in description.subject if row.oid not in kinds]
        return replace(
            description, subject=x509.Name(kept + [x509.NameAttribute(kind, text) for kind, text in texts if text])
        )

    return change


def extended(kind: Any, *new: tuple[x509.ExtensionType, bool]) -> Callable[[Description], Description]:
    return lambda description: pki.swapped(description, kind, *new)


def stated(value: certificates.Statements) -> Callable[[Description], Description]:
    return extended(
        x509.UnrecognizedExtension, (x509.UnrecognizedExtension(oids.QC_STATEMENTS, value.to_bytes()), False)
    )


def policed(*found: str) -> Callable[[Description], Description]:
    rows = [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in found]
    return extended(x509.CertificatePolicies, (x509.CertificatePolicies(rows), False))


SEAL = certificates.Statements(
    semantics=oids.LEGAL_PERSON, compliance=True, types=(oids.QC_ESEAL,), disclosures=(("https://x.example", "en"),)
)
SIGNING = certificates.key_usage({"content_commitment"})
FAULTS: dict[str, list[Callable[[Description], Description]]] = {
    "SEID2-C": [named((NameOID.COUNTRY_NAME, "")), named((NameOID.COUNTRY_NAME, "SE"))],
    "SEID2-O": [
        named((NameOID.ORGANIZATION_NAME, "")),
        named((NameOID.ORGANIZATION_NAME, "En"), (NameOID.ORGANIZATION_NAME, "To")),
    ],
    "SEID2-CN": [named((NameOID.COMMON_NAME, ""))],
    "SEID2-ORGID": [
        named((oids.ORGANISATION_IDENTIFIER, text)) for text in ("", "310000027", "NTRNO-310000028", "NTRSE-310000027")
    ],
    "SEID2-PERSON": [named((NameOID.SURNAME, "Blomst")), named((NameOID.GIVEN_NAME, "Vakker"))],
    "SEID2-OU": [named((NameOID.ORGANIZATIONAL_UNIT_NAME, "Legekontor-313456782"))],
    "SEID2-ISSUER": [],
    "SEID2-BC": [
        extended(x509.BasicConstraints),
        extended(x509.BasicConstraints, (x509.BasicConstraints(ca=True, path_length=None), False)),
    ],
    "SEID2-KEYIDS": [extended(x509.AuthorityKeyIdentifier), extended(x509.SubjectKeyIdentifier)],
    "SEID2-KU": [
        extended(x509.KeyUsage),
        extended(x509.KeyUsage, (certificates.key_usage({"content_commitment", "digital_signature"}), True)),
        extended(x509.KeyUsage, (certificates.key_usage({"key_agreement", "decipher_only"}), True)),
    ],
    "SEID2-KU-CRITICAL": [extended(x509.KeyUsage, (SIGNING, False))],
    "SEID2-CRITICAL": [
        extended(x509.OCSPNoCheck, (x509.OCSPNoCheck(), True)),
        extended(x509.InhibitAnyPolicy, (x509.InhibitAnyPolicy(0), True)),
    ],
    "SEID2-EKU": [
        extended(x509.ExtendedKeyUsage, (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False))
    ],
    "SEID2-SAN": [
        extended(
            x509.SubjectAlternativeName,
            (x509.SubjectAlternativeName([x509.RFC822Name("post@clinic.example")]), False),
        )
    ],
    "SEID2-POLICY": [
        policed(oids.POLICY_QCP_L),
        policed("2.16.578.1.26.1.3.1", oids.POLICY_QCP_L),
        policed(oids.POLICY_ENTERPRISE_SOFT, "2.16.578.1.29.12.100.1.0", oids.POLICY_QCP_L),
    ],
    "SEID2-ETSI-POLICY": [policed(oids.POLICY_ENTERPRISE_SOFT), policed(oids.POLICY_ENTERPRISE_SOFT, oids.POLICY_NCP)],
    "SEID2-QC": [
        extended(x509.UnrecognizedExtension),
        extended(
            x509.UnrecognizedExtension, (x509.UnrecognizedExtension(oids.QC_STATEMENTS, b"\x30\x80\x00\x00"), False)
        ),
        stated(replace(SEAL, semantics=None)),
        stated(replace(SEAL, semantics=oids.NATURAL_PERSON)),
    ],
    "SEID2-QC-QUALIFIED": [
        stated(replace(SEAL, types=(oids.QC_ESIGN,))),
        stated(certificates.Statements(semantics=oids.LEGAL_PERSON)),
    ],
    "SEID2-QC-PDS": [stated(replace(SEAL, disclosures=()))],
    "SEID2-CDP": [
        extended(x509.CRLDistributionPoints),
        extended(
            x509.CRLDistributionPoints,
            (
                x509.CRLDistributionPoints(
                    [x509.DistributionPoint([x509.UniformResourceIdentifier("ldap://l.example")], None, None, None)]
                ),
                False,
            ),
        ),
    ],
    "SEID2-AIA": [extended(x509.AuthorityInformationAccess)],
    "SEID2-KEY": [],
    "SEID2-SIGNATURE": [],
    "SEID2-SERIAL": [lambda d: replace(d, serial_number=7)],
    "SEID2-VALIDITY": [lambda d: replace(d, not_after=d.not_before + dt.timedelta(days=1200))],
}


@pytest.mark.parametrize(("rule", "change"), [(rule, one) for rule, changes in FAULTS.items() for one in changes])
def test_each_rule_sees_its_own_fault_and_no_other(rule: str, change: Callable[[Description], Description]) -> None:
    """A certificate for signing with one change breaks that rule alone."""
    found = pki.issue(CA, change(pki.describe(CA)))
    assert [row.rule for row in certificates.check_profile(found, "signing")] == [rule]


def test_keys_hashes_and_issuers_are_judged_too() -> None:
    """What a description does not hold: the key, the hash, whose CA it is."""

    def rules(found: x509.Certificate) -> list[str]:
        return [row.rule for row in certificates.check_profile(found, "signing")]

    for key, expected in (
        (pki.rsa_key(2048), ["SEID2-KEY"]),
        (pki.rsa_key(3072, 3), ["SEID2-KEY"]),
        (ec.generate_private_key(ec.SECP256K1()), ["SEID2-KEY"]),
        (ec.generate_private_key(ec.SECP256R1()), []),
    ):
        assert rules(pki.issue(CA, pki.describe(CA), key)) == expected
    assert rules(pki.issue(CA, pki.describe(CA), digest=hashes.SHA3_256())) == ["SEID2-SIGNATURE"]
    assert rules(pki.leaf(OLD_CA)) == ["SEID2-ISSUER"]


def test_every_rule_has_a_failing_certificate_and_words() -> None:
    """No rule without a test above, none without cause, remedy and source."""
    assert set(FAULTS) == {rule.id for rule in certificates.RULES}
    assert all(rule.cause and rule.remedy and rule.clause for rule in certificates.RULES)
    assert {rule.severity for rule in certificates.RULES} == {"error", "warning"}


@pytest.mark.parametrize(
    ("policies", "kind", "nav"),
    [
        ((oids.POLICY_ENTERPRISE_SOFT, oids.POLICY_NCP), "enterprise", True),
        ((oids.POLICY_ENTERPRISE_CARD,), "enterprise", False),
        (("2.16.578.1.26.1.0.3.2",), "enterprise", True),
        (("2.16.578.1.26.1.0",), "personal", False),
        (("2.16.578.1.26.1.3.1", oids.POLICY_QCP_N), "personal", False),
        (("2.16.578.1.29.13.200.1.0",), "enterprise", True),
        (("2.16.578.1.29.13.220.1.2",), "enterprise", False),
        (("2.16.578.1.29.912.500.1.0",), "personal", False),
        (("2.16.578.1.26.1.3.21",), "unknown", False),
        ((oids.POLICY_ENTERPRISE_SOFT, "2.16.578.1.26.1.3.1"), "unknown", True),
        ((oids.POLICY_QCP_L,), "enterprise", False),
    ],
)
def test_enterprises_and_persons_are_told_apart(policies: tuple[str, ...], kind: str, nav: bool) -> None:  # noqa: FBT001 - a column
    """By the longest known branch of the policy tree; NAV's own list is kept apart, gaps and all."""
    bare = extended(x509.UnrecognizedExtension)(pki.describe(CA))
    found = pki.issue(CA, policed(*policies)(bare))
    assert (certificates.kind_of(found), certificates.is_enterprise(found)) == (kind, nav)


def test_without_a_known_policy_the_statements_decide() -> None:
    """A legal person's name is an enterprise's; unreadable statements decide nothing."""
    unknown = policed("1.2.3.4")(pki.describe(CA))
    for value, kind in (
        (oids.LEGAL_PERSON, "enterprise"),
        (oids.NATURAL_PERSON, "personal"),
        ("1.2.3", "unknown"),
        (None, "unknown"),
    ):
        found = pki.issue(CA, stated(certificates.Statements(semantics=value))(unknown))
        assert certificates.kind_of(found) == kind
    broken = (x509.UnrecognizedExtension(oids.QC_STATEMENTS, b"no DER"), False)
    found = pki.issue(CA, extended(x509.UnrecognizedExtension, broken)(unknown))
    assert certificates.kind_of(found) == "unknown"


def test_both_ways_of_writing_a_persons_serial_name_one_holder() -> None:
    """The second generation puts UN:NO- before it."""
    texts = ("9578-4050-1", "UN:NO-9578-4050-1", "UN:NO-9578-4500-a1", "310000027")
    found = [pki.issue(CA, named((NameOID.SERIAL_NUMBER, text))(pki.describe(CA))) for text in texts]
    assert [certificates.person_serial_of(one) for one in found] == ["9578-4050-1", "9578-4050-1", "9578-4500-a1", None]


oid_texts = st.builds(
    lambda first, second, rest: ".".join(map(str, (first, second, *rest))),
    st.integers(0, 2),
    st.integers(0, 39),
    st.lists(st.integers(0, 2**40), min_size=1, max_size=6),
)
ascii_texts = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=200)


@given(
    st.builds(
        certificates.Statements,
        semantics=oid_texts,
        authority=st.none() | ascii_texts,
        compliance=st.booleans(),
        types=st.lists(oid_texts, max_size=3).map(tuple),
        disclosures=st.lists(st.tuples(ascii_texts, st.just("en")), max_size=3).map(tuple),
        device=st.booleans(),
        others=st.lists(oid_texts.filter(lambda oid: not oid.startswith("0.4.0.1862.1.")), max_size=2).map(tuple),
    )
)
def test_statements_are_read_as_written(value: certificates.Statements) -> None:
    """Round trip of everything a qcStatements extension of ours can say."""
    assert certificates.read_statements(value.to_bytes()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_statements_or_refused_with_a_type(data: bytes) -> None:
    """Hostile DER: lengths beyond the end, deep nesting, no sequence at all."""
    for attempt in (data, b"\x30" + bytes([len(data)]) + data):
        try:
            certificates.read_statements(attempt)
        except ProtocolError as error:
            assert isinstance(error, CertificateError)  # noqa: PT017 - any other ProtocolError is a defect


WHOLE = pki.leaf(CA).public_bytes(Encoding.DER)


def test_certificates_are_loaded_from_every_form() -> None:
    """DER, PEM, base64 with and without line breaks; one certificate, and nothing but one."""
    der = x509.load_der_x509_certificate(WHOLE)
    pem = der.public_bytes(Encoding.PEM)
    bare = b"\n".join(pem.splitlines()[1:-1])
    for form in (WHOLE, pem, b"\n" + pem, bare, bare.replace(b"\n", b"")):
        assert certificates.load(form) == der
    for wrong in (
        b"",
        pem + pem,
        WHOLE + b"x",
        WHOLE[:-1],
        bare[:-9],
        b"0" * 100_000,
        b"-----BEGIN RUBBISH-----",
        b"\xff",
    ):
        with pytest.raises(CertificateError) as caught:
            certificates.load(wrong)
        assert caught.value.code == "S02"


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_certificate_with_one_wrong_octet_never_surprises(place: int, octet: int) -> None:
    """It is refused with a type, or it loads and then everything about it can be asked."""
    data = bytearray(WHOLE)
    data[place] = octet
    try:
        found = certificates.load(bytes(data))
    except CertificateError:
        return
    certificates.check_profile(found)
    certificates.kind_of(found)
    certificates.organisations_of(found)
    verdict = certificates.judge(
        found, certificates.Use.SIGNING, certificates.Trust((CA.certificate,)), at=pki.NOW, now=pki.NOW
    )
    assert not verdict.accepted
