"""Chains, revocation and verdicts: what may be relied on at a time, and the receipt's code when not."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.tests import pki
from reference.tests.pki import NOW

from nhnwire import certificates
from nhnwire.certificates import Evidence, Kind, Rules, State, Trust, Use, Verdict, judge, read_answer, read_list
from nhnwire.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Callable

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
ROOT = pki.make_ca("Root")
ISSUING = pki.make_ca("Issuing", ROOT)
LEAF = pki.leaf(ISSUING)
ENCRYPTING = pki.leaf(ISSUING, "encryption")
TRUST = Trust((ROOT.certificate,), (ISSUING.certificate,))
GOOD = read_list(pki.crl(ISSUING))
FINE = Evidence(lists=(GOOD,))


def verdict(certificate: x509.Certificate = LEAF, use: Use = Use.SIGNING, **changes: Any) -> Verdict:
    asked: dict[str, Any] = {"trust": TRUST, "at": NOW, "now": NOW, "evidence": FINE}
    return judge(certificate, use, **(asked | changes))


def test_a_good_certificate_is_accepted_with_its_path() -> None:
    """Leaf, issuing CA, root; the word of the list; an enterprise's."""
    found = verdict(kind=Kind.ENTERPRISE)
    assert found.accepted
    assert found.path == (LEAF, ISSUING.certificate, ROOT.certificate)
    assert (found.code, found.kind, found.revocation.state, found.historic) == ("", Kind.ENTERPRISE, State.GOOD, False)
    assert verdict(ENCRYPTING, Use.ENCRYPTION).accepted
    assert verdict(ENCRYPTING, Use.AUTHENTICATION).accepted


def test_the_ca_may_come_with_the_leaf_or_be_the_anchor() -> None:
    """Intermediates prove nothing by themselves; an issuing CA that is trusted directly ends the path."""
    alone = Trust((ROOT.certificate,))
    assert verdict(trust=alone).check == "untrusted"
    assert verdict(trust=alone, extra=(LEAF, ENCRYPTING, ISSUING.certificate)).accepted
    assert verdict(trust=Trust((ISSUING.certificate,))).path == (LEAF, ISSUING.certificate)
    assert verdict(trust=Trust((), (ISSUING.certificate, ROOT.certificate))).check == "untrusted"


def test_the_certificate_of_another_environment_is_untrusted_whatever_its_policy() -> None:
    """Test CAs use the policies of production: the anchor decides, and the name alone does not."""
    other_root = pki.make_ca("Root")
    other = pki.make_ca("Issuing", other_root)
    found = verdict(pki.leaf(other), extra=(other.certificate, other_root.certificate))
    assert (found.accepted, found.code, found.check) == (False, "S02", "chain-signature")


def test_of_two_cas_with_one_name_the_one_whose_key_is_named_is_chosen() -> None:
    """Buypass has had two CA certificates of one name; order in the bundle does not matter."""
    twin = pki.make_ca("Issuing", ROOT)
    for others in ((ISSUING, twin), (twin, ISSUING)):
        trust = Trust((ROOT.certificate,), tuple(ca.certificate for ca in others))
        for ca in others:
            path = certificates.build_path(pki.leaf(ca), trust, at=NOW)
            assert isinstance(path, tuple)
            assert path[1] == ca.certificate


def test_a_renewed_ca_with_the_same_key_is_found_when_the_first_has_expired() -> None:
    """Both fit by name and key; only one is valid."""
    renewed = pki.make_ca("Issuing", ROOT, key=ISSUING.key, start=NOW - 2 * DAY)
    expired = pki.make_ca("Issuing", ROOT, key=ISSUING.key, end=NOW - DAY)
    trust = Trust((ROOT.certificate,), (expired.certificate, renewed.certificate))
    path = certificates.build_path(LEAF, trust, at=NOW)
    assert isinstance(path, tuple)
    assert path[1] == renewed.certificate


