"""How values are shown: labels, words, units and times out of the declarations; safe against hidden marks."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from flask import current_app
from flask_babel import gettext as _
from markupsafe import Markup

from fieldsync.api.doors import engine
from fieldsync.console import names, words
from fieldsync.fields import Field, Fields
from fieldsync.language import is_chinese, pick
from fieldsync.sync.conflicts import VOID
from fieldsync.sync.journal import text_of

Body = Mapping[str, Any]
Numbers = Mapping[tuple[str, str], int]

_ROW = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
# Marks that change the direction of text or do not show at all, and control characters but newline and tab.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
NOTHING = "—"


@dataclass(frozen=True)
class Line:
    """One path of a record as a page shows it."""

    path: str
    label: str
    text: str
    issue: str = ""


def visible(value: Any) -> Any:
    """Return output of a template with hidden and direction-changing characters made visible."""
    if value is None:
        return ""
    if isinstance(value, Markup):
        return value
    return _HIDDEN.sub(lambda found: f"⟦U+{ord(found[0]):04X}⟧", str(value))


def unchanged(value: Any) -> Markup:
    """Return text for the inside of a form control, which must come back as it was: only escaped."""
    return Markup.escape("" if value is None else str(value))


# Times


def zone() -> ZoneInfo:
    """Return the zone of the county's clocks."""
    return ZoneInfo(current_app.config["TIMEZONE"])


def moment(text: Any) -> str:
    """Return a time of the wire in the county's zone; what is no time stays as it is."""
    try:
        at = datetime.fromisoformat(text).astimezone(zone())
    except (TypeError, ValueError, OverflowError):
        return str(text or "")
    return f"{day(at)} {at:%H:%M}"


def day(at: datetime) -> str:
    """Return the day of a time in words."""
    return f"{at.year}年{at.month}月{at.day}日" if is_chinese() else f"{at.day} {at:%b} {at.year}"


def today() -> str:
    """Return the county's day, in ISO form."""
    return engine().now().astimezone(zone()).date().isoformat()


def to_wire(local: str) -> str:
    """Return a time of the county's clock as the wire writes it; raise ValueError where it is none."""
    at = datetime.fromisoformat(local)
    return text_of(at if at.tzinfo else at.replace(tzinfo=zone()))


# Labels


def numbers(paths: Iterable[str]) -> dict[tuple[str, str], int]:
    """Return the numbers, from 1, of the rows that occur in `paths`, by group and row."""
    rows: dict[str, set[str]] = {}
    for path in paths:
        parts = path.split("/")
        if len(parts) > 1 and _ROW.fullmatch(parts[1]):
            rows.setdefault(parts[0], set()).add(parts[1])
    return {(group, row): i for group, ids in rows.items() for i, row in enumerate(sorted(ids), 1)}


def label(fields: Fields, path: str, numbered: Numbers | None = None) -> str:
    """Return what a path is called: its field's label, with the number of its row."""
    head, _slash, rest = path.partition("/")
    if path == VOID:
        return _("Being voided")
    if path in words.RESERVED:
        return str(words.RESERVED[path])
    if rest and head in ("county", "confirmed", "review_fields"):
        about = label(fields, rest, numbered)
        kinds = {
            "county": _("County's view: %(about)s", about=about),
            "confirmed": _("Confirmed by the county: %(about)s", about=about),
            "review_fields": _("Comment on: %(about)s", about=about),
        }
        return kinds[head]
    spec = fields.find(path)
    if spec is None:
        return path
    return pick(spec.labels) if not rest else _label_of_row(fields, spec, path, numbered or {})


def _label_of_row(fields: Fields, spec: Field, path: str, numbered: Numbers) -> str:
    """Return the label of a tag, a row or a cell."""
    parts = path.split("/")
    if spec.path.endswith("/**"):
        return f"{pick(spec.labels)} · {'/'.join(parts[1:])}"
    row = parts[1]
    number = str(numbered.get((parts[0], row), row[-4:])) if _ROW.fullmatch(row) else ""
    if len(parts) == 2:
        return f"{pick(spec.labels)} {number}".strip()
    group = fields.find("/".join(parts[:2]))
    return f"{pick(group.labels) if group else parts[0]} {number or row} · {pick(spec.labels)}"


# Values


def show(spec: Field | None, path: str, value: Any) -> str:
    """Return a value in words, with its unit."""
    if value is None:
        return NOTHING
    if path == VOID:
        return _show_void(value)
    tag = path.split("/")[1] if path.count("/") == 1 else ""
    if value is True and spec is not None and spec.is_marker and tag and not _ROW.fullmatch(tag):
        return pick(spec.choices[tag]) if spec.choices and tag in spec.choices else tag
    return _plain(spec, value)


def yuan(fen: int) -> str:
    """Return an amount of fen in yuan: 123456 is 1234.56."""
    return f"{fen // 100}.{fen % 100:02d}" if fen >= 0 else f"-{yuan(-fen)}"


def masked(number: str) -> str:
    """Return a person's number with its middle hidden."""
    return f"{number[:6]}{'*' * max(0, len(number) - 8)}{number[-2:]}" if len(number) > 8 else "*" * len(number)


