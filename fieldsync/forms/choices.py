"""The choices sheet: lists of names with labels in two languages and columns for filters."""

import re
from typing import Any

from fieldsync.forms.mistakes import Mistake
from fieldsync.forms.scopes import Lists
from fieldsync.forms.tables import Row, Table

# A value of its own; in a select_multiple it is a piece of a path as well.
_NAME = re.compile(r"[^\s'\"<>&]{1,60}")
AS_PATH = re.compile(r"[0-9A-Za-z_-]{1,40}")


def read_lists(table: Table, mistakes: list[Mistake]) -> Lists:
    """Return the lists by name; mistakes are added to `mistakes`."""
    lists: Lists = {}
    for row in table.rows():
        listed = lists.setdefault(row.text("list_name"), [])
        choice = _choice(row, mistakes)
        if any(known["name"] == choice["name"] for known in listed):
            mistakes.append(
                Mistake(
                    row.where("name"), f"选项 {choice['name']} 重复", f"the choice {choice['name']} comes twice"
                )
            )
        listed.append(choice)
    return lists


def _choice(row: Row, mistakes: list[Mistake]) -> dict[str, Any]:
    name, labels = row.text("name"), row.spoken("label")
    if not row.text("list_name"):
        mistakes.append(Mistake(row.where("list_name"), "缺少 list_name", "list_name is missing"))
    if not _NAME.fullmatch(name):
        mistakes.append(
            Mistake(
                row.where("name"), f"选项名“{name}”不能为空或含空格、引号", f"`{name}` is no name for a choice"
            )
        )
    if labels is None:
        mistakes.append(Mistake(row.where("label"), "选项缺少文字", "the choice has no label"))
    choice: dict[str, Any] = {"name": name, "labels": [text for text, _ in labels or ()]}
    more = {head: row.cells[at] for head, at in row.table.more.items() if at < len(row.cells) and row.cells[at]}
    return choice | ({"more": more} if more else {})


def used_lists(lists: Lists, used: set[str], columns: set[str]) -> Lists:
    """Return the lists that questions use, with only those further columns that filters read."""
    return {name: [_slim(choice, columns) for choice in lists[name]] for name in lists if name in used}


def _slim(choice: dict[str, Any], columns: set[str]) -> dict[str, Any]:
    more = {head: value for head, value in choice.get("more", {}).items() if head in columns}
    slim = {name: value for name, value in choice.items() if name != "more"}
    return slim | ({"more": more} if more else {})