def test_names_are_the_same_only_in_the_same_order() -> None:
    """Two issuers whose names hold the same attributes in another order are two issuers."""
    turned = x509.Name(list(reversed(list(pki.ca_name("Issuing")))))
    other = pki.make_ca(turned, ROOT, key=ISSUING.key)
    assert verdict(trust=Trust((ROOT.certificate,), (other.certificate,))).check == "untrusted"


def under(**changes: Any) -> Callable[[], Verdict]:
    """A leaf under a CA that differs from the good one."""

    def found() -> Verdict:
        ca = pki.make_ca("Odd CA", ROOT, **changes)
        return verdict(pki.leaf(ca), trust=Trust((ROOT.certificate,), (ca.certificate,)))

    return found


def odd(change: Callable[[certificates.Description], certificates.Description], **signed: Any) -> Callable[[], Verdict]:
    return lambda: verdict(pki.issue(ISSUING, change(pki.describe(ISSUING)), **signed))


def with_extension(kind: Any, *new: tuple[x509.ExtensionType, bool]) -> Callable[[], Verdict]:
    return odd(lambda description: pki.swapped(description, kind, *new))


def long_path() -> Verdict:
    short = pki.make_ca("No CAs below", ROOT, path_length=0)
    below = pki.make_ca("Below", short)
    trust = Trust((ROOT.certificate,), (short.certificate, below.certificate))
    return verdict(pki.leaf(below), trust=trust)


def forged() -> Verdict:
    data = LEAF.public_bytes(Encoding.DER)
    return verdict(certificates.load(data[:-1] + bytes([data[-1] ^ 1])))


def self_signed() -> Verdict:
    alone = pki.make_ca("Alone", is_ca=False, usages=("content_commitment",))
    return verdict(alone.certificate, trust=Trust((alone.certificate, ROOT.certificate)))


STRANGE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
CONSTRAINTS = x509.NameConstraints([x509.DNSName("example.org")], None)
REFUSED: dict[str, list[Callable[[], Verdict]]] = {
    "expired": [lambda: verdict(at=NOW + 1200 * DAY, now=NOW + 1200 * DAY), under(end=NOW - DAY)],
    "not-yet-valid": [lambda: verdict(at=NOW - 200 * DAY), under(start=NOW + DAY)],
    "usage": [
        lambda: verdict(ENCRYPTING),
        lambda: verdict(use=Use.ENCRYPTION),
        lambda: verdict(use=Use.AUTHENTICATION),
        with_extension(x509.KeyUsage),
        with_extension(x509.ExtendedKeyUsage, (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)),
    ],
    "ca": [
        with_extension(x509.BasicConstraints, (x509.BasicConstraints(ca=True, path_length=None), True)),
        lambda: verdict(ISSUING.certificate),
    ],
    "kind": [lambda: verdict(kind=Kind.PERSONAL)],
    "key": [
        odd(lambda description: description, key=pki.rsa_key(1024)),
        odd(lambda description: description, key=pki.rsa_key(2048, 3)),
        under(key=pki.rsa_key(1024)),
        odd(lambda description: description, key=ed25519.Ed25519PrivateKey.generate()),
    ],
    "hash": [odd(lambda description: description, digest=hashes.SHA3_256())],
    "critical": [
        with_extension(x509.OCSPNoCheck, (STRANGE, True)),
        under(more=((STRANGE, True),)),
        under(more=((CONSTRAINTS, True),)),
    ],
    "not-a-ca": [under(is_ca=False), under(usages=("crl_sign",))],
    "path-length": [long_path],
    "chain-signature": [forged],
    "untrusted": [lambda: verdict(pki.leaf(pki.make_ca("Nobody")))],
    "self-signed": [self_signed],
}


@pytest.mark.parametrize(("check", "make"), [(check, one) for check, makers in REFUSED.items() for one in makers])
def test_what_is_wrong_with_a_certificate_is_said_by_name(check: str, make: Callable[[], Verdict]) -> None:
    """Each is an invalid certificate (S02), with cause and remedy."""
    found = make()
    assert (found.accepted, found.code, found.check) == (False, "S02", check)
    assert found.cause.endswith(".")
    assert found.remedy.endswith(".")
    assert certificates.receipt_code(found, signature_holds=True) == "S02"


