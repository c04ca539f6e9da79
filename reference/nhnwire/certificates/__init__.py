"""Certificates of Norwegian health messaging: read, described, checked against the profile, judged.

`reading`: what stands in a certificate. `profile` and `conformity`: the SEID 2 enterprise profile, as what an issuer
puts in and as what a receiver checks. `chain`, `crl`, `ocsp`, `revocation` and `verdict`: whether a certificate may be
relied on for a use at a time, and the code for a negative application receipt when not.

Pure functions over `cryptography`'s certificate objects. Sources: SEID 2.0 certificate profile, ETSI EN 319 412-1, -2,
-3 and -5, RFC 5280, RFC 6960.
"""

from nhnwire.certificates.chain import Flaw, Trust, build_path
from nhnwire.certificates.conformity import RULES, Departure, check_profile
from nhnwire.certificates.crl import Entry, RevocationList, read_list
from nhnwire.certificates.ocsp import Answer, read_answer
from nhnwire.certificates.oids import (
    ENTERPRISE_POLICIES,
    ORGANISATION_IDENTIFIER,
    POLICIES,
    POLICY_ENTERPRISE_CARD,
    POLICY_ENTERPRISE_SOFT,
    POLICY_NCP,
    POLICY_QCP_L,
    Kind,
)
from nhnwire.certificates.profile import (
    ENTERPRISE,
    ENTERPRISE_KEY_BITS,
    VALIDITY_YEARS,
    Description,
    Enterprise,
    Services,
    enterprise,
    key_usage,
    usages_of,
)
from nhnwire.certificates.reading import (
    COUNTRY,
    SCHEME,
    Organisations,
    is_enterprise,
    is_seid2,
    kind_of,
    load,
    may_encrypt,
    may_sign,
    organisation_identifier,
    organisation_number_of,
    organisations_of,
    person_serial_of,
    policies_of,
    searched_organisation_number,
    statements_of,
    thumbprint,
)
from nhnwire.certificates.revocation import State, Word, weigh
from nhnwire.certificates.statements import Statements, read_statements
from nhnwire.certificates.verdict import STRICT, Evidence, Rules, Use, Verdict, judge, receipt_code

__all__ = [
    "COUNTRY",
    "ENTERPRISE",
    "ENTERPRISE_KEY_BITS",
    "ENTERPRISE_POLICIES",
    "ORGANISATION_IDENTIFIER",
    "POLICIES",
    "POLICY_ENTERPRISE_CARD",
    "POLICY_ENTERPRISE_SOFT",
    "POLICY_NCP",
    "POLICY_QCP_L",
    "RULES",
    "SCHEME",
    "STRICT",
    "VALIDITY_YEARS",
    "Answer",
    "Departure",
    "Description",
    "Enterprise",
    "Entry",
    "Evidence",
    "Flaw",
    "Kind",
    "Organisations",
    "RevocationList",
    "Rules",
    "Services",
    "State",
    "Statements",
    "Trust",
    "Use",
    "Verdict",
    "Word",
    "build_path",
    "check_profile",
    "enterprise",
    "is_enterprise",
    "is_seid2",
    "judge",
    "key_usage",
    "kind_of",
    "load",
    "may_encrypt",
    "may_sign",
    "organisation_identifier",
    "organisation_number_of",
    "organisations_of",
    "person_serial_of",
    "policies_of",
    "read_answer",
    "read_list",
    "read_statements",
    "receipt_code",
    "searched_organisation_number",
    "statements_of",
    "thumbprint",
    "usages_of",
    "weigh",
]
