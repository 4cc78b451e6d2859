"""Answers that are surely right, told apart at little cost: the server asks this of every record it takes in.

A shortcut may say no of a right answer (then it is looked at closely), but never yes of a wrong one.
"""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from fieldsync.forms.readers import READERS

if TYPE_CHECKING:
    from fieldsync.forms.evaluate import Node

# (answers, ticked choices and rows by path, where the answer lies) -> surely right
Shortcut = Callable[[Mapping[str, Any], Mapping[str, list[str]], str], bool]
Accepts = Callable[[Any], bool]


def shortcut(node: "Node", names: Collection[str]) -> Shortcut | None:
    """Return the shortcut of a question whose answer is no single value; `names` are its choices."""
    is_optional, is_free = "required" not in node.item, _is_free(node)
    if node.kind in ("select_multiple", "signature"):
        return _ticks(is_optional, is_free, None if node.kind == "signature" else names)
    if node.path == "position" and is_free:
        return _position
    return None


def accepts(node: "Node", names: Collection[str]) -> Accepts | None:
    """Return what tells whether a single value is right; None where it must be looked at closely."""
    if not _is_free(node) or "calculation" in node.item:
        return None
    if node.kind == "select_one":
        return lambda raw: type(raw) is str and raw in names
    if node.kind == "text":
        most = node.item.get("most", 1_000_000)
        return lambda raw: type(raw) is str and len(raw) <= most
    if node.kind == "acknowledge":
        return lambda raw: raw is True or (raw is False and "required" not in node.item)
    read = READERS.get(node.kind)
    return None if read is None or "most" in node.item else lambda raw: read(raw)[1]


def is_single(node: "Node") -> bool:
    """Tell whether a question's answer is one value at its path, given by a person."""
    others = ("select_multiple", "signature", "image")
    return node.kind not in others and node.path != "position" and "calculation" not in node.item


def _is_free(node: "Node") -> bool:
    """Tell whether the right type is all that is asked of an answer."""
    return "constraint" not in node.item and "filter" not in node.item


def _ticks(is_optional: bool, is_free: bool, names: Collection[str] | None) -> Shortcut:
    def is_right(answers: Mapping[str, Any], ticked: Mapping[str, list[str]], path: str) -> bool:
        found = ticked.get(path)
        if not found:
            return is_optional and path not in answers
        return is_free and (names is None or (path not in answers and all(name in names for name in found)))

    return is_right


def _position(answers: Mapping[str, Any], _ticked: Mapping[str, list[str]], _path: str) -> bool:
    lat, lon = answers.get("lat"), answers.get("lon")
    return type(lat) is float and type(lon) is float and -90 <= lat <= 90 and -180 <= lon <= 180