def test_odd_but_harmless_certificates_pass() -> None:
    """Keys of 2032 bits as on test cards, unknown extensions that are not critical, a critical policy."""
    assert odd(lambda description: description, key=pki.rsa_key(2032))().accepted
    assert odd(lambda description: description, key=pki.ec_key())().accepted
    assert with_extension(x509.OCSPNoCheck, (STRANGE, False))().accepted


def test_a_heap_of_cas_with_one_name_costs_little() -> None:
    """Two hundred certificates that all might be the issuer: the search gives up, and says untrusted or worse."""
    key = pki.ec_key()
    decoys = [pki.make_ca("Heap", pki.Ca(pki.make_ca("Heap").certificate, key), key=key).certificate for _ in range(30)]
    found = certificates.build_path(
        pki.leaf(pki.make_ca("Heap")), Trust((ROOT.certificate,)), at=NOW, extra=decoys * 40
    )
    assert isinstance(found, certificates.Flaw)


def listed(
    reason: x509.ExtensionType | None = None, since: dt.datetime = NOW - DAY, **changes: Any
) -> certificates.RevocationList:
    return read_list(pki.crl(ISSUING, [(LEAF.serial_number, since, reason)], **changes))


ON_HOLD = x509.CRLReason(x509.ReasonFlags.certificate_hold)
COMPROMISED = x509.CRLReason(x509.ReasonFlags.key_compromise)
SEVEN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.21"), b"\x0a\x01\x07")


@pytest.mark.parametrize(
    ("reason", "state", "text"),
    [
        (None, State.REVOKED, ""),
        (COMPROMISED, State.REVOKED, "keyCompromise"),
        (ON_HOLD, State.HOLD, "certificateHold"),
        (SEVEN, State.REVOKED, "unassigned"),
    ],
)
def test_a_listed_certificate_is_withdrawn(reason: Any, state: State, text: str) -> None:
    """Revoked or on hold is S03; a reason that RFC 5280 does not have (7) is a reason none the less."""
    found = verdict(evidence=Evidence(lists=(listed(reason),)))
    assert (found.accepted, found.code) == (False, "S03")
    assert found.check == ("hold" if state is State.HOLD else "revoked")
    assert (found.revocation.state, found.revocation.reason, found.revocation.since) == (state, text, NOW - DAY)
    assert verdict(ENCRYPTING, Use.ENCRYPTION, evidence=Evidence(lists=(listed(reason),))).accepted


def test_a_hold_ends_with_a_newer_list_and_a_revocation_never() -> None:
    """New smart cards are on hold until their holder is identified. The order of the lists does not matter."""
    newer = read_list(pki.crl(ISSUING, said=NOW - HOUR / 2))
    for lists in ((listed(ON_HOLD), newer), (newer, listed(ON_HOLD))):
        assert verdict(evidence=Evidence(lists=lists)).accepted
        assert not verdict(evidence=Evidence(lists=(*lists, listed(COMPROMISED, said=NOW - 90 * DAY)))).accepted
    stale = listed(COMPROMISED, said=NOW - 90 * DAY, until=NOW - 89 * DAY)
    assert verdict(evidence=Evidence(lists=(stale,))).code == "S03"


