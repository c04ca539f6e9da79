"""HelseID, machine to machine: keys, client assertions, DPoP proofs, access tokens, metadata.

Sources: RFC 7515, 7517, 7519, 7523, 7638, 9068, 9449; NHN's pages on client assertion, organisation numbers, claims
and DPoP. Functions take `now` and ids from the caller; replay sets are the caller's too.
"""

from nhnwire.helseid.access import Claims, check_access_token, issue_access_token
from nhnwire.helseid.answers import TokenAnswer, divide_scopes, read_token_answer, read_token_error, token_answer
from nhnwire.helseid.assertion import ASSERTION_TYPE, Assertion, check_client_assertion, client_assertion
from nhnwire.helseid.checks import CHECKS, Check, refused
from nhnwire.helseid.details import (
    SINGLE_TENANT_SYSTEMS,
    Details,
    journal_details,
    organisation_details,
    organisations_of,
    read_details,
)
from nhnwire.helseid.dpop import Proof, check_dpop_proof, dpop_proof, plain_url
from nhnwire.helseid.jws import ALGORITHMS, peek
from nhnwire.helseid.keys import Key, algorithm_of, import_jwk, load_key, public_jwk, thumbprint
from nhnwire.helseid.metadata import WELL_KNOWN, discovery_document, jwks_document
from nhnwire.helseid.negative import VARIANTS, Credentials, Variant, negative_variant
from nhnwire.helseid.request import Authorised, challenge, check_bearer, check_request

__all__ = [
    "ALGORITHMS",
    "ASSERTION_TYPE",
    "CHECKS",
    "SINGLE_TENANT_SYSTEMS",
    "VARIANTS",
    "WELL_KNOWN",
    "Assertion",
    "Authorised",
    "Check",
    "Claims",
    "Credentials",
    "Details",
    "Key",
    "Proof",
    "TokenAnswer",
    "Variant",
    "algorithm_of",
    "challenge",
    "check_access_token",
    "check_bearer",
    "check_client_assertion",
    "check_dpop_proof",
    "check_request",
    "client_assertion",
    "discovery_document",
    "divide_scopes",
    "dpop_proof",
    "import_jwk",
    "issue_access_token",
    "journal_details",
    "jwks_document",
    "load_key",
    "negative_variant",
    "organisation_details",
    "organisations_of",
    "peek",
    "plain_url",
    "public_jwk",
    "read_details",
    "read_token_answer",
    "read_token_error",
    "refused",
    "thumbprint",
    "token_answer",
]
