"""Ten classes of hostile requests to a JSON interface, at least twenty examples each.

An example is laid over a plain request: other headers, another body, other texts in path and query, or raw bytes.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

DEEP = 100_000


@dataclass(frozen=True)
class Attack:
    """What is changed; `body` None leaves the good one, `raw` replaces the whole request ({host}, {path}, {token})."""

    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    path: str | None = None
    query: str = ""
    raw: bytes | None = None


def _bodies(*bodies: bytes, **headers: str) -> tuple[Attack, ...]:
    return tuple(Attack(body=body, headers=dict(headers)) for body in bodies)


MALFORMED = _bodies(
    b"", b" ", b"{", b"}", b"[", b"]", b"{]", b"[}", b'{"a"', b'{"a":', b'{"a":1', b'{"a":1,', b'{"a":1,}', b"{'a':1}",
    b"{a:1}", b"nul", b"truee", b"NaN", b"Infinity", b"-", b"01", b"1.", b'"', b'"\\', b'"\\u12"', b"//x", b"{}{}",
    b"\x00", b"<xml/>", b"a=b&c=d", b"--x\r\nContent-Disposition: form-data\r\n\r\n",
)  # fmt: skip

_WRONG: tuple[bytes, ...] = (
    b"null", b"true", b"1", b"-1", b"1e309", b'"text"', b"[]", b"[{}]", b'{"":1}', b'{"__proto__":{}}',
    b'{"unknown":1}',
)  # fmt: skip
_MEMBERS = ("type", "text", "patient", "to_her_id", "from_her_id", "attachments", "to", "name", "members", "content")
WRONG_TYPES = _bodies(
    *_WRONG,
    *(f'{{"{name}":{value}}}'.encode() for name in _MEMBERS for value in ("null", "[[1]]", '{"x":{}}', "-1.5", "true")),
    b'{"to_her_id":' + b"9" * 5000 + b"}",
    b'{"to_her_id":123456789012345678901234567890}',
    b'{"to_her_id":0}',
)

DEEP_NESTING = _bodies(
    *(opening * count for opening in (b"[", b'{"a":', b'[{"a":', b'{"content":{"a":') for count in (100, 2_000, DEEP)),
    *(opening * count + closing * count
      for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")) for count in (50, 900, 1_100, 20_000, DEEP)),
    b'{"type":"TREATMENT_NOTE","content":{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}}",
    b'{"type":"TREATMENT_NOTE","content":' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001,
    b'{"patient":' * 5_000 + b"1" + b"}" * 5_000,
)  # fmt: skip

LARGE = (
    *_bodies(
        b'"' + b"x" * 2_000_000 + b'"',
        b"[" + b"0," * 300_000 + b"0]",
        b'{"text":"' + b"x" * 1_200_000 + b'"}',
        b'{"' + b"k" * 500_000 + b'":1}',
        b"{" + b",".join(b'"k%d":1' % n for n in range(50_000)) + b"}",
        b" " * 2_000_000,
        b" " * 1_000_000 + b"{}",
        b'{"to":[' + b'"x",' * 50_000 + b'"x"]}',
        b'{"attachments":[' + b'{"mime_type":"a/b","data":""},' * 20_000 + b'{"mime_type":"a/b","data":""}]}',
        b'{"members":[' + b'{"user":"x"},' * 20_000 + b'{"user":"x"}]}',
        b"1" * 500_000,
        b"0." + b"1" * 500_000,
    ),
    *(Attack(query="&".join(f"{name}={'x' * size}" for name in ("cursor", "type"))) for size in (501, 2_000, 3_500)),
    *(Attack(path="x" * size) for size in (501, 2_000, 7_000)),
    *(Attack(headers={"Idempotency-Key": "k" * size}) for size in (201, 2_000, 7_000)),
)

_TEXTS = (
    b"\xff", b"\xfe\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\xaf", b"\xe2\x82", b"\x80",
    b"\xf4\x90\x80\x80",
)  # fmt: skip
ENCODINGS = (
    *_bodies(*(b'{"text":"' + text + b'"}' for text in _TEXTS)),
    *_bodies(*(text + b"{}" for text in _TEXTS)),
    *_bodies(b'{"text":"\\ud800"}', b'{"text":"\\udfff\\ud800"}', b'{"name":"\\u0000"}'),
    *_bodies(
        '{"text":"å"}'.encode("latin-1"), "{}".encode("utf-16"), "{}".encode("utf-32"), b"\xef\xbb\xbf{}", b"+AHs-"
    ),
    *_bodies(b"{}", **{"Content-Encoding": "gzip"}),
    *_bodies(b"\x1f\x8b\x08\x00broken", **{"Content-Encoding": "gzip"}),
    *_bodies(b"{}", **{"Content-Encoding": "nonsense"}),
)

HEADERS = tuple(
    Attack(headers=headers)
    for headers in (
        *({"Content-Type": value} for value in ("", "x", "text/xml", "a/b; charset=utf-7", "a" * 3000,
                                               "application/json; charset=\\")),
        *({"Accept": value} for value in ("", "text/html", "*/*;q=x", "a" * 3000)),
        *({"Idempotency-Key": value} for value in ("a b", "\u00e6", "a\tb", "x" * 300, "'; DROP TABLE messages; --")),
        *({"Host": value} for value in ("", "evil.example", "a b", "[::1", "x" * 3000)),
        *({f"X-{n}": "y" * 200} for n in range(3)),
        {"Range": "bytes=0-1"},
        {"Expect": "100-continue"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"If-None-Match": "*"},
    )
)  # fmt: skip

TOKENS = tuple(
    Attack(headers={"Authorization": value})
    for value in (
        "", " ", "Bearer", "Bearer ", "Bearer  ", "bearer", "Bearer x", "Bearer null", "Basic c2NlbmU6", "DPoP scene",
        "Bearer scene2", "Bearer SCENE", "Bearer scen", "Bearer scene,Bearer scene", "Bearer scene scene",
        "Bearer " + "x" * 5_000, "Bearer \u00e6", "Bearer ' OR 1=1 --", "Bearer %73cene",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "Token scene", "Digest x", "scene",
    )
)  # fmt: skip

PATHS = (
    *(Attack(path=text) for text in (
        "%00", "%ff", "%ed%a0%80", "%0a", "%0d%0aX:%20y", "..%2f..%2fetc%2fpasswd", "%2e%2e", "%25", "%u0041", "-1",
        "0",
        "99999999999999999999", "1e9", "'%20OR%201=1--", "%3Cscript%3E", "*", "%7f", "\u00e6", "null", "%F0%9F%92%A9",
    )),
    *(Attack(query=text) for text in (
        "cursor=-1", "cursor=x", "cursor=99999999999999999999", "limit=0", "limit=501", "limit=1e3", "limit=%00",
        "unknown=1", "open=maybe", "direction=up", "type=%00", "q=%ff", "counterpart=x", "user=%0a", "limit=\u0661",
        "=", "&&&", "a&b", "state=%ed%a0%80", "cursor=1&cursor=x",
    )),
)  # fmt: skip


def _file(data: bytes, kind: str = "application/pdf", text: str = "Hei") -> bytes:
    return (
        b'{"type":"DIALOG_NOTAT","from_her_id":1,"to_her_id":2,"text":"%s","patient":{"number":"1","given_name":"A",'
        b'"family_name":"B"},"attachments":[{"mime_type":"%s","data":"%s"}]}' % (text.encode(), kind.encode(), data)
    )


CONTENTS = _bodies(
    *(_file(data) for data in (b"!", b"a", b"abc", b"====", b"YQ=", b"Y Q==", b"YQ==YQ==", b"\\u0000", b"_-_-", b"")),
    *(_file(base64.b64encode(b"x"), kind) for kind in (
        "", "pdf", "a/b/c", "a/b\\r\\nX: y", "/", "a/", "text/html;x", "\\u0000",
    )),
    *(_file(base64.b64encode(b"x"), text=text) for text in (
        "<![CDATA[x]]>", "]]>", "<!DOCTYPE x>", "&amp;lol;", "\\u0000", "\\u0008", "\\ufffe", "\\u001b[2J", "", "  ",
    )),
)  # fmt: skip

_LINE = b"POST /api/messages HTTP/1.1\r\n"
_REST = b"Host: x\r\nAuthorization: Bearer scene\r\nContent-Type: application/json\r\n"
FRAMING = tuple(
    Attack(raw=raw)
    for raw in (
        b"\r\n\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
        b"G\x00T /api/me HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /api/me HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /api/me HTTP/1.1\r\nHost: x\r\n : y\r\n\r\n", b"GET /api/me HTTP/1.1\r\nHost: x\r\nA\x00: y\r\n\r\n",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/me HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
        b"GET /api/me HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X%d: y\r\n" % n for n in range(500)) + b"\r\n",
        _LINE + _REST + b"Content-Length: -1\r\n\r\n", _LINE + _REST + b"Content-Length: x\r\n\r\n",
        _LINE + _REST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        _LINE + _REST + b"Content-Length: 99999999999999999999\r\n\r\n{}",
        _LINE + _REST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        _LINE + _REST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        _LINE + _REST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
        _LINE + _REST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n",
        _LINE + _REST + b"Transfer-Encoding: rot13\r\n\r\n{}",
        _LINE + _REST + b"Transfer-Encoding: chunked, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http:// HTTP/1.1\r\n\r\n",
        b"GET \xff HTTP/1.1\r\nHost: x\r\n\r\n", b"BREW /api/me HTTP/1.1\r\nHost: x\r\n\r\n",
    )
)  # fmt: skip

CLASSES: dict[str, tuple[Attack, ...]] = {
    "malformed JSON": MALFORMED,
    "wrong types": WRONG_TYPES,
    "deep nesting": DEEP_NESTING,
    "too large": LARGE,
    "encodings": ENCODINGS,
    "headers": HEADERS,
    "tokens": TOKENS,
    "paths and queries": PATHS,
    "contents": CONTENTS,
    "framing": FRAMING,
}
OF_BODIES = frozenset({"malformed JSON", "wrong types", "deep nesting", "encodings", "contents"})
"""Classes that change the body only: they are for operations that take one."""