def unusable() -> dict[str, Evidence]:
    twin = pki.make_ca("Issuing", ROOT)
    only = x509.IssuingDistributionPoint(
        full_name=[x509.UniformResourceIdentifier("http://crl.example")],
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=True,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )
    lists = {
        "nothing": (),
        "out of date": (read_list(pki.crl(ISSUING, said=NOW - 3 * DAY, until=NOW - DAY)),),
        "of the future": (read_list(pki.crl(ISSUING, said=NOW + HOUR, until=NOW + DAY)),),
        "another's with the same name": (read_list(pki.crl(twin)),),
        "another's": (read_list(pki.crl(ROOT)),),
        "for CAs only": (read_list(pki.crl(ISSUING, more=((only, True),))),),
        "changes only": (read_list(pki.crl(ISSUING, more=((x509.DeltaCRLIndicator(3), True),))),),
        "strange": (read_list(pki.crl(ISSUING, more=((STRANGE, True),))),),
    }
    answers = {
        "try later": _unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER),
        "unauthorized": _unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED),
        "unknown": pki.ocsp_answer(LEAF, ISSUING, unknown=True),
        "about another": pki.ocsp_answer(ENCRYPTING, ISSUING),
        "of another issuer": pki.ocsp_answer(LEAF, twin),
        "by a stranger": pki.ocsp_answer(LEAF, ISSUING, pki.responder(pki.make_ca("Issuing"))),
        "by the root's delegate": pki.ocsp_answer(LEAF, ISSUING, pki.responder(ROOT)),
        "by a sibling": pki.ocsp_answer(LEAF, ISSUING, pki.responder(ISSUING, delegated=False)),
        "by an expired delegate": pki.ocsp_answer(LEAF, ISSUING, pki.responder(ISSUING, end=NOW - DAY)),
        "old": pki.ocsp_answer(LEAF, ISSUING, said=NOW - DAY, until=NOW - HOUR),
        "old without end": pki.ocsp_answer(LEAF, ISSUING, said=NOW - 2 * HOUR, until=None),
        "future": pki.ocsp_answer(LEAF, ISSUING, said=NOW + HOUR, until=NOW + DAY),
    }
    found = {f"list: {name}": Evidence(lists=some) for name, some in lists.items()}
    found |= {f"answer: {name}": Evidence(answers=(read_answer(data),)) for name, data in answers.items()}
    fresh = read_answer(pki.ocsp_answer(LEAF, ISSUING, nonce=b"one"))
    found["answer: other nonce"] = Evidence(answers=(fresh,), nonce=b"two")
    found["answer: no nonce"] = Evidence(answers=(read_answer(pki.ocsp_answer(LEAF, ISSUING)),), nonce=b"two")
    return found


def _unsuccessful(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


UNUSABLE = unusable()


@pytest.mark.parametrize(("name", "evidence"), list(UNUSABLE.items()), ids=list(UNUSABLE))
def test_evidence_that_proves_nothing_leaves_the_state_unknown(name: str, evidence: Evidence) -> None:
    """Fail closed with S99, unless the receiver has decided otherwise; and good evidence beside it suffices."""
    found = verdict(evidence=evidence)
    assert (found.accepted, found.code, found.check) == (False, "S99", "status-unknown"), name
    assert found.revocation.state is State.UNKNOWN
    assert found.revocation.why
    assert verdict(evidence=evidence, rules=Rules(unknown_passes=True)).accepted
    both = Evidence((*evidence.lists, GOOD), evidence.answers, evidence.nonce)
    assert verdict(evidence=both).accepted


@pytest.mark.parametrize("by", list(ocsp.OCSPResponderEncoding), ids=str)
@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256()], ids=["sha1", "sha256"])  # noqa: S303 - as named on the wire
@pytest.mark.parametrize("delegated", [False, True], ids=["by the CA", "delegated"])
def test_ocsp_answers_of_every_honest_style_are_believed(by: Any, algorithm: Any, delegated: bool) -> None:  # noqa: FBT001 - a column
    """The CA itself or its delegate, named by name or by key, certificates named by SHA-1 or SHA-256."""
    signer = pki.responder(ISSUING) if delegated else None
    asked: dict[str, Any] = {"by": by, "algorithm": algorithm, "nonce": b"one"}
    good = read_answer(pki.ocsp_answer(LEAF, ISSUING, signer, **asked))
    assert verdict(evidence=Evidence(answers=(good,), nonce=b"one")).accepted
    for reason, check in ((x509.ReasonFlags.superseded, "revoked"), (x509.ReasonFlags.certificate_hold, "hold")):
        bad = read_answer(pki.ocsp_answer(LEAF, ISSUING, signer, since=NOW - DAY, reason=reason, **asked))
        found = verdict(evidence=Evidence(answers=(bad,), nonce=b"one"))
        assert (found.code, found.check, found.revocation.source) == ("S03", check, "ocsp")


