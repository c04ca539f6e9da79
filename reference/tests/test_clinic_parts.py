"""`Parts`: the seams by which a clinic is changed, and what happens to changes that reach none."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from nhnclinic.__main__ import compose, extension
from nhnclinic.errors import ConfigError, NoSeamError
from nhnclinic.exchange.honest import honest
from nhnclinic.exchange.parts import Parts, extended, move_step, replace_step, step, steps, without_step, wrap_step
from nhnclinic.exchange.walk import walk


def test_the_steps_have_the_names_of_the_house() -> None:
    """Receiving and sending are lists of named steps; persisting comes before acknowledging."""
    assert steps(honest()) == {
        "inbound": ["take", "persist", "acknowledge", "open", "validate", "decide", "file", "receipt"],
        "outbound": ["draft", "ready", "address", "build", "store", "transport", "status", "deadline", "apprec"],
    }


def test_every_part_is_explained() -> None:
    """The docstring of Parts says what each field is."""
    for field in fields(Parts):
        assert f"{field.name}:" in (Parts.__doc__ or ""), field.name


def test_honest_parts_are_equal() -> None:
    """Two honest clinics are the same value, so that a change can be told from none."""
    assert honest() == honest()


def test_steps_are_replaced_wrapped_moved_and_left_out() -> None:
    async def nothing(bench: object, value: object) -> object:
        del bench
        return value

    parts = honest()
    assert step(replace_step(parts, "receipt", nothing), "receipt").run is nothing
    assert step(wrap_step(parts, "file", lambda run: run), "file") == step(parts, "file")
    assert "receipt" not in steps(without_step(parts, "receipt"))["inbound"]
    assert steps(move_step(parts, "acknowledge", before="persist"))["inbound"][:3] == ["take", "acknowledge", "persist"]


def test_a_change_that_reaches_no_seam_is_an_error() -> None:
    """A mutant that changes nothing would survive for the wrong reason: it is refused."""
    with pytest.raises(NoSeamError, match="reaches no seam"):
        extended(honest(), lambda parts: parts, "idle")
    with pytest.raises(NoSeamError, match="reaches no seam"):
        extended(honest(), lambda parts: replace(parts, headers=parts.headers), "copy")
    with pytest.raises(NoSeamError, match="must give back Parts"):
        extended(honest(), lambda _: None, "nothing")  # type: ignore[arg-type, return-value]  # the mistake


def test_a_step_that_does_not_exist_is_named() -> None:
    with pytest.raises(NoSeamError, match=r"no step 'aknowledge'.*acknowledge"):
        without_step(honest(), "aknowledge")
    with pytest.raises(NoSeamError, match="cannot move"):
        move_step(honest(), "transport", before="take")


def test_extensions_are_named_with_their_arguments() -> None:
    """`--with module:callable?key=value` loads a function and gives it texts."""
    parts = compose(["nhnclinic.exchange.parts:without_step?name=receipt"])
    assert "receipt" not in steps(parts)["inbound"]
    assert compose([]) == honest()


@pytest.mark.parametrize(
    "name",
    ["", "nowhere:x", "nhnclinic.exchange.honest:nothing", "nhnclinic.exchange.honest", "nhnclinic.config:TEMPLATE"],
)
def test_extensions_that_cannot_be_loaded_are_explained(name: str) -> None:
    with pytest.raises(ConfigError, match="--with"):
        extension(name)


def test_wrong_arguments_are_explained() -> None:
    with pytest.raises(ConfigError, match="colour"):
        compose(["nhnclinic.exchange.honest:apprec_as_document?colour=red"])


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nhnclinic", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_the_command_line_explains_itself() -> None:
    """Steps and configuration can be printed; a missing file is one line on stderr, status 2 and no trace."""
    assert json.loads(_run("steps").stdout) == steps(honest())
    assert "[[services]]" in _run("config-template").stdout
    failed = _run("serve", "--config", "/nowhere/clinic.toml")
    assert failed.returncode == 2
    assert "cannot be read" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_the_walk_of_one_message_is_current() -> None:
    """docs/walk.md is what the steps say of themselves: names, order, what each does, what is kept."""
    written = Path(__file__).parents[2] / "docs" / "walk.md"
    assert written.read_text("utf-8") == walk(honest()), "run: python -m nhnclinic steps --markdown > docs/walk.md"


def test_every_step_says_what_it_does() -> None:
    told = walk(honest())
    for names in steps(honest()).values():
        for name in names:
            (row,) = [line for line in told.splitlines() if line.startswith(f"| `{name}` |")]
            assert len(row.split("|")[2].strip()) > 15, row
