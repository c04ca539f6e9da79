"""Ten classes of hostile requests to the clinic's interface, at least twenty examples each."""

from __future__ import annotations

import base64

from nhnfixtures.hostile import Attack, https, jsons, of_bodies

_MEMBERS = ("type", "text", "patient", "to_her_id", "from_her_id", "attachments", "to", "name", "members", "content")

LARGE = (
    *jsons.large(2_000_000),
    *of_bodies(
        b'{"attachments":[' + b'{"mime_type":"a/b","data":""},' * 20_000 + b'{"mime_type":"a/b","data":""}]}',
        b'{"members":[' + b'{"user":"x"},' * 20_000 + b'{"user":"x"}]}',
    ),
    *https.long_texts(),
    *(Attack(headers={"Idempotency-Key": "k" * size}) for size in (201, 2_000, 7_000)),
)

QUERIES = (
    "cursor=-1", "cursor=x", "cursor=99999999999999999999", "limit=0", "limit=501", "limit=1e3", "open=maybe",
    "direction=up", "type=%00", "counterpart=x", "before=%00", "before=x", *https.QUERIES,
)  # fmt: skip


def _file(data: bytes, kind: str = "application/pdf", text: str = "Hei") -> bytes:
    return (
        b'{"type":"DIALOG_NOTAT","from_her_id":1,"to_her_id":2,"text":"%s","patient":{"number":"1","given_name":"A",'
        b'"family_name":"B"},"attachments":[{"mime_type":"%s","data":"%s"}]}' % (text.encode(), kind.encode(), data)
    )


CONTENTS = of_bodies(
    *(_file(data) for data in (b"!", b"a", b"abc", b"====", b"YQ=", b"Y Q==", b"YQ==YQ==", b"\\u0000", b"_-_-", b"")),
    *(_file(base64.b64encode(b"x"), kind) for kind in (
        "", "pdf", "a/b/c", "a/b\\r\\nX: y", "/", "a/", "text/html;x", "\\u0000",
    )),
    *(_file(base64.b64encode(b"x"), text=text) for text in (
        "<![CDATA[x]]>", "]]>", "<!DOCTYPE x>", "&amp;lol;", "\\u0000", "\\u0008", "\\ufffe", "\\u001b[2J", "", "  ",
    )),
)  # fmt: skip

CLASSES: dict[str, tuple[Attack, ...]] = {
    "malformed JSON": jsons.MALFORMED,
    "wrong types": jsons.wrong_types(_MEMBERS, "to_her_id"),
    "deep nesting": jsons.DEEP_NESTING,
    "too large": LARGE,
    "encodings": jsons.ENCODINGS,
    "headers": https.HEADERS,
    "tokens": https.schemes("scene"),
    "paths and queries": https.paths(QUERIES),
    "contents": CONTENTS,
    "framing": https.framing(
        "/api/messages", "/api/me", b"Authorization: Bearer scene\r\nContent-Type: application/json\r\n"
    ),
}
OF_BODIES = frozenset({"malformed JSON", "wrong types", "deep nesting", "encodings", "contents"})
"""Classes that change the body only: they are for operations that take one."""
