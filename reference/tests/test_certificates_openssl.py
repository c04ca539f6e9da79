"""OpenSSL as second opinion: on paths, on revocation, on what is written into certificates."""

from __future__ import annotations

import datetime as dt
import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from reference.tests import pki

from nhnwire import certificates
from nhnwire.certificates import Evidence, Rules, State, Trust, Use, judge, read_answer, read_list

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration("openssl", apt="openssl")

DAY = dt.timedelta(days=1)
# OpenSSL judges OCSP answers by its own clock.
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
FROM, TO = NOW - 900 * DAY, NOW + 900 * DAY
ROOT = pki.make_ca("Root", start=FROM, end=TO)
ISSUING = pki.make_ca("Issuing", ROOT, start=FROM, end=TO)


def run(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True, check=False, timeout=30)


@dataclass(frozen=True)
class Case:
    """What both are asked: a leaf, whom to believe, what else is known."""

    leaf: x509.Certificate
    others: tuple[x509.Certificate, ...] = (ISSUING.certificate,)
    root: x509.Certificate = ROOT.certificate
    crl: bytes | None = None
    at: dt.datetime = NOW


def leaf(issuer: pki.Ca = ISSUING) -> x509.Certificate:
    return pki.leaf(issuer, now=NOW - DAY)


def below(name: str, **changes: object) -> Case:
    asked = {"start": FROM, "end": TO} | changes
    ca = pki.make_ca(name, ROOT, **asked)  # type: ignore[arg-type]  # the cases below name what fits
    return Case(leaf(ca), (ca.certificate,))


def cases() -> dict[str, Case]:
    plain = leaf()
    twin = pki.make_ca("Issuing", ROOT, start=FROM, end=TO)
    stranger = pki.make_ca("Root", start=FROM, end=TO)
    short = pki.make_ca("Short", ROOT, path_length=0, start=FROM, end=TO)
    under = pki.make_ca("Under", short, start=FROM, end=TO)
    der = plain.public_bytes(Encoding.DER)
    forged = x509.load_der_x509_certificate(der[:-1] + bytes([der[-1] ^ 1]))
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
    critical = pki.issue(ISSUING, pki.swapped(pki.describe(ISSUING, now=NOW - DAY), x509.OCSPNoCheck, (strange, True)))
    times: dict[str, Any] = {"said": NOW - dt.timedelta(hours=1), "until": NOW + DAY}
    hold = x509.CRLReason(x509.ReasonFlags.certificate_hold)
    return {
        "good": Case(plain),
        "two CAs of one name": Case(plain, (twin.certificate, ISSUING.certificate)),
        "the other CA of that name": Case(plain, (twin.certificate,)),
        "no CA": Case(plain, ()),
        "another root of that name": Case(plain, root=stranger.certificate),
        "forged": Case(forged),
        "expired": Case(plain, at=NOW + 1200 * DAY),
        "not yet valid": Case(plain, at=NOW - 2 * DAY),
        "expired CA": below("A", end=NOW - DAY),
        "no CA by its constraints": below("B", is_ca=False, usages=("digital_signature",)),
        "no CA by its usage": below("C", usages=("crl_sign",)),
        "path too long": Case(leaf(under), (short.certificate, under.certificate)),
        "path long enough": Case(leaf(short), (short.certificate,)),
        "critical in the leaf": Case(critical),
        "critical in the CA": below("D", more=((strange, True),)),
        "harmless in the CA": below("E", more=((strange, False),)),
        "listed": Case(plain, crl=pki.crl(ISSUING, [(plain.serial_number, NOW - DAY, None)], **times)),
        "on hold": Case(plain, crl=pki.crl(ISSUING, [(plain.serial_number, NOW - DAY, hold)], **times)),
        "not listed": Case(plain, crl=pki.crl(ISSUING, [(5, NOW - DAY, None)], **times)),
        "listed by another": Case(plain, crl=pki.crl(twin, [(plain.serial_number, NOW - DAY, None)], **times)),
        "old list": Case(plain, crl=pki.crl(ISSUING, said=NOW - 3 * DAY, until=NOW - DAY)),
    }


CASES = cases()


def pem(folder: Path, name: str, *found: x509.Certificate) -> Path:
    path = folder / name
    path.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in found))
    return path


