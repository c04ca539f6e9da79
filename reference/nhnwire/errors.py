"""What a peer can do wrong: one small tree, each error with the standard's own code.

    ProtocolError
    ├── XmlError                T01  not XML, not well-formed, or XML we refuse to read
    ├── SchemaError             T02  well-formed, but not what the schema says
    ├── UnsupportedFormatError  T10  a root, version or type this house does not speak
    ├── RuleError               the code of the broken rule
    ├── IdentifierError         a number that cannot be what it claims to be
    ├── CertificateError        S02  a certificate, or a word about its revocation, that cannot be read
    └── TokenError              an OAuth or DPoP rule (RFC 6749, RFC 9449)

The T and S codes are AppRec error codes (table 8221).
"""

from __future__ import annotations


class ProtocolError(Exception):
    """The peer broke a rule.

    Attributes:
        code: the standard's own code, such as `E10` of table 8221; empty when the standard has none.
        xpath: where in the document, as an XPath; empty when it is not about a place.
        rule: the rule's id in this house's tables, such as `MSGHEAD-ID`; empty when there is none.
        remedy: what the peer should do instead; empty when the message says it.
    """

    default_code = ""

    def __init__(self, message: str, *, code: str = "", xpath: str = "", rule: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.code = code or self.default_code
        self.xpath = xpath
        self.rule = rule
        self.remedy = remedy


class XmlError(ProtocolError):
    """Bytes that are not XML, or XML with something this house refuses (DOCTYPE, entities, absurd depth)."""

    default_code = "T01"


class SchemaError(ProtocolError):
    """A document that does not follow its schema.

    Attributes:
        violations: one line per place where the document departs from the schema, first one first.
    """

    default_code = "T02"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        xpath: str = "",
        rule: str = "",
        remedy: str = "",
        violations: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, code=code, xpath=xpath, rule=rule, remedy=remedy)
        self.violations = violations or (message,)


class UnsupportedFormatError(ProtocolError):
    """A well-formed document of a kind or version that is not spoken here."""

    default_code = "T10"


class RuleError(ProtocolError):
    """A rule beyond the schema was broken; `code` is the code the standard gives for it."""


class IdentifierError(ProtocolError):
    """A number that fails its format, its date or its control digits."""


class CertificateError(ProtocolError):
    """A certificate, revocation list or OCSP answer whose bytes are not what they should be."""

    default_code = "S02"


class TokenError(ProtocolError):
    """A token, client assertion or proof that must be refused.

    Attributes:
        error: the OAuth error name, such as `invalid_token` or `invalid_dpop_proof`.
        check: the name of the check that failed, such as `htu`; for journals and for the judge.
    """

    def __init__(self, message: str, *, error: str = "invalid_token", check: str = "", remedy: str = "") -> None:
        super().__init__(message, code=error, rule=check, remedy=remedy)
        self.error = error
        self.check = check