def _plain(spec: Field | None, value: Any) -> str:
    """Return a single value in words."""
    if spec is not None and spec.kind == "money" and type(value) is int:
        return f"{yuan(value)} {unit(spec)}".strip()
    if spec is not None and spec.kind == "id_no" and isinstance(value, str):
        return masked(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, (int, float)):
        text = f"{value:.7f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
        return f"{text} {unit(spec)}".strip()
    if isinstance(value, str):
        return _text(spec, value)
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _text(spec: Field | None, value: str) -> str:
    if spec is not None and spec.choices and value in spec.choices:
        return pick(spec.choices[value])
    if spec is not None and spec.kind == "town":
        return names.towns().get(value, value)
    if spec is not None and spec.kind == "code":
        return names.divisions_().get(value, value)
    if spec is not None and spec.kind == "ref":
        return names.record(value)
    if spec is not None and spec.kind == "text":
        return names.people().get(value, value) if _ROW.fullmatch(value) else value
    if _TIME.fullmatch(value):
        return moment(value)
    return names.people().get(value) or names.devices_().get(value, value)


def _show_void(value: Any) -> str:
    """Return what a value of `$void` wants."""
    if isinstance(value, dict):
        return _("an edit that came after the voiding")
    return _("voided") if value else _("in force")


def unit(spec: Field | None) -> str:
    """Return the unit of a field in the language of the page."""
    text = spec.unit if spec is not None else ""
    return text if is_chinese() else words.word(words.UNITS, text)


# Records


def lines(fields: Fields, body: Body) -> list[Line]:
    """Return what a record holds, in the order of the declarations, with what is wrong with each value."""
    numbered, crowded = numbers(body), _with_cells(body)
    order = {spec.path: i for i, spec in enumerate(fields.declared)}
    paths = sorted((p for p in body if p != "salt" and p not in crowded), key=lambda p: _place(fields, order, p))
    return [_line(fields, path, body[path], numbered) for path in paths]


def joined(fields: Fields, told: Iterable[Line]) -> list[Line]:
    """Return the same lines with the tags of one field together on one."""
    found: dict[str, Line] = {}
    for line in told:
        head, _slash, tag = line.path.partition("/")
        spec = fields.find(line.path)
        is_tag = bool(tag) and spec is not None and spec.is_marker and not _ROW.fullmatch(tag)
        first = found.get(head) if is_tag else None
        text = f"{first.text}{'、' if is_chinese() else ', '}{line.text}" if first else line.text
        found[head if is_tag else line.path] = replace(first or line, text=text)
    return list(found.values())


def _with_cells(body: Body) -> set[str]:
    """Return the markers of rows that need no line of their own, since their cells have some."""
    rows = {path.rpartition("/")[0] for path in body if path.count("/") > 1}
    return {row for row in rows if _ROW.fullmatch(row.rpartition("/")[2])}


def _line(fields: Fields, path: str, value: Any, numbered: Numbers) -> Line:
    spec = fields.find(path)
    code = spec.check(value) if spec is not None and spec.kind != "any" else None
    if spec is None and path not in words.RESERVED:
        code = "unknown-path"
    text = show(*about(fields, path), value)
    return Line(path, label(fields, path, numbered), text, words.word(words.ISSUES, code))


def about(fields: Fields, path: str) -> tuple[Field | None, str]:
    """Return the field and the path that a value is about: the county's word on one is shown as that one is."""
    head, _slash, rest = path.partition("/")
    told = rest if rest and head in ("county", "confirmed") else path
    return fields.find(told), told


def _place(fields: Fields, order: Mapping[str, int], path: str) -> tuple[Any, ...]:
    """Return where a path stands: by its group, its row, then its own field; opinions beside their fields."""
    head, _slash, rest = path.partition("/")
    if rest and head in ("county", "confirmed"):
        return (*_place(fields, order, rest), 1)
    spec = fields.find(path)
    own = order.get(spec.path, len(order)) if spec is not None else len(order)
    group = min((i for p, i in order.items() if p.partition("/")[0] == head), default=own)
    row = path.split("/")[1] if rest else ""
    return group, row, own, path


def missing(fields: Fields, body: Body) -> list[str]:
    """Return the labels of required fields that a record lacks."""
    return [label(fields, path) for path in fields.required if body.get(path) is None]


# History


@dataclass(frozen=True)
class Step:
    """One change of one path: old and new in words."""

    label: str
    old: str
    new: str


def steps(fields: Fields, patch: Mapping[str, Any]) -> Iterator[Step]:
    """Yield the changes of one version in words; paths that only kept their value are left out."""
    numbered = numbers(patch)
    for path, (old, new) in patch.items():
        if path != "salt" and old != new:
            spec, told = about(fields, path)
            yield Step(label(fields, path, numbered), show(spec, told, old), show(spec, told, new))


def since(versions: list[dict[str, Any]], rev: str) -> list[dict[str, Any]]:
    """Return the versions after revision `rev`; all where it is unknown."""
    found = next((i for i, version in enumerate(versions, 1) if version["rev"] == rev), 0)
    return versions[found:]


def noun(registry_nouns: Mapping[str, Any], name: str) -> str:
    """Return what a noun is called."""
    return pick(registry_nouns[name].labels) if name in registry_nouns else name


def action(registry_nouns: Mapping[str, Any], name: Any) -> str:
    """Return the words for an action `noun.verb`."""
    noun, _dot, verb = str(name or "").partition(".")
    if noun not in registry_nouns:
        return str(name or "")
    return f"{pick(registry_nouns[noun].labels)} · {words.word(words.VERBS, verb)}"


def is_wide(text: str) -> bool:
    """Tell whether a value is long enough to want a line of its own."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text) > 60
