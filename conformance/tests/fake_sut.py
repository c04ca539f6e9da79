"""A SUT of a few lines for tests of the judge, with the manners that its first argument names.

Usage: fake_sut.py MANNER PORT. Stdlib only. Honest by default; `deaf` never listens, `dead` ends at once, `mute` never
answers, `crash` ends when asked to send, `hang` never answers a send, `babble` answers a send with nonsense, `long`
with a line that does not end, `refuse` with an error. `hog` joins the clock of the network described in its third
argument and never puts its token down.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MANNER, PORT = sys.argv[1], int(sys.argv[2])


class Contract(BaseHTTPRequestHandler):
    """The operations contract, send, message and inbox."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """GET."""
        if MANNER == "mute":
            time.sleep(3600)
        if self.path == "/contract":
            operations = ["send", "inbox", "message"]
            self.answer(200, {"name": "Fake EHR", "version": MANNER, "operations": operations, "poll_interval": 1})
        elif self.path == "/inbox":
            self.answer(200, [])
        else:
            self.answer(404, {"error": "there is no such thing"})

    def do_POST(self) -> None:
        """POST."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if MANNER == "crash":
            sys.stderr.write("synthetic last words\n")
            sys.stderr.flush()
            os._exit(70)
        elif MANNER == "hang":
            time.sleep(3600)
        elif MANNER == "babble":
            self.answer(200, "certainly!")
        elif MANNER == "long":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(b" " * 65536)
        elif MANNER == "refuse":
            self.answer(400, {"error": "no", "cause": "not today", "remedy": "ask tomorrow"})
        else:
            self.answer(201, {"msg_id": "00000000-0000-4000-8000-000000000001"})

    def answer(self, status: int, value: object) -> None:
        """JSON."""
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def hog(hub: str) -> None:
    """An agent of the clock that is always busy."""
    host, _, port = hub.rpartition(":")
    with socket.create_connection((host, int(port))) as connection, connection.makefile("rw") as wire:
        print(json.dumps({"hello": "hog"}), file=wire, flush=True)
        busy = {"state": 1, "quiet": False, "next": None, "held": ["a synthetic job without end"]}
        print(json.dumps(busy), file=wire, flush=True)
        for line in wire:
            number = json.loads(line).get("probe") or json.loads(line).get("fire")
            if number is not None:
                print(json.dumps({"probe": number, **busy}), file=wire, flush=True)


if MANNER == "hog":
    address = json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))["clock"]["hub"]
    threading.Thread(target=hog, args=(address,), daemon=True).start()
if MANNER == "dead":
    sys.exit("synthetic reason to die")
if MANNER == "deaf":
    time.sleep(3600)
ThreadingHTTPServer(("127.0.0.1", PORT), Contract).serve_forever()
