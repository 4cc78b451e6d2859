"""The answers of an inspection as its form asked them: labels, choices, what is wrong, what could not be told."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fieldsync.console import display
from fieldsync.domain import inspections
from fieldsync.fields import Field
from fieldsync.forms.evaluate import Node, Plan, Run
from fieldsync.language import is_chinese, pick
from fieldsync.sync.records import Record

FIELDS = inspections.FIELDS
# What the head, the side or another part of the page shows already.
_ELSEWHERE = frozenset(
    ["record_no", "state", "site_id", "town_code", "created_by", "form", "review_comment", "reviewed_by",
     "reviewed_at", "approved_rev", "state_before", "review_reason", "salt"]
)  # fmt: skip
_APART = ("signatures", "could_not", "county")
_ROW = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Answer:
    """One answer in words: what is wrong with it, and what the county holds instead."""

    path: str
    label: str
    text: str
    issues: tuple[str, ...]
    county: str
    comment: str


@dataclass(frozen=True)
class Open:
    """A question without an answer: why the inspector could not tell, or what its form says of that."""

    label: str
    text: str
    is_explained: bool


class Sheet:
    """An inspection's answers beside its form, where this server knows the form."""

    def __init__(self, body: Mapping[str, Any], plan: Plan | None, shots: Iterable[Record], received_at: str):
        self.body, self.plan = body, plan
        counts: dict[str, int] = {}
        for shot in shots:
            counts[shot.text("question")] = counts.get(shot.text("question"), 0) + 1
        context = {"now": _in_china(received_at), "counts": counts}
        self.run = Run(plan, body, context) if plan is not None else None
        self.wrong = self._wrong()

    def _wrong(self) -> dict[str, list[str]]:
        """Return what the form says is wrong, by path, in words."""
        found: dict[str, list[str]] = {}
        for problem in self.run.problems() if self.run is not None else ():
            found.setdefault(problem["path"], []).append(problem["messages"][0 if is_chinese() else 1])
        return found

    def node(self, path: str) -> Node | None:
        """Return the question that a path answers."""
        if self.plan is None:
            return None
        return self.plan.by_path.get("/".join("*" if _ROW.fullmatch(part) else part for part in path.split("/")))

    def label(self, path: str) -> str:
        """Return what a path is called: by its question, else by its field."""
        node = self.node(path)
        if node is not None and self.run is not None and node.item.get("labels"):
            row = next((part for part in path.split("/") if _ROW.fullmatch(part)), "")
            if printed := self.run.printed(node.item["labels"], row)[0 if is_chinese() else 1]:
                own = display.label(FIELDS, path, self.numbers)
                return printed if not row else own if own.endswith(printed) else f"{own} ({printed})"
        parent = path.rpartition("/")[0]
        if parent and self.node(parent) is not None and self.node(path) is None and parent.startswith("answers/"):
            return self.label(parent)
        return display.label(FIELDS, path, self.numbers)

    @property
    def numbers(self) -> display.Numbers:
        """The numbers of the rows."""
        return display.numbers(self.body)

    def show(self, path: str, value: Any) -> str:
        """Return a value in words: by the choices of its question, else by its field."""
        node, ticked = self.node(path), path.rpartition("/")
        if node is None and value is True and ticked[0].startswith("answers/"):
            node, value = self.node(ticked[0]), ticked[2]
        choices = self.plan.labels.get(node.item.get("choices", ""), {}) if node and self.plan else {}
        if type(value) is str and value in choices:
            return pick(tuple(choices[value]))
        return display.show(FIELDS.find(path), path, value)

    def is_shown(self, path: str) -> bool:
        """Tell whether a path is an answer that people read here."""
        head = path.partition("/")[0]
        if path in _ELSEWHERE or head in _APART or head == "review_fields":
            return False
        node = self.node(path)
        return node is None or node.kind != "calculate" or bool(_plain(node.item.get("labels")))

    # What the page shows

    def answers(self) -> list[Answer]:
        """Return the answers in the order of the declarations."""
        lines = [line for line in display.lines(FIELDS, self.body) if self.is_shown(line.path)]
        return [self._answer(line) for line in lines]

    def _answer(self, line: display.Line) -> Answer:
        path, body = line.path, self.body
        issues = [*([line.issue] if line.issue else []), *self.wrong.get(path, ())]
        county = body.get(f"county/{path}")
        return Answer(
            path, self.label(path), self.show(path, body[path]), tuple(issues),
            "" if county is None else self.show(path, county), str(body.get(f"review_fields/{path}") or ""),
        )  # fmt: skip

    def open_questions(self) -> list[Open]:
        """Return what was not answered: with the inspector's reason, or as the form finds it wrong."""
        reasons = {p[10:].replace("__", "/"): str(v) for p, v in self.body.items() if p.startswith("could_not/")}
        explained = [Open(self.label(path), text, True) for path, text in sorted(reasons.items())]
        lacking = [path for path in self.wrong if path not in self.body and path not in reasons]
        return explained + [Open(self.label(path), "；".join(self.wrong[path]), False) for path in lacking]

    def views_alone(self) -> list[Answer]:
        """Return the county's values of questions that the township did not answer."""
        paths = [p for p in self.body if p.startswith("county/") and p.removeprefix("county/") not in self.body]
        return [
            Answer(p, display.label(FIELDS, p), self.show(p.removeprefix("county/"), self.body[p]), (), "", "")
            for p in sorted(paths)
        ]


def _plain(labels: Any) -> bool:
    """Tell whether labels say anything."""
    return bool(labels) and (not isinstance(labels, list) or any(labels))


def _in_china(text: str) -> str:
    """Return a time of the wire as clocks in the county show it."""
    try:
        return datetime.fromisoformat(text).astimezone(display.zone()).isoformat()
    except ValueError:
        return text


def correctable(path: str, writable: Iterable[str]) -> Field | None:
    """Return the field that the county may put a value of its own beside, or None."""
    spec = FIELDS.find(path)
    if spec is None or spec.policy in ("server", "once", "county") or spec.kind not in writable:
        return None
    return spec
