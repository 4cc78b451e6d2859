"""Answers under the rules of a compiled form: what is relevant, what is reckoned, what is wrong.

The twin of static/lib/expr.js; tests/vectors/form_vectors.json and a random comparison hold the two together.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from fieldsync.forms.functions import Closure, build, condition
from fieldsync.forms.readers import READERS, point, worth
from fieldsync.forms.results import Result
from fieldsync.forms.shortcuts import Accepts, Shortcut, accepts, is_single, shortcut
from fieldsync.forms.values import Value, stored, text, zone_of

Answers = Mapping[str, Any]
Labels = Any

MESSAGES = {
    "required": ["此项必填", "An answer is required"],
    "constraint": ["内容不符合要求", "The answer is not acceptable"],
    "type": ["内容类型不对", "The answer has the wrong type"],
    "choice": ["没有这个选项", "There is no such choice"],
    "too-long": ["内容过多", "The answer is too long"],
}
# Kinds that nobody answers: nothing about them can be wrong.
_SILENT = ("note", "calculate")


# Of every question: itself, its path, whether it is single, whether optional, what it accepts, its shortcut.
Entry = tuple["Node", str, bool, bool, Accepts | None, Shortcut | None]


@dataclass
class Node:
    """One item of a form with its expressions compiled; `repeat` is the path of the repeat it lies in."""

    item: dict[str, Any]
    parent: "Node | None"
    repeat: str
    path: str
    relevant: Closure | None = None
    required: Closure | None = None
    constraint: Closure | None = None
    calculation: Closure | None = None
    filter: Closure | None = None
    inside: list["Node"] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Note what is asked again and again."""
        self.kind = self.item["kind"]
        self.parent_repeat = self.parent.repeat if self.parent else ""
        self.always: bool = "relevant" not in self.item and (self.parent is None or self.parent.always)
        self.is_single = is_single(self)

    def compile(self, plain: Collection[str], names: Collection[str]) -> None:
        """Compile what the item says; `names`: its choices."""
        for name, make in (("relevant", condition), ("required", condition), ("constraint", condition),
                           ("calculation", build), ("filter", condition)):  # fmt: skip
            if name in self.item:
                setattr(self, name, make(self.item[name], plain))
        around = self.parent.conditions if self.parent and self.parent.kind != "repeat" else []
        self.conditions: list[Closure] = [*around, *([self.relevant] if self.relevant else [])]
        self.entry = (
            self, self.path, self.is_single, "required" not in self.item, accepts(self, names),
            shortcut(self, names),
        )  # fmt: skip


