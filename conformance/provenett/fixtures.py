"""`provenett fixtures`: synthetic people, parties and messages of the seeded world, for tests of your own."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenett.say import complain, reader_left, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nhnfixtures.parties import Party
    from nhnfixtures.people import Person
    from nhnfixtures.world import World
    from nhnwire.msghead import MsgHead

FORMAT = 1
"""Version of what `--json` prints; schema: `nhnconform/schemas/fixtures.json`."""

DESCRIPTION = """\
Print what the seeded world holds. The same seed gives the same people, parties and messages everywhere: also in the
network that `provenett up --seed` starts. All of it is synthetic and can belong to nobody.
"""

EPILOG = """\
exit code:
  0  printed or written
  2  this command was used wrongly

examples:
  provenett fixtures world --tier 20000                how large a world is, and who is in it
  provenett fixtures person 0 --count 40 --json        the clinic's first forty patients
  provenett fixtures party --kind hospital             parties of the address register
  provenett fixtures message DIALOG_NOTAT              a message, as it goes over the wire
  provenett fixtures message DIALOG_HELSEFAGLIG --shape maximal --count 100 --out letters/
"""


def parents() -> list[argparse.ArgumentParser]:
    """No options of others."""
    return []


def describe(parser: argparse.ArgumentParser) -> None:
    """Spell the options out."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--seed", type=int, default=1, metavar="N", help="of the world (default: 1)")
    common.add_argument("--tier", type=int, default=200, metavar="N", help="parties in the register (default: 200)")
    common.add_argument("--json", action="store_true", help="one object on one line instead of text")
    common.add_argument("--out", type=Path, metavar="PATH", help="write there: a file; for messages a folder")
    kinds = parser.add_subparsers(required=True, dest="what", metavar="WHAT")

    kinds.add_parser("world", parents=[common], help="how large the world is, and who matters in it")
    person = kinds.add_parser("person", parents=[common], help="people by number in the population")
    person.add_argument("k", nargs="*", type=_natural, default=[0], metavar="K", help="from 0 (default: 0)")
    person.add_argument("--count", type=_positive, default=1, metavar="N", help="so many from each K on")
    party = kinds.add_parser("party", parents=[common], help="parties of the address register")
    party.add_argument("her_id", nargs="*", type=_natural, metavar="HER-ID", help="default: all")
    party.add_argument("--kind", metavar="KIND", help="only these, such as hospital, gp_office, pharmacy")
    party.add_argument("--type", choices=("Organization", "Service", "Person"), help="only these")
    message = kinds.add_parser("message", parents=[common], help="messages, as they go over the wire")
    message.add_argument("type", metavar="TYPE", help="a code of table 8279, such as DIALOG_NOTAT")
    message.add_argument("k", nargs="?", type=_natural, default=0, metavar="K", help="which one, from 0 (default: 0)")
    message.add_argument("--count", type=_positive, default=1, metavar="N", help="so many from K on")
    message.add_argument("--shape", choices=("minimal", "random", "maximal"), default="random", help="default: random")
    message.add_argument("--attachment", nargs="+", type=_natural, metavar="BYTES", help="attachments of these sizes")
    message.add_argument("--receipt", action="store_true", help="the receipt that answers it, instead of it")
    message.add_argument("--error", nargs="+", default=[], metavar="CODE", help="the receipt rejects with these")


def run(arguments: argparse.Namespace) -> int:
    """Do it; see the epilog for the exit code."""
    from nhnconform.verdicts import EXIT_OK, EXIT_USAGE  # noqa: PLC0415 - slow to import
    from nhnfixtures.world import World  # noqa: PLC0415 - as above
    from nhnwire.errors import ProtocolError  # noqa: PLC0415 - as above

    jobs = {"world": _world, "person": _people, "party": _parties, "message": _messages}
    try:
        jobs[arguments.what](arguments, World(arguments.seed, arguments.tier))
    except BrokenPipeError:
        return reader_left()
    except (ValueError, OSError, ProtocolError) as error:
        complain(str(error))
        return EXIT_USAGE
    return EXIT_OK


def _world(arguments: argparse.Namespace, world: World) -> None:
    types, kinds = Counter[str](), Counter[str]()
    for party in world.parties():
        types[party.type] += 1
        kinds[party.kind] += 1
    from nhnfixtures.people import POPULATION  # noqa: PLC0415 - slow to import

    clinic = world.clinic
    facts = {
        "parties": types.total(),
        "types": dict(types.most_common()),
        "kinds": dict(kinds.most_common()),
        "people": POPULATION,
        "clinic": {
            "her_id": clinic.organisation.her_id,
            "name": clinic.organisation.name,
            "organisation_number": clinic.organisation.organisation_number,
            "services": {str(service.her_id): service.name for service in clinic.services},
            "users": {user.id: f"{user.given_name} {user.family_name}, {user.role}" for user in clinic.users},
        },
        "named": {name: party.her_id for name, party in world.named.items()},
    }
    lines = [f"seed {world.seed}, {types.total()} parties, {POPULATION} people"]
    lines += [f"  {count:>7} {name}" for name, count in (*types.most_common(), *kinds.most_common())]
    lines.append(f"clinic: {clinic.organisation.name}, HER-id {clinic.organisation.her_id}")
    lines += [f"  service {service.her_id} {service.name}" for service in clinic.services]
    lines += [f"{name}: HER-id {party.her_id}" for name, party in world.named.items()]
    _tell(arguments, world, "world", facts, "\n".join(lines))


