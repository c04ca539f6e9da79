"""Server-sent events as they come over the wire (WHATWG HTML, "Server-sent events", event stream interpretation).

Pure: bytes in, events out. The reconnection time (`retry`) is not read, since who holds a stream here decides for
itself when to come back.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from nhnwire.errors import ProtocolError

CONTENT_TYPE: Final = "text/event-stream"
LARGEST: Final = 1 << 20
"""Characters of one event, or of one line; nobody means more."""

_ENDS = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `name` is `message` where the stream gives none; several `data` lines are joined by line feeds."""

    name: str
    data: str
    id: str = ""


def encode(event: Event) -> bytes:
    """An event as a server writes it; a line break inside `data` begins a new line of data."""
    lines = [f"event: {event.name}"] if event.name != "message" else []
    lines += [f"id: {event.id}"] if event.id else []
    lines += [f"data: {line}" for line in event.data.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return ("\n".join(lines) + "\n\n").encode()


class Reader:
    """Takes a stream in whatever pieces it comes, and gives the events that are complete.

    Attributes:
        last_id: of the last event that had one.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._text = ""
        self._searched = 0
        self._begun = False
        self._name = ""
        self._data: list[str] = []
        self._size = 0
        self.last_id = ""

    def feed(self, piece: bytes) -> list[Event]:
        """The events that are complete with this piece. Comments, which keep a connection alive, are none.

        Raises:
            ProtocolError: no UTF-8, or a line or an event that does not end.
        """
        try:
            self._text += self._decoder.decode(piece)
        except UnicodeDecodeError as error:
            raise ProtocolError(f"the stream is not UTF-8: {error}", remedy="send UTF-8") from None
        if not self._begun and self._text:
            self._text, self._begun, self._searched = self._text.removeprefix("\ufeff"), True, 0
        events, at = [], 0
        for end in _ENDS.finditer(self._text, self._searched):
            if end[0] == "\r" and end.end() == len(self._text):
                break  # whether a line feed belongs to it is not known yet
            event = self._interpret(self._text[at : end.start()])
            events += [] if event is None else [event]
            at = end.end()
        self._text = self._text[at:]
        self._searched = max(len(self._text) - 1, 0)  # the last character may be half of a line end
        if len(self._text) > LARGEST or self._size > LARGEST:
            raise ProtocolError(f"an event of more than {LARGEST} characters", remedy="send smaller events")
        return events

    def _interpret(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
            self._size += len(value) + 1
        elif name == "event":
            self._name = value
        elif name == "id" and "\0" not in value:
            self.last_id = value
        return None

    def _dispatch(self) -> Event | None:
        name, data = self._name or "message", self._data
        self._name, self._data, self._size = "", [], 0
        return Event(name, "\n".join(data), self.last_id) if data else None
