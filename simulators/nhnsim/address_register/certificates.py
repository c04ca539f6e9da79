"""Asks the authority, over the wire, for the certificates of an organisation."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from nhnsim.address_register.errors import RegisterError, not_found
from nhnsim.address_register.model import Pair
from nhnwire.certificates import thumbprint
from nhnwire.registers.address import Certificate, CertificateMetadata

if TYPE_CHECKING:
    from nhnsim.context import Context

PATIENCE = aiohttp.ClientTimeout(total=30)
"""Real seconds: the authority makes an organisation's keys when first asked, which takes a while."""

SIGNING, ENCRYPTION = "signing", "encryption"

FORMER = ("former", "former-2")
"""What the authority calls the two pairs before the present one, the latest first."""


class Certificates:
    """The authority as the register sees it. Nothing is kept, so that a renewed certificate shows at once."""

    def __init__(self, context: Context) -> None:
        self._http = context.http
        self._authority = context.urls.get("authority")

    async def pair(self, organisation_number: str, variant: str = "current") -> Pair:
        """Metadata of both certificates.

        Args:
            organisation_number: whose.
            variant: `current`, or the name of a broken variant that the authority makes.

        Raises:
            RegisterError: 404 when the authority has none, 503 when it does not answer.
        """
        signing, encryption = await asyncio.gather(
            self.one(organisation_number, SIGNING, variant), self.one(organisation_number, ENCRYPTION, variant)
        )
        return Pair(_metadata(signing), _metadata(encryption))

    async def one(self, organisation_number: str, use: str, variant: str = "current") -> Certificate:
        """One certificate.

        Raises:
            RegisterError: as `pair`.
        """
        if self._authority is None:
            raise _unavailable("this network runs without one")
        url = f"{self._authority}/certificates/enterprise/{organisation_number}/{use}"
        url += "" if variant == "current" else f"?variant={variant}"
        try:
            async with self._http.get(url, headers={"Accept": "application/pkix-cert"}, timeout=PATIENCE) as answer:
                if answer.status == 404:
                    raise not_found(f"There is no {use} certificate for organisation {organisation_number}.")
                if answer.status != 200:
                    raise _unavailable(f"it answered {answer.status}")
                certificate = x509.load_der_x509_certificate(await answer.read())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _unavailable(str(error) or type(error).__name__) from error
        return Certificate(
            thumbprint=thumbprint(certificate),
            valid_from=certificate.not_valid_before_utc.isoformat(),
            valid_to=certificate.not_valid_after_utc.isoformat(),
            certificate_value=base64.b64encode(certificate.public_bytes(Encoding.DER)).decode(),
        )


def _metadata(certificate: Certificate) -> CertificateMetadata:
    return CertificateMetadata(
        thumbprint=certificate.thumbprint, valid_from=certificate.valid_from, valid_to=certificate.valid_to
    )


def _unavailable(reason: str) -> RegisterError:
    return RegisterError(503, f"The certificate authority gave no answer: {reason}. Start it beside the register.")
