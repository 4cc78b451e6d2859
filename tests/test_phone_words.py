"""The phone's catalogues: every key that a page asks for is there, once, in both languages; none is left over."""

import re
from pathlib import Path

import pytest

PHONE = Path(__file__).parents[1] / "static" / "phone"
ENTRY = re.compile(
    r'(?:^|[\s{,])"?([a-z][a-z0-9_.-]*)"?: \["((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\]', re.MULTILINE
)
CATALOGUES = sorted(PHONE.rglob("words.js"))
SCRIPTS = [path for path in PHONE.rglob("*.js") if path.name != "words.js"]
# Families of keys that are put together when a page is drawn, with what can follow.
FAMILIES = (
    "tab.", "sync.", "check.", "conflict.", "changed.", "held.", "act.", "file.", "size.", "theme.", "language.",
    "upload.", "form.", "map.",
)  # fmt: skip


def entries() -> list[tuple[str, str, str]]:
    return [found for path in CATALOGUES for found in ENTRY.findall(path.read_text("utf-8"))]


def asked() -> set[str]:
    """Return every text in the scripts that could be a key."""
    return {key for path in SCRIPTS for key in re.findall(r'"([a-z][a-z0-9_.-]*)"', path.read_text("utf-8"))}


def test_there_are_three_catalogues_and_no_key_twice():
    keys = [key for key, _, _ in entries()]
    assert len(CATALOGUES) == 4
    assert sorted(keys) == sorted(set(keys))
    assert len(keys) > 350


@pytest.mark.parametrize(("key", "chinese", "english"), entries(), ids=lambda text: text[:20])
def test_an_entry_has_both_languages_with_the_same_places(key, chinese, english):
    assert chinese
    assert english
    places = re.compile(r"\{(\w+)\}")
    assert set(places.findall(chinese)) >= set(places.findall(english))
    if not key.startswith("language."):
        assert not re.search(r"[一-鿿]", english)


def test_every_key_that_is_asked_for_is_there():
    known = {key for key, _, _ in entries()}
    literal = {
        key for path in SCRIPTS for key in re.findall(r'\bt\("([a-z][a-z0-9_.-]*)"', path.read_text("utf-8"))
    }
    assert literal - known == set()


def test_no_key_is_left_over():
    left = {key for key, _, _ in entries()} - asked()
    assert {key for key in left if not key.startswith(FAMILIES)} == set()
