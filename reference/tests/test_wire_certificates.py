"""Enterprise certificates: what is read out of them."""

from __future__ import annotations

import datetime as dt
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nhnwire import certificates

KEY = ec.generate_private_key(ec.SECP256R1())
START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def made(
    subject: list[tuple[x509.ObjectIdentifier, str]], *, policy: str | None = None, signing: bool = False
) -> x509.Certificate:
    issuer = [x509.NameAttribute(certificates.ORGANISATION_IDENTIFIER, "NTRNO-310000027")]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(kind, text) for kind, text in subject]))
        .issuer_name(x509.Name(issuer))
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(START)
        .not_valid_after(START + dt.timedelta(days=1))
    )
    usage = x509.KeyUsage(not signing, signing, not signing, False, False, False, False, False, False)
    builder = builder.add_extension(usage, critical=True)
    if policy is not None:
        found = x509.PolicyInformation(x509.ObjectIdentifier(policy), None)
        builder = builder.add_extension(x509.CertificatePolicies([found]), critical=False)
    return builder.sign(KEY, hashes.SHA256())


def test_the_organisation_number_is_found_in_new_and_old_profiles() -> None:
    """SEID 2 has it in organizationIdentifier, SEID 1 in serialNumber; anything else is no organisation number."""
    new = made([(NameOID.COUNTRY_NAME, "NO"), (certificates.ORGANISATION_IDENTIFIER, "NTRNO-310000027")])
    old = made([(NameOID.SERIAL_NUMBER, "313456781")])
    wrong = made(
        [(certificates.ORGANISATION_IDENTIFIER, "NTRNO-310000028"), (NameOID.SERIAL_NUMBER, "UN:NO-9578-4050-1")]
    )
    assert certificates.organisation_number_of(new) == "310000027"
    assert certificates.organisation_number_of(old) == "313456781"
    assert certificates.organisation_number_of(wrong) is None
    assert certificates.organisation_identifier("310000027") == "NTRNO-310000027"


def test_a_sub_unit_is_searched_for_first() -> None:
    """NAV takes the unit's number from OU before the entity's own."""
    unit = made(
        [
            (NameOID.ORGANIZATIONAL_UNIT_NAME, "Legekontor-313456781"),
            (certificates.ORGANISATION_IDENTIFIER, "NTRNO-310000027"),
        ]
    )
    assert certificates.searched_organisation_number(unit) == "313456781"
    assert certificates.organisation_number_of(unit) == "310000027"
    assert certificates.searched_organisation_number(made([(NameOID.COMMON_NAME, "313456781")])) is None


def test_policy_usage_and_generation_are_read() -> None:
    """Enterprise by policy, signing or encrypting by key usage, second generation by the issuer's name."""
    soft = made([(NameOID.COMMON_NAME, "x")], policy=certificates.POLICY_ENTERPRISE_SOFT)
    card = made([(NameOID.COMMON_NAME, "x")], policy=certificates.POLICY_ENTERPRISE_CARD, signing=True)
    assert certificates.is_enterprise(soft)
    assert not certificates.is_enterprise(card)
    assert not certificates.is_enterprise(made([(NameOID.COMMON_NAME, "x")]))
    assert (certificates.may_sign(soft), certificates.may_encrypt(soft)) == (False, True)
    assert (certificates.may_sign(card), certificates.may_encrypt(card)) == (True, False)
    assert certificates.is_seid2(soft)


def test_thumbprints_are_written_as_the_register_writes_them() -> None:
    """SHA-1 of the DER, forty upper-case hex digits."""
    found = made([(NameOID.COMMON_NAME, "x")])
    der = found.public_bytes(serialization.Encoding.DER)
    assert certificates.thumbprint(found) == hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()
