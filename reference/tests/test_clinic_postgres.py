"""The clinic on PostgreSQL: refused where commits could be lost; shared by processes, and nothing is done twice."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from nhnclinic.errors import StoreError
from nhnclinic.store import records
from nhnclinic.store.database import open_store
from nhnconform.crash.cluster import cluster
from nhnconform.crash.scene import Scene
from nhnconform.errors import HarnessError
from nhntime import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nhnclinic.store.database import Store
    from nhnconform.crash.cluster import Cluster
    from nhnconform.crash.scene import Process

NOW = datetime(2030, 1, 7, 7, 0, tzinfo=UTC)

pytestmark = pytest.mark.integration("postgres", "initdb", apt="postgresql")


@pytest.fixture
def url(postgres: Cluster) -> str:
    return postgres.create(f"clinic-{uuid.uuid4()}")


@pytest.fixture
def two(url: str) -> Iterator[tuple[Store, Store]]:
    stores = open_store(url, VirtualClock(NOW)), open_store(url, VirtualClock(NOW))
    yield stores
    for store in stores:
        store.close()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("ALTER DATABASE {name} SET synchronous_commit = off", "synchronous_commit=off"),
        ("ALTER DATABASE {name} SET default_transaction_read_only = on", "transaction_read_only=on"),
        ("ALTER TABLE history SET UNLOGGED", "history are UNLOGGED"),
    ],
)
def test_settings_that_would_lose_commits_are_refused(postgres: Cluster, url: str, statement: str, words: str) -> None:
    """A database whose commits a power cut could take back, or that cannot take any, is refused with its setting."""
    name = url.partition("@/")[2].partition("?")[0]
    open_store(url, VirtualClock(NOW)).close()
    postgres.sql(statement.format(name=f'"{name}"'), name)
    with pytest.raises(StoreError, match=words):
        open_store(url, VirtualClock(NOW))


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_would_lose_commits_is_refused(setting: str) -> None:
    """A server that does not wait for its disk is refused, whatever the database says."""
    with cluster([f"{setting}=off"]) as careless, pytest.raises(StoreError, match=f"{setting}=off"):
        open_store(careless.create("clinic"), VirtualClock(NOW))


def test_the_url_may_not_weaken_it_either(url: str) -> None:
    """Options in the URL are settings like any other."""
    with pytest.raises(StoreError, match="synchronous_commit=off"):
        open_store(f"{url}&options=-csynchronous_commit%3Doff", VirtualClock(NOW))


def test_a_claim_is_one_processs(two: tuple[Store, Store]) -> None:
    """What one has claimed the other cannot, until it is let go; other things are not concerned."""
    first, second = two
    with first.claim("delivery:1") as mine, second.claim("delivery:1") as theirs, second.claim("delivery:2") as other:
        assert (mine, theirs, other) == (True, False, True)
    with second.claim("delivery:1") as theirs:
        assert theirs


def test_a_claim_dies_with_its_process(two: tuple[Store, Store], url: str) -> None:
    """A process that is killed while it works leaves nothing claimed."""
    program = (
        "import sys; from datetime import datetime, UTC; from nhntime import VirtualClock\n"
        "from nhnclinic.store.database import open_store\n"
        "store = open_store(sys.argv[1], VirtualClock())\n"
        "with store.claim('delivery:1') as ours: print(ours, flush=True); sys.stdin.read()\n"
    )
    other = subprocess.Popen([sys.executable, "-c", program, url], stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        with two[0].claim("delivery:1") as ours:
            assert not ours
        other.kill()
        other.wait(60)
    for _ in range(600):
        with two[0].claim("delivery:1") as ours:
            if ours:
                return
    pytest.fail("the claim of a dead process was not let go")


def test_a_broken_connection_lets_claims_go_and_is_replaced(two: tuple[Store, Store], postgres: Cluster) -> None:
    """The server ends every connection; the next claim and the next transaction work as before."""
    with two[0].claim("a") as ours:
        assert ours
    postgres.cut()
    with pytest.raises(Exception, match=r"terminat|closed|lost"), two[0].claim("a"):
        pass
    with two[0].claim("a") as ours:
        assert ours
    with two[0].transaction() as connection:
        records.set_position(connection, "s", 1, NOW)


def test_one_writes_at_a_time(two: tuple[Store, Store]) -> None:
    """Looking and then inserting is safe though two processes do it: the second sees what the first committed."""
    program = (
        "import sys; from datetime import datetime, UTC; from nhntime import VirtualClock\n"
        "from nhnclinic.store import records; from nhnclinic.store.database import open_store\n"
        "store = open_store(sys.argv[1], VirtualClock())\n"
        "for k in range(100):\n"
        "    with store.transaction() as connection:\n"
        "        records.raise_alert(connection, key=str(k), kind='x', text='', at=datetime(2030, 1, 7, tzinfo=UTC))\n"
    )
    url = two[0].engine.url.render_as_string(hide_password=False)
    racing = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(3)]
    assert [one.wait(60) for one in racing] == [0, 0, 0]
    with two[0].reading() as connection:
        assert len(records.all_alerts(connection)) == 100


def test_what_no_text_may_hold_is_kept_as_what_stands_for_it(two: tuple[Store, Store]) -> None:
    """U+0000, which this database cannot hold, becomes U+FFFD instead of an error."""
    with two[0].transaction() as connection:
        records.raise_alert(connection, key="k", kind="x", text="a\x00b", at=NOW)
    with two[1].reading() as connection:
        (alert,) = records.all_alerts(connection)
    assert alert["text"] == "a\ufffdb"


def test_each_process_is_first_in_turn(two: tuple[Store, Store]) -> None:
    """The time between two looks varies, never below what was agreed, so that no process is always first."""
    waits = {two[0].spread(timedelta(seconds=60)) for _ in range(100)}
    assert len(waits) > 50
    assert timedelta(seconds=60) <= min(waits) < max(waits) <= timedelta(seconds=75)


def test_a_database_that_is_away_is_waited_for(postgres: Cluster, tmp_path: Path) -> None:
    """The database takes no connections for a while: users are told 503 and that they may ask again, and the clinic
    lives; when it is back, what was asked again is sent once.
    """  # fmt: skip
    name = f"away-{uuid.uuid4()}"

    async def story(scene: Scene, clinic: Process) -> None:
        async with scene.peer() as peer:
            person = peer.person()
            body = {
                "type": "DIALOG_NOTAT",
                "from_her_id": peer.clinic_her_id,
                "to_her_id": peer.her_id,
                "patient": {"number": person.number, "given_name": "Vakker", "family_name": "Blomst"},
                "text": "Hei",
            }
            postgres.sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            postgres.cut()
            with pytest.raises(HarnessError, match=r"503.*store_unavailable"):
                await peer.api(clinic, "POST", "/api/messages", body, Idempotency_Key="key")
            await peer.leap(120)
            assert clinic.is_alive()
            postgres.sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            await peer.api(clinic, "POST", "/api/messages", body, Idempotency_Key="key")
            await peer.leap(60)
            assert len(await peer.unread()) == 1

    with Scene(tmp_path) as scene:
        clinic = scene.clinic(database=postgres.create(name))
        assert clinic.start(), clinic.log()
        asyncio.run(story(scene, clinic))
        assert clinic.stop() == 0, clinic.log()