class Plan:
    """A compiled form made ready to evaluate; made once, used by any number of threads."""

    def __init__(self, form: Mapping[str, Any]):
        self.form = form
        self.tops = [self._node(item, None, "") for item in form["items"]]
        every = list(_every(self.tops))
        ordered = [every[place] for place in form["order"]] if "order" in form else every
        self.valued = [node for node in ordered if node.kind not in ("group", "repeat", "note")]
        self.by_path = {node.path: node for node in every if node.kind != "group"}
        self.labels = {
            name: {choice["name"]: choice["labels"] for choice in listed}
            for name, listed in form.get("choices", {}).items()
        }
        self.plain = {
            node.path for node in every
            if node.kind in ("text", "select_one") and node.always and node.is_single and not node.repeat
        }  # fmt: skip
        for node in every:
            node.compile(self.plain, self.labels.get(node.item.get("choices", ""), {}))
        asked = [node for node in every if node.kind not in ("group", "repeat", *_SILENT)]
        self.counted = _stretches(asked)
        self.uncounted = _stretches([node for node in asked if node.kind != "image"])

    def _node(self, item: dict[str, Any], parent: Node | None, repeat: str) -> Node:
        kind = item["kind"]
        path = item.get("path") or (f"{repeat}/*/{item['name']}" if repeat else item["name"])
        node = Node(item, parent, repeat, path)
        within = path if kind == "repeat" else repeat
        node.inside = [self._node(inner, node, within) for inner in item.get("items", ())]
        return node

    def evaluate(self, answers: Answers, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return {answers, hidden, problems} as docs/forms.md says."""
        run = Run(self, answers, context)
        # What others need comes first: nothing reckons through a long chain at once, which Python's stack forbids.
        for node in self.valued:
            for row in run.rows_of(node.repeat) if node.repeat else ("",):
                run.value(node, row)
        found = Result(run)
        for node in self.tops:
            found.walk(node, "")
        return {"answers": found.kept(), "hidden": found.hidden, "problems": run.problems()}

    def problems(self, answers: Answers, context: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the problems alone: relevance is asked only where something would be wrong."""
        return Run(self, answers, context).problems()

    def faults(self, answers: Answers, context: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return the problems as pairs (path, code), without their messages."""
        return [(path, code) for _, _, path, code in Run(self, answers, context).faults()]


def _stretches(asked: list[Node]) -> list[tuple[str, list[Entry]]]:
    """Return the questions that follow each other in the same repeat, or in none."""
    grouped = groupby(asked, lambda node: node.repeat)
    return [(repeat, [node.entry for node in nodes]) for repeat, nodes in grouped]


def _every(nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _every(node.inside)


def evaluate(form: Mapping[str, Any], answers: Answers, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return {answers, hidden, problems} of answers under a compiled form; `context`: {now, counts?}."""
    return Plan(form).evaluate(answers, context)


def choices_of(
    form: Mapping[str, Any], item: dict[str, Any], answers: Answers, row: str, context: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the choices of an item that its filter lets through."""
    plan = Plan(form)
    return Run(plan, answers, context).choices(plan.by_path[item["path"]], row)


def label_of(
    form: Mapping[str, Any], labels: Labels, answers: Answers, row: str, context: Mapping[str, Any]
) -> list[str]:
    """Return labels, hints or messages [zh, en] with their references printed."""
    return Run(Plan(form), answers, context).printed(labels, row)


class Run:
    """One evaluation: the answers, and what was found out so far."""

    def __init__(self, plan: Plan, answers: Answers, context: Mapping[str, Any]):
        self.plan, self.answers = plan, answers
        self.now: str = text(context.get("now") or "")
        self.counts: Mapping[str, int] | None = context.get("counts")
        self._offset: int | None = None
        self.own: Value = ""
        self.before: Value = ""
        self.choice: Mapping[str, Any] = {}
        self.language = 0
        self._values: dict[tuple[str, str], Value] = {}
        self._relevant: dict[tuple[str, str], bool] = {}
        self._rows: dict[str, list[str]] = {}
        self._markers: dict[str, list[str]] = {}
        for path, value in answers.items():
            if value is True and "/" in path:
                parent, _, child = path.rpartition("/")
                self._markers.setdefault(parent, []).append(child)

    @property
    def offset(self) -> int:
        """The minutes that the place of `now` is ahead of UTC."""
        if self._offset is None:
            self._offset = zone_of(self.now)
        return self._offset

    # What expressions ask

    def value_at(self, path: str, row: str) -> Value:
        """Return the value of a question, empty where it is not relevant."""
        return self.value(self.plan.by_path[path], row)

    def rows_of(self, path: str) -> list[str]:
        """Return the rows of a repeat, or of the repeat that a question's path lies in; none if it is hidden."""
        path = path.partition("/*/")[0]
        if path not in self._rows:
            shown = self.is_relevant(self.plan.by_path[path], "")
            self._rows[path] = sorted(self._markers.get(path, ())) if shown else []
        return self._rows[path]

    def place_of(self, row: str, path: str) -> int:
        """Return the place of a row in its repeat, from 1."""
        return self.rows_of(path).index(row) + 1

    def choice_column(self, name: str) -> Value:
        """Return a column of the choice that is being filtered."""
        if name == "name":
            return str(self.choice["name"])
        return text(self.choice.get("more", {}).get(name, ""))

    def choice_labels(self, listed: str, names: str) -> str:
        """Return the labels of the named choices."""
        known = self.plan.labels[listed]
        found = [known[name][self.language] if name in known else name for name in names.split(" ")]
        return ("、", ", ")[self.language].join(found)

    # Values

    def is_relevant(self, node: Node, row: str) -> bool:
        """Tell whether an item is relevant, and so is everything around it."""
        if node.always:
            return True
        key = (node.path, row)
        known = self._relevant.get(key)
        if known is None:
            around = node.parent is None or self.is_relevant(node.parent, row if node.parent_repeat else "")
            known = around and (node.relevant is None or self._aside(node.relevant, row, ""))
            self._relevant[key] = known
        return known

    def value(self, node: Node, row: str) -> Value:
        """Return what a question's answer is worth in expressions."""
        key = (node.path, row)
        if key not in self._values:
            self._values[key] = self._find(node, row) if self.is_relevant(node, row) else ""
        return self._values[key]

    def _find(self, node: Node, row: str) -> Value:
        path = node.path.replace("*", row)
        if node.calculation is None:
            return self.given(node, path)[0]
        return worth(stored(self._aside(node.calculation, row, worth(self.answers.get(path)))))

    def _aside(self, closure: Closure, row: str, before: Value) -> Value:
        """Return what an expression gives for itself, whatever is being reckoned or printed around it."""
        kept, self.before, self.language = (self.before, self.language), before, 0
        value = closure(self, row)
        self.before, self.language = kept
        return value

    def given(self, node: Node, path: str) -> tuple[Value, bool]:
        """Return the answer at a path as a value, and whether it has the right type."""
        kind = node.kind
        if kind == "select_multiple":
            return self._ticked(node, path), path not in self.answers
        if kind == "image":
            return (float(self.counts.get(path, 0)) if self.counts is not None else ""), True
        if kind == "signature":
            return float(len(self._markers.get(path, ()))), True
        if path == "position" and kind == "geopoint":
            return point(self.answers.get("lat"), self.answers.get("lon"), self.answers.get("accuracy_m"))
        raw = self.answers.get(path)
        return ("", True) if raw is None or raw == "" else READERS[kind](raw)

    def _ticked(self, node: Node, path: str) -> str:
        """Return the ticked choices in the order of their list, then those that are not on it."""
        ticked = self._markers.get(path, ())
        if not ticked:
            return ""
        known = self.plan.labels[node.item["choices"]]
        return " ".join([name for name in known if name in ticked] + sorted(t for t in ticked if t not in known))

    def choices(self, node: Node, row: str) -> list[dict[str, Any]]:
        """Return the choices of a question that its filter lets through."""
        listed: list[dict[str, Any]] = self.plan.form["choices"][node.item["choices"]]
        if node.filter is None:
            return listed
        return [choice for choice in listed if self._passes(node.filter, choice, row)]

    def _passes(self, closure: Closure, choice: Mapping[str, Any], row: str) -> bool:
        self.choice = choice
        return bool(closure(self, row))

    def printed(self, labels: Labels, row: str) -> list[str]:
        """Return labels [zh, en] with the parts that are expressions printed."""
        if isinstance(labels, list):
            return labels
        made = []
        for language, parts in enumerate(labels["parts"]):
            self.language = language
            made.append(
                "".join(
                    part if type(part) is str else text(build(part, self.plan.plain)(self, row)) for part in parts
                )
            )
        self.language = 0
        return made

    # Problems

    def problems(self) -> list[dict[str, Any]]:
        """Return what is wrong, with messages, in the order of the form."""
        found = []
        for node, row, path, code in self.faults():
            about = {"required": "requiredMessages", "constraint": "constraintMessages"}.get(code, "")
            messages = self.printed(node.item.get(about) or MESSAGES[code], row)
            found.append({"path": path, "code": code, "messages": messages})
        return found

    def faults(self) -> Iterator[tuple[Node, str, str, str]]:
        """Yield (question, row, path, code) of what is wrong; photos are passed by where nobody counted them."""
        answers, markers = self.answers, self._markers
        for repeat, nodes in self.plan.uncounted if self.counts is None else self.plan.counted:
            for row in self.rows_of(repeat) if repeat else ("",):
                for node, path, single, optional, fits, is_right in nodes:
                    if row:
                        path = path.replace("*", row)
                    if single:
                        raw = answers.get(path)
                        if optional if raw is None else fits and raw != "" and fits(raw):
                            continue
                    elif is_right and is_right(answers, markers, path):
                        continue
                    if self._holds(node.conditions, row) and (code := self._fault(node, row, path)):
                        yield node, row, path, code

    def _holds(self, conditions: list[Closure], row: str) -> bool:
        """Tell whether a question that lies in a relevant repeat, or in none, is relevant itself."""
        return all(closure(self, row) for closure in conditions) if conditions else True

    def _fault(self, node: Node, row: str, path: str) -> str:
        """Return the code of what is wrong with a relevant question; empty where nothing is."""
        if node.is_single and path not in self.answers:
            return "required" if node.required and self._lacks(node.required, row, path) else ""
        value, is_typed = (self.value(node, row), True) if node.calculation else self.given(node, path)
        if not is_typed:
            return "type"
        if value == "" or (value == 0 and node.kind in ("image", "signature")):
            return "required" if node.required and self._lacks(node.required, row, path) else ""
        if "choices" in node.item and not self._is_offered(node, row, value):
            return "choice"
        if "most" in node.item and (len(value) if type(value) is str else value) > node.item["most"]:
            return "too-long"
        self.own = value
        return "constraint" if node.constraint and not node.constraint(self, row) else ""

    def _lacks(self, required: Closure, row: str, path: str) -> bool:
        return required(self, row) and not self.answers.get("could_not/" + path.replace("/", "__"))

    def _is_offered(self, node: Node, row: str, value: Value) -> bool:
        names = value.split(" ") if node.kind == "select_multiple" else [value]
        if node.filter is None:
            return all(name in self.plan.labels[node.item["choices"]] for name in names)
        offered = {choice["name"] for choice in self.choices(node, row)}
        return all(name in offered for name in names)
