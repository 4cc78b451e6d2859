"""The documentation cannot fall behind: what there is, is described, and what is described, there is."""

import json
import re
from pathlib import Path

import click
import pytest

from fieldsync.cli import main
from fieldsync.errors import PROBLEMS
from fieldsync.settings import DEFAULTS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
DOCS = ROOT / "docs"
SOURCE = "\n".join(path.read_text("utf-8") for path in (ROOT / "fieldsync").rglob("*.py"))
LIBRARY_READS = ("SECRET_KEY", "COOKIE_SECURE")


def table(name: str) -> dict[str, list[str]]:
    """Return the rows of the table in docs/`name`: first cell (bare) to the others."""
    rows = {}
    for line in (DOCS / name).read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and cells[0].startswith("`"):
            assert cells[0].strip("`") not in rows, f"{cells[0]} stands twice in {name}"
            rows[cells[0].strip("`")] = cells[1:]
    return rows


def folders() -> list[str]:
    here = (ROOT / "fieldsync").iterdir()
    return sorted(p.name for p in here if p.is_dir() and not p.name.startswith("__") and any(p.iterdir()))


@pytest.mark.parametrize("folder", folders())
def test_readme_maps_every_folder(folder):
    assert f"`fieldsync/{folder}/`" in README


def test_readme_maps_no_folder_that_is_not_there():
    told = re.findall(r"^\| `((?:fieldsync|static|tests|bench|docs)/[a-z_/]*)` \|", README, re.MULTILINE)
    assert told
    assert [folder for folder in told if not (ROOT / folder).is_dir()] == []


def commands(group: click.Group, before: str = "fieldsync") -> list[str]:
    found = []
    for name, command in group.commands.items():
        found.append(f"{before} {name}")
        if isinstance(command, click.Group):
            found += commands(command, found[-1])
    return found


@pytest.mark.parametrize("command", commands(main))
def test_readme_names_every_command(command):
    """A command of a group may stand behind another of its group: `fieldsync user list`, `password`."""
    words = command.split()
    alone = f"`{words[-1]}`" in README or f"`{words[-1]} " in README
    assert (
        f"`{command}" in README
        or (len(words) == 3 and alone)
        or f"`{command} " in README
        or f"/{command}" in README
    )


def test_settings_are_the_ones_that_are_described():
    described = {name: json.loads(cells[0].strip("`")) for name, cells in table("settings.md").items()}
    assert described == DEFAULTS


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_setting_is_used(name):
    uses = SOURCE.count(f'"{name}"') - 1
    assert uses > 0 or name in LIBRARY_READS


def test_readme_leads_to_the_settings_and_problems():
    for name in ("settings.md", "problems.md"):
        assert f"docs/{name}" in README


def test_problems_are_the_ones_that_are_described():
    assert {name: int(cells[0]) for name, cells in table("problems.md").items()} == {
        name: status for name, (status, *_) in PROBLEMS.items()
    }


def test_every_problem_and_reason_is_said_in_both_languages():
    for _, chinese, english in PROBLEMS.values():
        assert re.search("[一-鿿]", chinese)
        assert english.isascii()


def test_targets_of_the_makefile_are_in_the_readme():
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert [t for t in targets if t != "help" and f"make {t}" not in README and f"`{t}`" not in README] == []


def test_documents_speak_of_no_machine():
    """What is written here is read elsewhere: no path of the machine that it was written on."""
    for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.glob("*.md")):
        assert not re.findall(r"(?<![\w.])/(?:root|home|tmp|var|opt)/", path.read_text("utf-8")), path.name
