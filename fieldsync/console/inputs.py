"""Forms made from declared fields: what stands in each control, and what was typed back into values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from fieldsync.api.doors import me
from fieldsync.console import display, doors, names
from fieldsync.errors import Problem
from fieldsync.fields import Field, Fields
from fieldsync.geo import divisions
from fieldsync.ids import new_id
from fieldsync.language import pick

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Control:
    """One control: its name, label, unit, what stands in it, and its choices."""

    path: str
    label: str
    kind: str
    text: str
    unit: str
    required: bool
    choices: dict[str, str] | None


def controls(fields: Fields, body: Body) -> list[Control]:
    """Return a control for every plain field that the county fills in."""
    return [_control(spec, spec.path, body) for spec in _plain(fields)]


def _plain(fields: Fields) -> list[Field]:
    return [spec for spec in fields.declared if spec.policy != "server" and "*" not in spec.path]


def _control(spec: Field, path: str, body: Body) -> Control:
    typed = doors.typed(f"f:{path}")
    choices = {code: pick(labels) for code, labels in spec.choices.items()} if spec.choices else None
    if spec.kind == "code":
        choices = counties()
    if spec.kind == "ref":
        choices = names.people()
    label = f"{pick(spec.labels)}" + (
        f"：{display.masked(str(body[path]))}" if _is_kept(spec, body.get(path)) else ""
    )
    return Control(
        path, label, spec.kind, typed or _text(spec, body.get(path)), display.unit(spec), spec.required, choices
    )


def _is_kept(spec: Field, value: Any) -> bool:
    """Tell whether a control stays empty though there is a value: persons' numbers are not shown again."""
    return spec.kind == "id_no" and value is not None


def _text(spec: Field, value: Any) -> str:
    """Return a value as it is typed."""
    if value is None or spec.kind == "id_no":
        return ""
    return display.yuan(value) if spec.kind == "money" and type(value) is int else str(value)


def counties() -> dict[str, str]:
    """Return the names of the counties by code, one's own first."""
    return {me().actor.cell: names.county()} | {county.code: county.name for county in divisions.counties()}


def ticks(fields: Fields, body: Body) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """Return the groups of tags with a list of choices: label, and (path, label, ticked) of each."""
    groups = [spec for spec in fields.declared if _is_choice(spec)]
    return [
        (pick(spec.labels), [(f"{spec.path[:-1]}{code}", pick(labels), body.get(f"{spec.path[:-1]}{code}") is True)
                             for code, labels in (spec.choices or {}).items()])
        for spec in groups
    ]  # fmt: skip


def _is_choice(spec: Field) -> bool:
    return spec.is_marker and bool(spec.choices) and spec.policy != "server"


def rows(fields: Fields, body: Body) -> list[tuple[str, list[list[Control]]]]:
    """Return the groups of rows: label, and the controls of each row, with an empty one behind them."""
    found = []
    for spec in fields.declared:
        cells = _cells(fields, spec)
        if cells:
            group = spec.path[:-2]
            ids = [*_ids(body, group), new_id()]
            lines = [[_control(cell, cell.path.replace("*", row), body) for cell in cells] for row in ids]
            found.append((pick(spec.labels), lines))
    return found


def _cells(fields: Fields, marker: Field) -> list[Field]:
    """Return the fields of the rows that a marker stands for."""
    if not marker.is_marker or marker.choices or marker.policy == "server":
        return []
    return [spec for spec in fields.declared if spec.path.startswith(f"{marker.path}/")]


def _ids(body: Body, group: str) -> list[str]:
    prefix = f"{group}/"
    return sorted(
        path.removeprefix(prefix)
        for path, value in body.items()
        if value is True and path.startswith(prefix) and path.count("/") == 1
    )


# Back into values


def changes(fields: Fields, body: Body) -> dict[str, Any]:
    """Return the paths that the form sets anew; raise Problem where something typed is no value of its field."""
    wanted: dict[str, Any] = {}
    for spec in _plain(fields):
        text = doors.typed(f"f:{spec.path}")
        if text or not _is_kept(spec, body.get(spec.path)):
            wanted[spec.path] = _value(spec, text)
    for _label, group in ticks(fields, body):
        wanted |= {path: True if doors.typed(f"t:{path}") else None for path, _word, _ticked in group}
    for spec in fields.declared:
        cells = _cells(fields, spec)
        if cells:
            wanted |= _rows(spec.path[:-2], cells, body)
    return {path: value for path, value in wanted.items() if value != body.get(path)}


def _rows(group: str, cells: list[Field], body: Body) -> dict[str, Any]:
    """Return what the form says of a group: filled rows, and those that were emptied."""
    typed = doors.typed_under(f"f:{group}/")
    wanted: dict[str, Any] = {}
    for row in {*(name.partition("/")[0] for name in typed), *_ids(body, group)}:
        path = f"{group}/{row}"
        texts = {cell: typed.get(f"{row}/{cell.path.rpartition('/')[2]}", "") for cell in cells}
        is_there = any(texts.values())
        wanted[path] = True if is_there else None
        for cell, text in texts.items():
            at = cell.path.replace("*", row)
            if text or not is_there or not _is_kept(cell, body.get(at)):
                wanted[at] = _value(cell, text)
    return wanted


def _value(spec: Field, text: str) -> Any:
    """Return what was typed as a value; None where nothing was."""
    if not text:
        return None
    try:
        value = _READ.get(spec.kind, str)(text)
    except (ValueError, InvalidOperation):
        raise Problem("bad-value", "type", path=pick(spec.labels)) from None
    # A wrong number of a person is kept and marked: papers have them wrong, too.
    if spec.kind != "id_no" and spec.check(value):
        raise Problem("bad-value", "type", path=pick(spec.labels))
    return value


def _fen(text: str) -> int:
    fen = Decimal(text.replace(",", "").replace("，", "")) * 100
    if not fen.is_finite() or fen != fen.to_integral_value():
        raise ValueError(text)
    return int(fen)


def _number(text: str) -> int | float:
    return int(text) if text.removeprefix("-").isdecimal() else float(text)


_READ: dict[str, Callable[[str], Any]] = {
    "money": _fen, "number": _number, "integer": int, "id_no": lambda text: text.upper(),
}  # fmt: skip
