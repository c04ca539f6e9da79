"""Where one HTTP/1.1 message ends and the next begins: RFC 9112 §6, as far as framing goes.

The tap needs it to cut a connection's bytes into exchanges. It judges nothing: what it cannot follow becomes one
message that lasts until the connection ends, and the protocol library says what was wrong with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD_LIMIT = 65_536
LINE_LIMIT = 8_192


class Framer:
    """Consumes the bytes of one message.

    Args:
        response_to: None for a request; for a response the method of its request, since HEAD has no body.

    Attributes:
        head: start line and fields, with the empty line, once complete.
        ended: True when the message is complete.
        opaque: True when the bytes do not frame; then `ended` never comes.
    """

    def __init__(self, response_to: str | None = None) -> None:
        self.head = b""
        self.ended = False
        self.opaque = False
        self._response_to = response_to
        self._buffer = bytearray()
        self._left = 0
        self._step: Callable[[bytes], int] = self._in_head

    @property
    def start_line(self) -> list[str]:
        """The start line's three parts: method, target, version; or version, status, reason."""
        line = self.head.split(b"\r\n", 1)[0].decode("latin-1")
        return [*line.split(" ", 2), "", "", ""][:3]

    def fields(self, name: str) -> list[str]:
        """Every value of a field, lower case, stripped."""
        wanted = name.lower().encode()
        pairs = (line.partition(b":") for line in self.head.split(b"\r\n")[1:])
        return [value.strip().lower().decode("latin-1") for key, _, value in pairs if key.strip().lower() == wanted]

    def feed(self, data: bytes) -> int:
        """Take what belongs to this message from the front of `data`; how many bytes that was."""
        taken = 0
        while taken < len(data) and not self.ended:
            taken += self._step(data[taken:] if taken else data)
        return taken

    def _until(self, mark: bytes, data: bytes, limit: int) -> tuple[int, bytes | None]:
        """Bytes taken, and everything up to and including `mark` once it is there."""
        have = len(self._buffer)
        self._buffer += data[: limit - have + len(mark)]
        at = self._buffer.find(mark, max(0, have - len(mark) + 1))
        if at < 0:
            if len(self._buffer) >= limit:
                self._give_up()
            return len(data), None
        whole = bytes(self._buffer[: at + len(mark)])
        self._buffer.clear()
        return len(whole) - have, whole

    def _give_up(self) -> None:
        self.opaque = True
        self._buffer.clear()
        self._step = len

    def _in_head(self, data: bytes) -> int:
        taken, head = self._until(b"\r\n\r\n", data, HEAD_LIMIT)
        if head is not None:
            self.head = head
            self._after_head()
        return taken

    def _after_head(self) -> None:
        if self._response_to is not None:
            status = self.start_line[1]
            if status.startswith("1") and status != "101":
                self._step = self._in_head  # an interim response: the real one follows
                return
            if self._response_to == "HEAD" or status in {"204", "304"}:
                self.ended = True
                return
        encodings = ",".join(self.fields("transfer-encoding"))
        lengths = set(self.fields("content-length"))
        if encodings:
            if encodings.rsplit(",", 1)[-1].strip() == "chunked":
                self._step = self._in_size
            else:
                self._give_up()
        elif len(lengths) == 1 and (length := lengths.pop()).isascii() and length.isdigit() and len(length) < 19:
            self._left = int(length)
            self.ended = self._left == 0
            self._step = self._in_body
        elif lengths or self._response_to is not None:
            self._give_up()
        else:
            self.ended = True

    def _in_body(self, data: bytes) -> int:
        taken = min(self._left, len(data))
        self._left -= taken
        self.ended = self._left == 0
        return taken

    def _in_size(self, data: bytes) -> int:
        taken, line = self._until(b"\r\n", data, LINE_LIMIT)
        if line is not None:
            try:
                size = int(line.split(b";", 1)[0].strip(), 16)
            except ValueError:
                size = -1
            if size < 0:
                self._give_up()
            elif size == 0:
                self._step = self._in_trailer
            else:
                self._left = size + 2
                self._step = self._in_chunk
        return taken

    def _in_chunk(self, data: bytes) -> int:
        taken = min(self._left, len(data))
        self._left -= taken
        if self._left == 0:
            self._step = self._in_size
        return taken

    def _in_trailer(self, data: bytes) -> int:
        taken, line = self._until(b"\r\n", data, LINE_LIMIT)
        self.ended = line == b"\r\n"
        return taken
