"""Let readers read hostile documents, each in a process of its own that has done nothing else: `KIND NAME…`.

Writes one JSON line for each reader and document: processor seconds, megabytes above what the process had before,
and what came out: "value", the name of a ProtocolError, or anything else, which is a defect.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time

from reference.tests import hostile_documents
from reference.tests.hostile_readers import OTHER_READERS, READERS, XML_READERS, Reader

from nhnwire.errors import ProtocolError, XmlError

PATIENCE = 40
FIRST = "xml.parse"
REQUESTS = tuple(name for name in XML_READERS if "CommunicationParty request" in name)
TAKERS: dict[str, tuple[str, ...]] = {
    "ANY": (FIRST, "canonical", "schema of any root", "validation.recognise"),
    "HEADS": (FIRST, "msghead.parse", "rules, head", "validation.check_schema"),
    "RECEIPTS": (FIRST, "apprec.parse", "rules, receipt", "validation.check_schema"),
    "DIALOGUES": (FIRST, "dialogmelding.parse", "validation.check_schema, 2013"),
    "CALLS": (FIRST, *REQUESTS, "CommunicationParty Ping reply"),
    "FAULTS": (FIRST, "fault, SOAP 1.2", *REQUESTS),
    "JSON": (
        *("edi2 PostAppRecRequest", "edi2 list of Message", "edi2 v3 PostAppRecRequest", "edi2 document"),
        *("token answer", "token error"),
    ),
    "HEADERS": ("basic", "token", "proof", "assertion", "request"),
}


def outcome(read: Reader, data: bytes) -> tuple[str, int]:
    """What comes out, and how long its text is."""
    try:
        read(data)
    except ProtocolError as error:
        return type(error).__name__, len(str(error)) + len(error.xpath)
    except BaseException as error:  # noqa: BLE001 - the defect that is looked for
        return repr(error)[:500], 0
    return "value", 0


def measured(read: Reader, data: bytes) -> dict[str, object]:
    """Read in a child process, so that its peak is its own and its end does no harm."""
    come, go = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE))
        had, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        came, length = outcome(read, data)
        seconds = time.process_time() - started
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - had) // 1024
        row = {"outcome": came, "text": length, "seconds": round(seconds, 2), "megabytes": more}
        os.write(go, json.dumps(row).encode())
        os._exit(0)
    os.close(go)
    with os.fdopen(come, "rb") as pipe:
        written = pipe.read()
    _, status = os.waitpid(child, 0)
    found: dict[str, object] = json.loads(written) if written else {"outcome": f"killed, {status}"}
    return found


def main(kind: str, names: list[str]) -> None:
    attacks: hostile_documents.Attacks = getattr(hostile_documents, kind)
    for read in (*XML_READERS.values(), *OTHER_READERS.values()):
        # Schemas and tables are read once, before anything is measured.
        outcome(read, hostile_documents.note())
    for name in names:
        data = attacks[name]()
        for reader in TAKERS[kind]:
            row = measured(READERS[reader], data)
            sys.stdout.write(json.dumps({"attack": name, "reader": reader, "bytes": len(data), **row}) + "\n")
            if reader == FIRST and row["outcome"] == XmlError.__name__:
                # All others begin with it.
                break


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
