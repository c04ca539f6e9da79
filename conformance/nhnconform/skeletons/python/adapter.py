"""An adapter between an EHR and the SUT contract. Standard library only; fill in the class `Ehr`.

Usage: python adapter.py --port 8200 [--network up.json]
"""

from __future__ import annotations

import argparse
import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

Json = dict[str, Any]


class RefusedError(Exception):
    """What an operation answers when it cannot be done: an HTTP status, an error, its cause and what would help."""

    def __init__(self, status: int, error: str, cause: str, remedy: str) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, "cause": cause, "remedy": remedy}


class Ehr:
    """Your EHR. As it stands it keeps messages in memory and sends nothing: replace each method's body."""

    name = "My EHR"
    version = "0.1"
    operations = ("world", "send", "inbox", "message", "alerts", "settle")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._patients: dict[str, Json] = {}
        self._messages: dict[str, Json] = {}

    def world(self, order: Json) -> Json:
        """Make people known."""
        with self._lock:
            self._patients.update({one["number"]: one for one in order.get("patients", [])})
        return {"ok": True}

    def send(self, order: Json) -> Json:
        """Write a message and send it; answer only once it survives a crash."""
        msg_id = str(uuid.uuid4())
        view = {"msg_id": msg_id, "direction": "out", "state": "queued", "type": need(order, "type", str)}
        view |= {"text": need(order, "text", str), "patient": need(need(order, "patient", dict), "number", str)}
        need(order, "to_her_id", int)
        with self._lock:
            self._messages[msg_id] = view
        return {"msg_id": msg_id}

    def inbox(self) -> list[Json]:
        """What a user sees in the inbox."""
        return [view for view in self._messages.values() if view["direction"] == "in"]

    def message(self, msg_id: str) -> Json:
        """One message."""
        if msg_id not in self._messages:
            raise RefusedError(
                404, "no such message", f"no message has the MsgId {msg_id}", "ask for one that was sent"
            )
        return self._messages[msg_id]

    def alerts(self) -> list[Json]:
        """What a user must act on: id, text, msg_id, resolved."""
        return []

    def settle(self) -> Json:
        """Do now what the next look at the network would do."""
        return {"ok": True}


def need(order: Json, name: str, kind: type) -> Any:
    """A member of a request that must be there."""
    value = order.get(name)
    if not isinstance(value, kind):
        raise RefusedError(400, "the request is wrong", f"{name} is missing or no {kind.__name__}", "see the contract")
    return value


class Adapter(BaseHTTPRequestHandler):
    """HTTP for it."""

    protocol_version = "HTTP/1.1"
    ehr = Ehr()

    def do_GET(self) -> None:
        """Questions."""
        self._answer(self._question)

    def do_POST(self) -> None:
        """Orders."""
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(lambda path: self._order(path, data))

    def _question(self, path: list[str]) -> Any:
        ehr = self.ehr
        match path:
            case ["contract"]:
                return {"name": ehr.name, "version": ehr.version, "operations": ehr.operations}
            case ["inbox"]:
                return ehr.inbox()
            case ["messages", msg_id]:
                return ehr.message(msg_id)
            case ["alerts"]:
                return ehr.alerts()
        raise self._unknown()

    def _order(self, path: list[str], data: bytes) -> Any:
        match path:
            case ["world"]:
                return self.ehr.world(body(data))
            case ["send"]:
                return self.ehr.send(body(data))
            case ["settle"]:
                return self.ehr.settle()
        raise self._unknown()

    def _unknown(self) -> RefusedError:
        return RefusedError(404, "no such operation", f"nothing is served at {self.path}", "see GET /contract")

    def _answer(self, work: Any) -> None:
        try:
            status, value = 200, work([unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")])
        except RefusedError as refused:
            status, value = refused.status, refused.body
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def body(data: bytes) -> Json:
    """The JSON object of a request."""
    try:
        value = json.loads(data)
    except ValueError as error:
        raise RefusedError(400, "the request is no JSON", str(error), "send a JSON object") from error
    if not isinstance(value, dict):
        raise RefusedError(400, "the request is wrong", "a JSON object is expected", "see the contract")
    return value


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description="an EHR behind the SUT contract")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--network", help="description of the network: endpoints, credentials, trust root")
    options = parser.parse_args()
    ThreadingHTTPServer(("127.0.0.1", options.port), Adapter).serve_forever()


if __name__ == "__main__":
    main()
