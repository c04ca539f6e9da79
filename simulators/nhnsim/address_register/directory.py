"""Certificates over the register's web service: by HER-id, by organisation number, and as a directory has them.

An LDAP address here names organisation and serial number, so that what one operation gives another one understands.
"""

from __future__ import annotations

import asyncio
import base64
import re
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509

from nhnsim.address_register.certificates import ENCRYPTION, SIGNING
from nhnsim.address_register.errors import RegisterError
from nhnsim.address_register.search import Query
from nhnsim.soap import Caller, refused
from nhnwire.registers.party.common import (
    CertificateCandidate,
    CertificateDetails,
    CertificateFallbackSource,
    CertificateSearchResult,
    DateTimeOffset,
    LdapSearchProvider,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from nhnfixtures.world import Party
    from nhnsim.address_register.answers import Answers
    from nhnsim.address_register.certificates import Certificates
    from nhnsim.address_register.register import Register
    from nhnsim.address_register.search import Index

BASE: Final = "ldap://directory.example"
ADDRESS: Final = re.compile(
    r"ldap://directory\.example/dc=Provenett,dc=example,o=([0-9]{9})"
    r"\?usercertificate;binary\?sub\?\(certificateSerialNumber=([0-9]{1,50})\)"
)
FEW: Final = 20
"""Organisations whose certificates one search gives at most: each may have to be made first."""


class Directory:
    """Questions about certificates; each waits for the authority.

    Args:
        register: as it stands.
        index: of its active parties; asked for when it is needed.
        answers: finds parties.
        certificates: the authority.
    """

    def __init__(
        self, register: Register, index: Callable[[], Index], answers: Answers, certificates: Certificates
    ) -> None:
        self._register = register
        self._index = index
        self._answers = answers
        self._certificates = certificates

    def by_her_id(self, use: str) -> Asked:
        """GetCertificateFor…: DER."""

        async def answer(_: Caller, asked: Mapping[str, Any]) -> bytes:
            return await self._der(self._answers.party(asked["herId"]), use)

        return answer

    def details(self, use: str) -> Asked:
        """GetCertificateDetailsFor…: DER, and where the directory has it."""

        async def answer(_: Caller, asked: Mapping[str, Any]) -> CertificateDetails:
            return await self._details(self._answers.party(asked["herId"]), use)

        return answer

    def by_number(self, use: str) -> Asked:
        """GetCertificateFor…ByOrganizationNumber."""

        async def answer(_: Caller, asked: Mapping[str, Any]) -> bytes:
            return await self._der(self._organisation(f"{asked['organizationNumber']:09d}"), use)

        return answer

    def by_address(self, *uses: str) -> Asked:
        """GetCertificate, GetCertificateFor…Ldap: the one that an LDAP address names."""

        async def answer(_: Caller, asked: Mapping[str, Any]) -> bytes:
            party, serial = self._located(asked["ldapUrl"])
            for use in uses:
                found = await self._der(party, use)
                if x509.load_der_x509_certificate(found).serial_number == serial:
                    return found
            raise refused("party-refused", what=f"ingen sertifikater på {asked['ldapUrl']}")

        return answer

    def search(self, use: str) -> Asked:
        """SearchCertificatesFor…: by organisation number (`sn`), or by a name (`cn`, `ou`)."""

        async def answer(_: Caller, asked: Mapping[str, Any]) -> tuple[CertificateDetails, ...]:
            number, name = (asked["sn"] or "").strip(), (asked["cn"] or asked["ou"] or "").strip()
            if not number and not name:
                raise refused("party-refused", what="gi sn (organisasjonsnummer), cn eller ou")
            if number:
                one = self._register.organisation(number)
                found = [] if one is None else [one]
            else:
                rows = self._index().find(Query(name=name, type="Organization", size=FEW))
                found = [party for her_id, _ in rows if (party := self._register.party(her_id)) is not None]
            return tuple(await asyncio.gather(*(self._details(party, use) for party in found)))

        return answer

    async def located(self, _: Caller, asked: Mapping[str, Any]) -> CertificateSearchResult:
        """SearchCertificatesByLdapUrl."""
        party, serial = self._located(asked["ldapUrl"])
        found = await self._candidates(party, CertificateFallbackSource.NONE)
        return CertificateSearchResult(
            actual_ldap_url=asked["ldapUrl"],
            matching_certificates=tuple(one for one in found if one.certificate_serial_number == str(serial)),
        )

    async def fallback(self, _: Caller, asked: Mapping[str, Any]) -> CertificateSearchResult:
        """GetFallbackCertificates: whose HER-id is text, unlike everywhere else."""
        text = (asked["herId"] or "").strip()
        if not re.fullmatch(r"[0-9]{1,10}", text):
            raise refused("unknown-her-id")
        party = self._answers.party(int(text))
        found = await self._candidates(party, CertificateFallbackSource.ORGANISATION_NUMBER)
        return CertificateSearchResult(actual_ldap_url=BASE, matching_certificates=found)

    async def providers(self, _: Caller, asked: Mapping[str, Any]) -> tuple[LdapSearchProvider, ...]:
        """GetLdapSearchProviders: the lab's own."""
        del asked
        return (
            LdapSearchProvider(base_url=BASE, display_name="Provenett", distinguished_name="dc=Provenett,dc=example"),
        )

    async def _der(self, party: Party, use: str) -> bytes:
        try:
            found = await self._certificates.one(party.organisation_number, use, self._register.certificate(party))
        except RegisterError as error:
            raise refused("party-refused", what=f"sertifikatet kan ikke hentes: {error}") from error
        return base64.b64decode(found.certificate_value or "")

    async def _details(self, party: Party, use: str) -> CertificateDetails:
        found = await self._der(party, use)
        return CertificateDetails(certificate=found, ldap_url=_address(party, x509.load_der_x509_certificate(found)))

    async def _candidates(self, party: Party, source: CertificateFallbackSource) -> tuple[CertificateCandidate, ...]:
        made = []
        for use in (SIGNING, ENCRYPTION):
            one = x509.load_der_x509_certificate(await self._der(party, use))
            names = one.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
            made.append(
                CertificateCandidate(
                    certificate_serial_number=str(one.serial_number),
                    cn_name=str(names[0].value) if names else None,
                    fallback_source=source,
                    not_after=DateTimeOffset(date_time=one.not_valid_after_utc),
                    not_before=DateTimeOffset(date_time=one.not_valid_before_utc),
                    valid_for_encryption=use == ENCRYPTION,
                    valid_for_signing=use == SIGNING,
                )
            )
        return tuple(made)

    def _organisation(self, number: str) -> Party:
        found = self._register.organisation(number)
        if found is None:
            raise refused("party-refused", what=f"det finnes ingen organisasjon med nummer {number}")
        return found

    def _located(self, address: str | None) -> tuple[Party, int]:
        found = ADDRESS.fullmatch(address or "")
        if found is None:
            raise refused("party-refused", what="ldapUrl er ingen adresse i katalogen; bruk LdapUrl fra et svar")
        return self._organisation(found[1]), int(found[2])


def _address(party: Party, certificate: x509.Certificate) -> str:
    where = f"{BASE}/dc=Provenett,dc=example,o={party.organisation_number}"
    return f"{where}?usercertificate;binary?sub?(certificateSerialNumber={certificate.serial_number})"


def table(directory: Directory) -> dict[str, Asked]:
    """The function of every operation about certificates."""
    encryption, signing = "Encryption", "ValidatingSignature"
    made: dict[str, Asked] = {
        "GetCertificate": directory.by_address(SIGNING, ENCRYPTION),
        "SearchCertificatesByLdapUrl": directory.located,
        "GetFallbackCertificates": directory.fallback,
        "GetLdapSearchProviders": directory.providers,
    }
    for name, use in ((encryption, ENCRYPTION), (signing, SIGNING)):
        made |= {
            f"GetCertificateFor{name}": directory.by_her_id(use),
            f"GetCertificateFor{name}ByOrganizationNumber": directory.by_number(use),
            f"GetCertificateFor{name}Ldap": directory.by_address(use),
            f"GetCertificateDetailsFor{name}": directory.details(use),
            f"SearchCertificatesFor{name}": directory.search(use),
        }
    return made


if TYPE_CHECKING:
    from typing import TypeAlias

    Asked: TypeAlias = Callable[[Caller, Mapping[str, Any]], Awaitable[Any]]
    Table: TypeAlias = Mapping[str, Asked]
