"""What an expression of a form may refer to, and in which order the questions depend on each other."""

import difflib
from collections.abc import Iterable
from typing import Any

from fieldsync.forms.drafts import Draft
from fieldsync.forms.expressions import Expr
from fieldsync.forms.mistakes import ExpressionRefused

Lists = dict[str, list[dict[str, Any]]]


class Names:
    """All names of a form."""

    def __init__(self, drafts: Iterable[Draft], lists: Lists, columns: Iterable[str]):
        self.lists, self.columns = lists, set(columns)
        self._by_name: dict[str, list[Draft]] = {}
        for draft in drafts:
            self._by_name.setdefault(draft.name, []).append(draft)

    def find(self, name: str, near: Draft) -> Draft:
        """Return what `${name}` means at `near`: a neighbour in its repeat first; raise ExpressionRefused."""
        found = self._by_name.get(name, [])
        neighbours = [draft for draft in found if draft.repeat is near.repeat]
        if len(neighbours) == 1 or len(found) == 1:
            return (neighbours or found)[0]
        if found:
            raise ExpressionRefused(f"${{{name}}} 不止一个，请改名", f"${{{name}}} is not the only one, rename it")
        like = difflib.get_close_matches(name, self._by_name, 1)
        zh, en = (f"，是否为 ${{{like[0]}}}？", f", did you mean ${{{like[0]}}}?") if like else ("", "")
        raise ExpressionRefused(f"没有问题 ${{{name}}}{zh}", f"there is no question ${{{name}}}{en}")


class FormScope:
    """The scope of one expression; notes what it depends on, and which columns of the choices it reads."""

    def __init__(self, names: Names, draft: Draft, use: str):
        self.names, self.draft, self.use = names, draft, use
        self.needs: list[Draft] = []
        self.read_columns: set[str] = set()

    def reference(self, name: str, rows: str) -> Expr:
        """Return the tree of `${name}`."""
        target = self.names.find(name, self.draft)
        if target is self.draft and self.use == "constraint":
            return self.own()
        self._check_kind(target, name, rows)
        self.needs.append(target)
        if target.kind == "repeat":
            return ["rows", target.path]
        is_near = target.repeat is self.draft.repeat
        if target.repeat is None:
            if rows == "count":
                raise ExpressionRefused(
                    f"{name} 不在重复组中，不能计数", f"{name} is in no repeat and cannot be counted"
                )
            return ["ref", target.path]
        if rows in ("all", "count") or (rows == "outside" and not is_near):
            return ["all", target.path]
        if not is_near:
            raise ExpressionRefused(
                f"${{{name}}} 在重复组中，请用 sum、count、max、join 等函数",
                f"${{{name}}} is in a repeat: use sum, count, max or join on it",
            )
        return ["ref", target.path]

    def _check_kind(self, target: Draft, name: str, rows: str) -> None:
        if target.kind == "image":
            raise ExpressionRefused(
                f"照片 ${{{name}}} 的张数只能在它自己的约束中用“.”",
                f"the number of photos ${{{name}}} is known in its own constraint only, as `.`",
            )
        if target.kind in ("group", "note") or (target.kind == "repeat" and rows != "count"):
            raise ExpressionRefused(f"${{{name}}} 没有值", f"${{{name}}} has no value")

    def choice_list(self, name: str) -> str:
        """Return the name of the choice list of question `name`."""
        return self.names.find(name, self.draft).listed

    def choice_names(self, name: str) -> set[str] | None:
        """Return the choices of question `name`, or of the one that is checked."""
        target = self.names.find(name, self.draft) if name else self.draft
        listed = self.names.lists.get(target.listed)
        return {choice["name"] for choice in listed} if listed is not None else None

    def column(self, name: str) -> Expr:
        """Return the tree of a column of the choices."""
        if self.use != "filter" or (name != "name" and name not in self.names.columns):
            raise ExpressionRefused(
                f"不明白“{name}”：引用问题写成 ${{{name}}}，文字加引号",
                f"`{name}` is not understood: a question is written ${{{name}}}, a text in quotes",
            )
        self.read_columns.add(name)
        return ["col", name]

    def own(self) -> Expr:
        """Return the tree of `.`."""
        if self.use != "constraint":
            raise ExpressionRefused("“.”只能用于约束", "`.` belongs in a constraint only")
        return ["self"]

    def place(self) -> Expr:
        """Return the tree of `position(..)`."""
        if self.draft.repeat is None:
            raise ExpressionRefused("position(..) 只能用于重复组中", "position(..) belongs in a repeat only")
        return ["position", self.draft.repeat.path]


def in_order(needs: dict[int, set[int]]) -> tuple[list[int], list[int]]:
    """Return the places of all items, each behind those it needs, and the places that lie in a circle."""
    needed_by: dict[int, list[int]] = {}
    for place, others in needs.items():
        for other in others:
            needed_by.setdefault(other, []).append(place)
    open_needs = {place: len(others) for place, others in needs.items()}
    ready = sorted((place for place, count in open_needs.items() if not count), reverse=True)
    done: list[int] = []
    while ready:
        place = ready.pop()
        done.append(place)
        for other in sorted(needed_by.get(place, ()), reverse=True):
            open_needs[other] -= 1
            if not open_needs[other]:
                ready.append(other)
    stuck = {place for place, count in open_needs.items() if count}
    return done, sorted(place for place in stuck if _reaches(place, place, needs))


def longest_chain(order: list[int], needs: dict[int, set[int]]) -> int:
    """Return how many items depend on each other in a row, at most."""
    length: dict[int, int] = {}
    for place in order:
        length[place] = 1 + max((length[other] for other in needs[place]), default=0)
    return max(length.values(), default=0)


def _reaches(start: int, goal: int, needs: dict[int, set[int]]) -> bool:
    """Tell whether `goal` is needed by `start`, at however many removes."""
    seen, todo = set(), list(needs[start])
    while todo:
        place = todo.pop()
        if place == goal:
            return True
        if place not in seen:
            seen.add(place)
            todo += needs[place]
    return False
