"""Drafts made into items of the compiled form: texts, expressions, choices, defaults."""

import re
from collections.abc import Callable, Collection
from typing import Any

from fieldsync.fields import Fields
from fieldsync.forms.choices import AS_PATH
from fieldsync.forms.drafts import Draft
from fieldsync.forms.expressions import Expr, parse
from fieldsync.forms.mistakes import ExpressionRefused, Mistake
from fieldsync.forms.scopes import FormScope, Names

_YES = ("yes", "true", "true()", "1", "是")
_NO = ("no", "false", "false()", "0", "否", "")
_REFERENCE = re.compile(r"\$\{\s*([^{}]*?)\s*\}")
_CALL = re.compile(r"-?[a-z][a-z0-9:-]*\(.*", re.DOTALL)
_PARAMETER = re.compile(r"(\w+)\s*=\s*(\S+?)[\s,;]*(?=\w+\s*=|$)")
_OUT_OF_RANGE = ["数值超出范围", "The number is out of range"]
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,7})?")
_DEFAULTS: dict[str, tuple[re.Pattern[str], Callable[[str], Any]]] = {
    "integer": (re.compile(r"-?\d{1,15}"), int), "decimal": (_NUMBER, float), "range": (_NUMBER, float),
    "date": (re.compile(r"\d{4}-\d\d-\d\d"), str), "time": (re.compile(r"\d\d:\d\d(:\d\d)?"), str),
    "acknowledge": (re.compile(r"yes|true|OK|1|是", re.IGNORECASE), lambda _text: True),
    "geopoint": (re.compile(r"(?!)"), str), "geotrace": (re.compile(r"(?!)"), str),
    "image": (re.compile(r"(?!)"), str), "signature": (re.compile(r"(?!)"), str),
}  # fmt: skip
# Kinds that nobody answers.
_SILENT = ("note", "calculate", "group", "repeat")
_REFUSED = ("repeat_count", "trigger")


