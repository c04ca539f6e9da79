"""HelseID's metadata document and key set (OpenID Connect Discovery, RFC 8414, RFC 9449 §5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhnwire.helseid.jws import ALGORITHMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WELL_KNOWN = "/.well-known/openid-configuration"
LOGIN_ENDPOINTS: Mapping[str, str] = {
    "authorization": "authorize",
    "pushed_authorization_request": "par",
    "userinfo": "userinfo",
    "end_session": "endsession",
    "check_session": "checksession",
    "revocation": "revocation",
    "introspection": "introspect",
    "device_authorization": "deviceauthorization",
    "backchannel_authentication": "ciba",
}
"""What the metadata names beside the token endpoint, by the path under /connect; only logins use them."""


def discovery_document(issuer: str) -> dict[str, object]:
    """The metadata of an issuer; paths as HelseID has them. It names more than machine-to-machine clients may use."""
    base = issuer.rstrip("/")
    return {
        "issuer": issuer,
        "jwks_uri": f"{base}{WELL_KNOWN}/jwks",
        "token_endpoint": f"{base}/connect/token",
        **{f"{name}_endpoint": f"{base}/connect/{path}" for name, path in LOGIN_ENDPOINTS.items()},
        "expired_jwks_uri": f"{base}/connect/expiredjwks",
        "availableidps_endpoint": f"{base}/connect/availableidps",
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
    }


def jwks_document(keys: Iterable[Mapping[str, str]], algorithm: str = "RS256") -> dict[str, object]:
    """A key set from public JWKs with `kid`, marked for signatures."""
    return {"keys": [dict(key) | {"use": "sig", "alg": algorithm} for key in keys]}