def test_a_certificate_that_has_expired_since_is_historic_with_archived_evidence() -> None:
    """Valid at GenDate, with the answer of that day. A list made after its expiry no longer names it: no evidence."""
    later = NOW + 1500 * DAY
    archived = Evidence(answers=(read_answer(pki.ocsp_answer(LEAF, ISSUING)),))
    found = verdict(now=later, evidence=archived)
    assert (found.accepted, found.historic) == (True, True)
    silent = Evidence(lists=(read_list(pki.crl(ISSUING, said=later - HOUR, until=later + DAY)),))
    assert verdict(now=later, evidence=silent).check == "status-unknown"


def test_a_revocation_after_the_use_counts_unless_the_receiver_says_otherwise() -> None:
    """The time of use is the sender's claim; who trusts it may say so."""
    late = Evidence(lists=(listed(COMPROMISED),))
    assert verdict(at=NOW - 2 * DAY, evidence=late).code == "S03"
    lenient = Rules(revoked_later_passes=True)
    assert verdict(at=NOW - 2 * DAY, evidence=late, rules=lenient).accepted
    assert verdict(evidence=late, rules=lenient).code == "S03"


def test_a_revoked_ca_takes_its_certificates_with_it() -> None:
    """Known against a CA always counts; that something is known of it is required only when asked for."""
    above = read_list(pki.crl(ROOT, [(ISSUING.certificate.serial_number, NOW - DAY, None)]))
    assert verdict(evidence=Evidence(lists=(GOOD, above))).code == "S03"
    assert verdict(rules=Rules(issuers_too=True)).check == "status-unknown"
    fine = Evidence(lists=(GOOD, read_list(pki.crl(ROOT))))
    assert verdict(evidence=fine, rules=Rules(issuers_too=True)).accepted


def test_a_signature_that_does_not_hold_comes_before_the_certificate() -> None:
    """S01 for the signature, S02 and S03 for the certificate, nothing when all is well."""
    revoked, expired = verdict(evidence=Evidence(lists=(listed(),))), verdict(at=NOW + 1200 * DAY)
    found = [(one, holds) for one in (verdict(), revoked, expired) for holds in (True, False)]
    codes = [certificates.receipt_code(one, signature_holds=holds) for one, holds in found]
    assert codes == [None, "S01", "S03", "S01", "S02", "S01"]


LIST, ANSWER = pki.crl(ISSUING, [(5, NOW, COMPROMISED)]), pki.ocsp_answer(LEAF, ISSUING, pki.responder(ISSUING))


@settings(max_examples=250, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_evidence_with_one_wrong_octet_never_surprises(place: int, octet: int) -> None:
    """Refused with a type, or read; and then it proves nothing more than before."""
    for data, read in ((LIST, read_list), (ANSWER, read_answer)):
        spoilt = bytearray(data)
        spoilt[place % len(data)] = octet
        try:
            found: Any = read(bytes(spoilt))
        except CertificateError as error:
            assert error.code == "S99"  # noqa: PT017 - the other way out is as good
            continue
        evidence = Evidence(lists=(found,)) if read is read_list else Evidence(answers=(found,))
        if bytes(spoilt) != data and verdict(evidence=evidence).accepted:
            # Only where no signature reaches, such as the framing; what is said is what was said.
            assert read is read_answer
            assert found.singles == read_answer(data).singles


def test_a_ca_that_may_not_sign_lists_proves_nothing_with_one() -> None:
    """Its key usage lacks cRLSign."""
    silent = pki.make_ca("Issuing", ROOT, key=ISSUING.key, usages=("key_cert_sign",))
    assert verdict(trust=Trust((ROOT.certificate,), (silent.certificate,))).check == "status-unknown"


@pytest.mark.parametrize("data", [b"", b"<html>404</html>", b"0" * 20_000_000, b"\x30\x80" * 500, b"\xff" * 100])
def test_what_is_no_evidence_is_refused_with_a_type(data: bytes) -> None:
    """A page of HTML, twenty megabytes, endless nesting."""
    for read in (read_list, read_answer):
        with pytest.raises(CertificateError):
            read(data)