class Questions:
    """Makes items one by one; gathers mistakes, what is needed by whom, which lists and columns are used."""

    def __init__(self, names: Names, site: Fields, roles: Collection[str]):
        self.names, self.site, self.roles = names, site, roles
        self.mistakes: list[Mistake] = []
        self.warnings: list[Mistake] = []
        self.needs: dict[int, list[Draft]] = {}
        self.used: set[str] = set()
        self.read_columns: set[str] = set()

    def item(self, draft: Draft) -> dict[str, Any]:
        """Return the compiled item of a draft and of all that lies in it."""
        made: dict[str, Any] = {"kind": draft.kind, "name": draft.name}
        if draft.path:
            made["path"] = draft.path
        made["labels"] = self._labels(draft)
        for column in _REFUSED:
            if draft.row.text(column):
                self._complain(draft, column, f"不支持 {column}", f"{column} is not supported")
        appearance = " ".join(word for word in draft.row.text("appearance").split() if word != "signature")
        made |= {"appearance": appearance} if appearance else {}
        made |= self._relevance(draft)
        if draft.kind in ("group", "repeat"):
            return made | {"items": [self.item(inner) for inner in draft.inside]}
        made |= self._texts(draft) | self._calculation(draft) | self._choices(draft) | self._more(draft)
        return made | (self._rules(draft) if draft.kind not in _SILENT else {}) | self._default(draft)

    def _complain(self, draft: Draft, column: str, zh: str, en: str) -> None:
        self.mistakes.append(Mistake(draft.row.where(column), zh, en))

    # Texts

    def _labels(self, draft: Draft) -> Any:
        labels = self._spoken(draft, "label")
        if labels is None:
            if draft.kind not in ("group", "calculate"):
                self._complain(draft, "label", "缺少文字", "the label is missing")
            return ["", ""]
        return labels

    def _texts(self, draft: Draft) -> dict[str, Any]:
        columns = {
            "hint": "hints", "constraint_message": "constraintMessages", "required_message": "requiredMessages",
        }  # fmt: skip
        found = {name: self._spoken(draft, column) for column, name in columns.items()}
        return {name: labels for name, labels in found.items() if labels is not None}

    def _spoken(self, draft: Draft, column: str) -> Any:
        """Return [zh, en], or {"parts": ...} where a text refers to questions; None where there is none."""
        spoken = draft.row.spoken(column)
        if spoken is None:
            return None
        if not any("${" in text for text, _ in spoken):
            return [text for text, _ in spoken]
        return {"parts": [self._parts(draft, text, where) for text, where in spoken]}

    def _parts(self, draft: Draft, text: str, where: str) -> list[Any]:
        pieces = _REFERENCE.split(text)
        parts: list[Any] = [
            self._printed(draft, piece, where) if number % 2 else piece for number, piece in enumerate(pieces)
        ]
        return [part for part in parts if part != ""]

    def _printed(self, draft: Draft, name: str, where: str) -> Expr:
        """Return what prints `${name}`: of a choice its label."""
        scope = FormScope(self.names, draft, "label")
        try:
            tree = scope.reference(name, "one")
            listed = scope.choice_list(name)
        except ExpressionRefused as refused:
            self.mistakes.append(Mistake(where, refused.zh, refused.en))
            return ""
        if not listed:
            return tree
        self.used.add(listed)
        return ["jr:choice-name", tree, listed]

    # Expressions

    def _parse(self, draft: Draft, column: str, use: str, text: str = "") -> Expr:
        """Return the tree of a column; a mistake in it is noted, and None returned."""
        scope = FormScope(self.names, draft, use)
        try:
            tree = parse(text or draft.row.text(column), scope)
        except ExpressionRefused as refused:
            self._complain(draft, column, refused.zh, refused.en)
            return None
        self.read_columns |= scope.read_columns
        self.used |= _lists_in(tree)
        if use in ("relevant", "calculation"):
            self.needs.setdefault(id(draft), []).extend(scope.needs)
        return tree

    def _relevance(self, draft: Draft) -> dict[str, Any]:
        given = draft.row.text("relevant")
        if given.lower() in ("", *_YES[:3]):
            return {}
        return {"relevant": self._parse(draft, "relevant", "relevant")}

    def _calculation(self, draft: Draft) -> dict[str, Any]:
        if not draft.row.text("calculation"):
            return {}
        if draft.kind in ("select_multiple", "image", "signature", "geopoint", "geotrace", "note"):
            self._complain(draft, "calculation", "此题型不能计算", "this type cannot be reckoned")
        made = {"calculation": self._parse(draft, "calculation", "calculation")}
        return made | ({"readOnly": True} if draft.kind != "calculate" else {})

    def _rules(self, draft: Draft) -> dict[str, Any]:
        """Return required and constraint; numbers get the bounds of the field that they fill."""
        made: dict[str, Any] = {}
        required = draft.row.text("required")
        if required.lower() in _YES:
            made["required"] = True
        elif required.lower() not in _NO:
            made["required"] = self._parse(draft, "required", "required")
        if draft.row.text("constraint"):
            made["constraint"] = self._parse(draft, "constraint", "constraint")
        elif bounds := self._bounds(draft):
            made |= {"constraint": bounds, "constraintMessages": _OUT_OF_RANGE}
        return made

    def _bounds(self, draft: Draft) -> Expr:
        spec, tests = draft.spec, []
        if draft.kind == "range":
            span = self._range(draft)
            tests = [[">=", ["self"], span["start"]], ["<=", ["self"], span["end"]]]
        elif spec is not None and spec.kind in ("integer", "number"):
            tests = [[sign, ["self"], _plain(edge)] for sign, edge in ((">=", spec.least), ("<=", spec.most))
                     if edge is not None]  # fmt: skip
        return ["and", *tests] if len(tests) > 1 else tests[0] if tests else None

    # Choices

    def _choices(self, draft: Draft) -> dict[str, Any]:
        if not draft.listed:
            return {}
        listed = self.names.lists.get(draft.listed)
        if listed is None:
            self._complain(
                draft, "type", f"choices 表中没有列表 {draft.listed}", f"the choices have no list {draft.listed}"
            )
            return {}
        self.used.add(draft.listed)
        self._check_choices(draft, [str(choice["name"]) for choice in listed])
        made: dict[str, Any] = {"choices": draft.listed}
        if draft.row.text("choice_filter"):
            made["filter"] = self._parse(draft, "choice_filter", "filter")
        return made

    def _check_choices(self, draft: Draft, names: list[str]) -> None:
        known = draft.spec.choices if draft.spec else None
        for name in names:
            if draft.kind == "select_multiple" and not AS_PATH.fullmatch(name):
                self._complain(
                    draft, "type", f"多选题的选项名 {name} 须为字母、数字、下划线或连字符",
                    f"{name}: choices of select_multiple are named in letters, digits, `_` or `-`",
                )  # fmt: skip
            elif known is not None and name not in known:
                self._complain(
                    draft, "type", f"{draft.name} 没有选项 {name}", f"{name} is not a choice of {draft.name}"
                )

    # The rest

    def _more(self, draft: Draft) -> dict[str, Any]:
        row = draft.row
        made: dict[str, Any] = {}
        if row.text("read_only").lower() in _YES:
            made["readOnly"] = True
        elif row.text("read_only").lower() not in _NO:
            self._complain(draft, "read_only", "只能写 yes 或 no", "only yes or no is possible here")
        if row.text("carry").lower() in _YES:
            made["carry"] = True
        if draft.kind == "range":
            made["range"] = self._range(draft)
        elif row.text("parameters"):
            self.warnings.append(Mistake(row.where("parameters"), "parameters 不使用", "parameters are not used"))
        return made | self._most(draft) | self._role(draft) | self._site(draft)

    def _most(self, draft: Draft) -> dict[str, Any]:
        given = draft.row.text("most")
        limit = int(draft.spec.most) if draft.kind == "text" and draft.spec and draft.spec.most else None
        if given:
            if not (given.isdecimal() and given.isascii() and 0 < int(given[:9]) <= 100_000):
                self._complain(draft, "most", "须为正整数", "this must be a whole number above 0")
            elif draft.kind not in ("text", "image"):
                self._complain(draft, "most", "只用于文字和照片", "this is for texts and photos only")
            else:
                limit = min(int(given), limit or 100_000)
        return {"most": limit} if limit and not draft.row.text("calculation") else {}

    def _role(self, draft: Draft) -> dict[str, Any]:
        role = draft.row.text("role")
        if role and (draft.kind != "image" or role not in self.roles):
            self._complain(draft, "role", f"没有照片用途 {role}", f"photos have no role {role}")
        return {"role": role} if role else {}

    def _site(self, draft: Draft) -> dict[str, Any]:
        """Return which field of the site the phone fills in beforehand, for names that begin with `site_`."""
        if not draft.name.startswith("site_") or draft.path != f"answers/{draft.name}":
            return {}
        for name in (draft.name, draft.name.removeprefix("site_")):
            if self.site.find(name) is not None:
                return {"site": name}
        self._complain(draft, "name", f"档案没有字段 {draft.name}", f"a site has no field {draft.name}")
        return {}

    def _range(self, draft: Draft) -> dict[str, Any]:
        given = dict(_PARAMETER.findall(draft.row.text("parameters")))
        try:
            found = {name: _plain(float(given.get(name, start))) for name, start in
                     (("start", "1"), ("end", "10"), ("step", "1"))}  # fmt: skip
        except (ValueError, OverflowError):
            found = {"start": 1, "end": 0, "step": 1}
        if set(given) - set(found) or not found["start"] < found["end"] <= 1e9 or found["step"] <= 0:
            self._complain(
                draft, "parameters", "须写成 start=1 end=10 step=1", "this is written start=1 end=10 step=1"
            )
        return found

    def _default(self, draft: Draft) -> dict[str, Any]:
        given = draft.row.text("default")
        if not given:
            return {}
        if "${" in given or _CALL.fullmatch(given):
            return {"default": {"calc": self._parse(draft, "default", "default")}}
        names = self.names.lists.get(draft.listed)
        known = {choice["name"] for choice in names} if names is not None else None
        pattern, convert = _DEFAULTS.get(draft.kind, (re.compile(".*", re.DOTALL), str))
        wrong = not pattern.fullmatch(given) or (known is not None and not set(given.split(" ")) <= known)
        if wrong:
            self._complain(draft, "default", f"默认值“{given}”不适合此题", f"`{given}` does not fit this question")
            return {}
        value = convert(given)
        return {"default": _plain(value) if isinstance(value, float) else value}


def _plain(number: float) -> int | float:
    """Return a number as JSON people write it."""
    return int(number) if number == int(number) else number


def _lists_in(tree: Expr) -> set[str]:
    """Return the choice lists whose labels a tree prints."""
    if not isinstance(tree, list):
        return set()
    own = {tree[2]} if tree[0] == "jr:choice-name" else set()
    return own.union(*(_lists_in(part) for part in tree[1:]))
