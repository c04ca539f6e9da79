"""Many files: found below folders, judged by several processes, told in the order of their names."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nhnconform.errors import HarnessError
from nhnconform.validating import schema
from nhnconform.validating.judge import judge
from nhnwire.xml import MAX_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from nhnconform.validating.findings import Judged
    from nhnconform.validating.official import Official

CHUNK = 50
"""Files handed to a process at a time: enough to outweigh the handing over, few enough for steady progress."""

ALONE = 200
"""Up to so many files one process is faster than starting others."""

AHEAD = 4
"""Chunks under way per process, so that a million files are not a million promises."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A file that could not be judged.

    Attributes:
        file: its name.
        text: why.
        ours: our own code broke on it; otherwise the file cannot be read.
    """

    file: str
    text: str
    ours: bool = False


def xml_files(folder: Path) -> list[str]:
    """Every regular file below a folder whose name ends in .xml, by name; links to folders are not followed."""
    found = [
        os.path.join(where, name)  # noqa: PTH118 - a hundred thousand Path objects cost more than the walk
        for where, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(".xml")
    ]
    return sorted(name for name in found if Path(name).is_file())


def judge_many(
    files: Sequence[str], official: Official | None = None, *, processes: int | None = None
) -> Iterator[Judged | Trouble]:
    """Judge files; what is said of them comes in their order, each as soon as those before it are there.

    Args:
        files: names.
        official: schemas of the user's.
        processes: how many; by default as many as there are processors, and one for few files.

    Raises:
        HarnessError: our own schemas are broken, or a process of ours ended unasked.
    """
    schema.ready()
    wanted = processes or (1 if len(files) <= ALONE else len(os.sched_getaffinity(0)))
    if wanted == 1:
        return (judge_file(name, official) for name in files)
    return _spread(files, official, wanted)


def judge_file(name: str, official: Official | None = None) -> Judged | Trouble:
    """Judge one file. Whatever goes wrong with it is said of it, so that the others are judged."""
    try:
        with Path(name).open("rb") as file:
            data = file.read(MAX_SIZE + 1)
    except OSError as error:
        return Trouble(name, f"cannot be read: {error.strerror or error}")
    return judge_bytes(name, data, official)


def judge_bytes(name: str, data: bytes, official: Official | None = None) -> Judged | Trouble:
    """As `judge`, with a fault of our own as a value."""
    try:
        return judge(name, data, official)
    except Exception as error:  # noqa: BLE001 - one file must not take the judgement of the others with it
        return Trouble(name, f"broke the judge: {type(error).__name__}: {error}", ours=True)


def _spread(files: Sequence[str], official: Official | None, processes: int) -> Iterator[Judged | Trouble]:
    chunks = (list(files[at : at + CHUNK]) for at in range(0, len(files), CHUNK))
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(processes, context, _start, (official,)) as pool:
        under_way: deque[Future[list[Judged | Trouble]]] = deque()
        try:
            for chunk in itertools.islice(chunks, processes * AHEAD):
                under_way.append(pool.submit(_judge_chunk, chunk))
            while under_way:
                yield from under_way.popleft().result()
                for chunk in itertools.islice(chunks, 1):
                    under_way.append(pool.submit(_judge_chunk, chunk))
        except BrokenProcessPool:
            raise HarnessError(
                "a process that judges files ended unasked; judge the folders one by one to find the file, or give"
                " it more memory"
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


_official: list[Official | None] = [None]


def _start(official: Official | None) -> None:
    # Once per process, instead of with each chunk.
    _official[0] = official


def _judge_chunk(names: Iterable[str]) -> list[Judged | Trouble]:
    return [judge_file(name, _official[0]) for name in names]