def _people(arguments: argparse.Namespace, world: World) -> None:
    chosen = [(k, world.person(k)) for first in arguments.k for k in range(first, first + arguments.count)]
    facts = [{"k": k, **_builtins(person)} for k, person in chosen]
    _tell(arguments, world, "people", facts, "\n".join(_person_line(k, person) for k, person in chosen))


def _person_line(k: int, person: Person) -> str:
    sex = {"1": "man", "2": "woman"}.get(person.sex, person.sex)
    return f"{k:>7}  {person.number}  {person.name}, {sex}, {person.street}, {person.postal_code} {person.city}"


def _parties(arguments: argparse.Namespace, world: World) -> None:
    chosen = [
        party
        for party in _chosen_parties(arguments.her_id, world)
        if arguments.kind in {None, party.kind} and arguments.type in {None, party.type}
    ]
    if not chosen:
        kinds = ", ".join(sorted({party.kind for party in world.parties()}))
        raise ValueError(f"no such party in this world; a larger --tier has more. Kinds here: {kinds}")
    facts = [{**_builtins(party), "edi_address": world.edi_address(party)} for party in chosen]
    _tell(arguments, world, "parties", facts, "\n".join(_party_line(party) for party in chosen))


def _chosen_parties(her_ids: Sequence[int], world: World) -> Iterator[Party]:
    if not her_ids:
        yield from world.parties()
    for her_id in her_ids:
        party = world.party(her_id)
        if party is None:
            raise ValueError(f"no party has HER-id {her_id} in the world of seed {world.seed} and tier {world.tier}")
        yield party


def _party_line(party: Party) -> str:
    return f"{party.her_id}  {party.organisation_number}  {party.type:<12}  {party.kind:<16}  {party.name}"


def _messages(arguments: argparse.Namespace, world: World) -> None:
    from nhnfixtures import messages  # noqa: PLC0415 - slow to import

    if arguments.error and not arguments.receipt:
        raise ValueError("--error is what a receipt rejects with; add --receipt")
    if arguments.count > 1 and arguments.out is None and not arguments.json:
        raise ValueError("several messages need a folder: add --out DIR, or --json")
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
    facts = []
    for k in range(arguments.k, arguments.k + arguments.count):
        head = messages.message(world, arguments.type, k, shape=arguments.shape, attachments=arguments.attachment)
        shape = "maximal" if arguments.shape == "maximal" else "minimal"
        name, data = f"{arguments.type}-{k:06}.xml", b""
        if arguments.receipt:
            own = head.receiver_her_ids[0]
            data = messages.receipt(head, own_her_id=own, errors=arguments.error, shape=shape).to_bytes()
            name = f"{arguments.type}-{k:06}-receipt.xml"
        else:
            data = head.to_bytes()
        facts.append(_message(arguments, k, head, name, data))
        if arguments.out is not None:
            (arguments.out / name).write_bytes(data)
        elif not arguments.json:
            say(data.decode())
    if arguments.json:
        say(_json(world, "messages", facts))
    elif arguments.out is not None:
        say(f"{len(facts)} written to {arguments.out}")


def _message(arguments: argparse.Namespace, k: int, head: MsgHead, name: str, data: bytes) -> dict[str, Any]:
    return {
        "k": k,
        "type": head.type.v,
        "msg_id": head.msg_id,
        "sender_her_id": head.sender_her_id,
        "receiver_her_ids": list(head.receiver_her_ids),
        "bytes": len(data),
        **({"document": data.decode()} if arguments.out is None else {"file": str(arguments.out / name)}),
    }


def _tell(arguments: argparse.Namespace, world: World, label: str, facts: object, text: str) -> None:
    shown = _json(world, label, facts) if arguments.json else text
    if arguments.out is None:
        say(shown)
    else:
        arguments.out.write_text(shown + "\n", encoding="utf-8")


def _json(world: World, label: str, facts: object) -> str:
    return json.dumps({"format": FORMAT, "seed": world.seed, "tier": world.tier, label: facts})


def _builtins(value: object) -> dict[str, Any]:
    import msgspec  # noqa: PLC0415 - slow to import

    made: dict[str, Any] = msgspec.to_builtins(value)
    return made


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def _positive(text: str) -> int:
    if not (number := _natural(text)):
        raise argparse.ArgumentTypeError("0 is too few: 1 or more")
    return number
