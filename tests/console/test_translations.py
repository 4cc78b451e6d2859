"""The Chinese words: every string has one, and the compiled catalogue is that of the text."""

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from fieldsync.actions import ACTIONS, REGISTRY
from fieldsync.console import words
from fieldsync.fields import CHECKS
from fieldsync.photos import plausibility

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "fieldsync/translations/zh_Hans/LC_MESSAGES"


@pytest.fixture(scope="module")
def catalogue():
    with (FOLDER / "messages.po").open("rb") as file:
        return read_po(file, locale="zh_Hans")


def in_the_code() -> set[str]:
    """Return every string that code and templates ask to be translated."""
    with (ROOT / "babel.cfg").open() as file:
        mapping, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, mapping, options, directory_filter=lambda path: "fieldsync" in Path(path).parts)
    return {message for _file, _line, message, _comments, _context in found}


def test_every_string_has_a_chinese_one_and_none_is_left_over(catalogue):
    told = {message.id for message in catalogue if message.id}
    assert told == in_the_code()
    assert [m.id for m in catalogue if m.id and not (m.string and m.string.strip())] == []
    assert [m.id for m in catalogue if m.fuzzy and m.id] == []
    assert [(m.id, list(map(str, m.check()))) for m in catalogue if m.check()] == []


def test_the_compiled_catalogue_is_up_to_date(catalogue):
    """After a change: pybabel compile -d fieldsync/translations."""
    with (FOLDER / "messages.mo").open("rb") as file:
        compiled = {m.id: m.string for m in read_mo(file) if m.id}
    assert compiled == {m.id: m.string for m in catalogue if m.id}


def test_every_code_of_the_engine_has_a_word():
    assert {action.verb for action in ACTIONS} <= set(words.VERBS)
    policies = {field.policy for noun in REGISTRY.nouns.values() for field in noun.fields.declared}
    assert policies <= set(words.POLICIES)
    assert set(plausibility.FLAGS.values()) <= set(words.FLAGS)
    assert {field.kind for noun in REGISTRY.nouns.values() for field in noun.fields.declared} <= set(CHECKS)