@pytest.mark.parametrize(("name", "case"), list(CASES.items()), ids=list(CASES))
def test_openssl_accepts_what_is_accepted_here(name: str, case: Case, tmp_path: Path) -> None:
    """The same leaf, CAs, list and time: one verdict."""
    arguments: list[str | Path] = ["-x509_strict", "-attime", str(int(case.at.timestamp()))]
    arguments += ["-CAfile", pem(tmp_path, "root", case.root), "-no-CApath", "-no-CAstore"]
    if case.others:
        arguments += ["-untrusted", pem(tmp_path, "others", *case.others)]
    if case.crl is not None:
        found = x509.load_der_x509_crl(case.crl)
        (tmp_path / "crl").write_bytes(found.public_bytes(Encoding.PEM))
        arguments += ["-crl_check", "-CRLfile", tmp_path / "crl"]
    theirs = run("verify", *arguments, pem(tmp_path, "leaf", case.leaf))
    ours = judge(
        case.leaf,
        Use.SIGNING,
        Trust((case.root,), case.others),
        at=case.at,
        now=case.at,
        evidence=Evidence(lists=() if case.crl is None else (read_list(case.crl),)),
        rules=Rules(unknown_passes=case.crl is None),
    )
    assert ours.accepted is (theirs.returncode == 0), f"{name}: {ours.check}; {theirs.stderr.decode()}"


@pytest.mark.parametrize("delegated", [True, False])
@pytest.mark.parametrize("state", ["good", "revoked", "sibling", "stranger"])
def test_openssl_reads_the_same_out_of_an_ocsp_answer(
    state: str,
    delegated: bool,  # noqa: FBT001 - a column
    tmp_path: Path,
) -> None:
    """Good and revoked, by the CA or its delegate; a signer who may not speak convinces neither."""
    plain = leaf()
    odd = state in {"sibling", "stranger"}
    above = pki.make_ca("Issuing", ROOT, start=FROM, end=TO) if state == "stranger" else ISSUING
    signer = pki.responder(above, delegated=state != "sibling", start=FROM, end=TO) if delegated or odd else None
    since = NOW - DAY if state == "revoked" else None
    data = pki.ocsp_answer(plain, ISSUING, signer, since=since, said=NOW - dt.timedelta(hours=1), until=NOW + DAY)
    (tmp_path / "answer").write_bytes(data)
    issuer = pem(tmp_path, "issuer", ISSUING.certificate)
    theirs = run(
        *("ocsp", "-respin", tmp_path / "answer", "-issuer", issuer, "-cert", pem(tmp_path, "leaf", plain)),
        *("-CAfile", pem(tmp_path, "root", ROOT.certificate), "-verify_other", issuer, "-no_nonce"),
    )
    ours = read_answer(data).word(plain, ISSUING.certificate, now=NOW)
    text = theirs.stdout.decode()
    verified = b"Response verify OK" in theirs.stderr
    assert verified is not odd, theirs.stderr.decode()
    assert ours.state is (State.UNKNOWN if odd else State.REVOKED if since else State.GOOD), ours.why
    if verified:
        assert f": {ours.state}" in text


def test_openssl_sees_what_was_written(tmp_path: Path) -> None:
    """Subject, usage and statements of an enterprise's certificate, in OpenSSL's words."""
    found = pki.leaf(ISSUING, unit=f"Legekontor-{pki.UNIT}", now=NOW)
    path = pem(tmp_path, "leaf", found)
    shown = run(
        "x509", "-in", path, "-noout", "-subject", "-nameopt", "RFC2253", "-ext", "keyUsage,certificatePolicies"
    )
    text = shown.stdout.decode()
    for part in (f"organizationIdentifier=NTRNO-{pki.NUMBER}", "C=NO", f"OU=Legekontor-{pki.UNIT}"):
        assert part in text
    assert "X509v3 Key Usage: critical\n    Non Repudiation\n" in text
    assert "2.16.578.1.26.1.3.2" in text
    said = certificates.statements_of(found)
    assert said is not None
    parsed = run("asn1parse", "-inform", "DER", stdin=replace(said, authority="https://a.example").to_bytes())
    assert parsed.returncode == 0, parsed.stderr
    for part in ("0.4.0.194121.1.2", "0.4.0.1862.1.1", "0.4.0.1862.1.6.2", "https://ca.example/pds.pdf"):
        assert part in parsed.stdout.decode()
