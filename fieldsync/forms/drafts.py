"""The rows of the survey sheet as a tree of drafts: kind, name, path in the record, place in the sheet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from fieldsync.fields import Field, Fields
from fieldsync.forms.mistakes import Mistake
from fieldsync.forms.tables import Row

KINDS = {
    "text": "text", "string": "text", "int": "integer", "integer": "integer", "decimal": "decimal",
    "date": "date", "time": "time", "datetime": "datetime", "date time": "datetime", "geopoint": "geopoint",
    "gps": "geopoint", "location": "geopoint", "geotrace": "geotrace", "image": "image", "photo": "image",
    "note": "note", "calculate": "calculate", "hidden": "calculate", "range": "range",
    "acknowledge": "acknowledge", "trigger": "acknowledge",
}  # fmt: skip
# What the phone notes by itself: such rows of other tools' forms are passed by.
PASSED_BY = (
    "start", "end", "today", "deviceid", "username", "phonenumber", "email", "audit", "subscriberid", "simserial",
    "start-geopoint", "background-geopoint",
)  # fmt: skip
_SELECT = re.compile(
    r"(select_one|select one(?: from)?|select1|select_multiple|select multiple(?: from)?"
    r"|select all that apply(?: from)?)\s+(\S+)(\s+or[_ ]other)?",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"(begin|end)[ _](group|repeat)", re.IGNORECASE)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
# Kinds of a noun's field that a question of a kind may fill.
_FITS: Mapping[str, tuple[str, ...]] = {
    "text": ("text",), "integer": ("integer", "number"), "decimal": ("number",), "range": ("integer", "number"),
    "date": ("date",), "time": ("text",), "datetime": ("time",), "select_one": ("choice", "text"),
    "acknowledge": ("boolean",), "calculate": ("text", "choice", "number", "integer", "boolean", "date", "time"),
}  # fmt: skip
_DEEPEST = 8


@dataclass
class Draft:
    """One row of the survey: what it will become, and where it stands."""

    row: Row
    kind: str
    name: str
    listed: str = ""
    parent: "Draft | None" = None
    path: str = ""
    spec: Field | None = None
    inside: list["Draft"] = field(default_factory=list)

    @property
    def repeat(self) -> "Draft | None":
        """The repeat that this row lies in."""
        around = self.parent
        while around is not None and around.kind != "repeat":
            around = around.parent
        return around


class Survey:
    """All drafts of a form, in order, with the mistakes made in naming them."""

    def __init__(self, rows: list[Row], fields: Fields):
        self.fields = fields
        self.tops: list[Draft] = []
        self.every: list[Draft] = []
        self.mistakes: list[Mistake] = []
        self.warnings: list[Mistake] = []
        self._open: list[Draft] = []
        for row in rows:
            self._read(row)
        for draft in self._open:
            self._complain(draft, "type", "没有对应的 end", f"this {draft.kind} is not ended")
        self._check_names()
        for draft in self.every:
            self._lay(draft)

    def _complain(self, draft: Draft, column: str, zh: str, en: str) -> None:
        self.mistakes.append(Mistake(draft.row.where(column), zh, en))

    def _read(self, row: Row) -> None:
        given = " ".join(row.text("type").split())
        bracket = _BRACKET.fullmatch(given)
        if bracket and bracket[1].lower() == "end":
            self._end(row, bracket[2].lower())
        elif given.lower() in PASSED_BY:
            self.warnings.append(
                Mistake(
                    row.where("type"),
                    f"{given}：手机自行记录，此行不使用",
                    f"{given}: the phone notes this itself",
                )
            )
        else:
            self._add(row, given, bracket[2].lower() if bracket else "")

    def _end(self, row: Row, kind: str) -> None:
        if self._open and self._open[-1].kind == kind:
            self._open.pop()
        else:
            self.mistakes.append(
                Mistake(row.where("type"), f"多余的 end {kind}", f"there is no {kind} to end here")
            )

    def _add(self, row: Row, given: str, bracket: str) -> None:
        select = _SELECT.fullmatch(given)
        kind = bracket or (_select_kind(select[1]) if select else KINDS.get(given.lower(), ""))
        if kind == "image" and "signature" in row.text("appearance").split():
            kind = "signature"
        draft = Draft(
            row, kind, row.text("name"), select[2] if select else "", self._open[-1] if self._open else None
        )
        if not kind or (select and select[3]):
            self._complain(
                draft, "type", f"不支持的题型：{given or '空'}", f"no such type here: {given or 'empty'}"
            )
            draft.kind = "note"
        (draft.parent.inside if draft.parent else self.tops).append(draft)
        self.every.append(draft)
        if bracket:
            self._begin(draft)

    def _begin(self, draft: Draft) -> None:
        if draft.kind == "repeat" and draft.repeat:
            self._complain(draft, "type", "重复组中不能再有重复组", "a repeat cannot hold another repeat")
        if len(self._open) >= _DEEPEST:
            self._complain(draft, "type", "分组嵌套过深", "groups are nested too deeply")
        self._open.append(draft)

    def _check_names(self) -> None:
        taken: dict[tuple[int, str], Draft] = {}
        for draft in self.every:
            name = draft.name
            if not _NAME.fullmatch(name) or "__" in name:
                self._complain(
                    draft, "name", f"名称“{name}”须以小写字母开头，只含小写字母、数字和单个下划线，最多 40 个",
                    f"`{name}`: a lower-case letter, then letters, digits and single underscores, at most 40",
                )  # fmt: skip
            key = (id(draft.repeat), name)
            if key in taken:
                before = taken[key].row.number
                self._complain(
                    draft, "name", f"名称 {name} 已在第 {before} 行使用", f"{name} is the name of row {before}"
                )
            taken.setdefault(key, draft)

    # Paths: the noun's own field where it has one, else `answers/<name>`

    def _lay(self, draft: Draft) -> None:
        """Give a draft its path in the record; complain where the noun cannot take it."""
        if draft.kind == "group":
            return
        if draft.repeat is not None:
            self._lay_cell(draft, draft.repeat)
        elif draft.kind == "signature":
            draft.path = "signatures"
            if self.fields.find("signatures/x") is None:
                self._complain(draft, "type", "此类记录没有签名", "this kind of record has no signatures")
        elif draft.kind == "geopoint" and draft.name == "position" and self.fields.find("lon"):
            draft.path = "position"
        else:
            self._lay_top(draft)

    def _lay_top(self, draft: Draft) -> None:
        name = draft.name
        marker = self.fields.find(f"{name}/x")
        is_marker = marker is not None and marker.is_marker and draft.kind in ("repeat", "select_multiple")
        spec = marker if is_marker else self.fields.find(name)
        if spec is None or draft.kind in ("image", "note"):
            self._lay_answer(draft, marker if draft.kind not in ("image", "note") else None)
        elif spec.policy == "server":
            self._complain(
                draft, "name", f"{name} 由服务器填写，请改名", f"{name} is the server's own, choose another"
            )
        elif is_marker:
            draft.path, draft.spec = name, spec
            if (spec.choices is None) is (draft.kind == "select_multiple"):
                self._misfit(draft)
        else:
            draft.path = name
            self._fit(draft, spec)

    def _lay_answer(self, draft: Draft, marker: Field | None) -> None:
        draft.path = f"answers/{draft.name}"
        if marker is not None and marker.is_marker:
            self._misfit(draft)
        elif self.fields.find("answers/x") is None and draft.kind not in ("image", "note"):
            self._complain(draft, "name", f"此类记录没有 {draft.name}", f"this kind of record has no {draft.name}")

    def _lay_cell(self, draft: Draft, repeat: Draft) -> None:
        """Give a question of a repeat its path with `*` for the row."""
        draft.path = f"{repeat.path}/*/{draft.name}"
        if draft.kind == "signature":
            self._complain(draft, "type", "重复组中不能有签名", "a repeat cannot hold a signature")
        elif not repeat.path.startswith("answers/") and draft.kind not in ("note", "image", "repeat"):
            spec = self.fields.find(f"{repeat.path}/x/{draft.name}")
            if spec is None or draft.kind == "select_multiple":
                self._complain(
                    draft,
                    "name",
                    f"{repeat.name} 的一行中没有 {draft.name}",
                    f"a row of {repeat.name} has no {draft.name}",
                )
            else:
                self._fit(draft, spec)

    def _fit(self, draft: Draft, spec: Field) -> None:
        draft.spec = spec
        if spec.kind not in _FITS.get(draft.kind, ()):
            self._misfit(draft)

    def _misfit(self, draft: Draft) -> None:
        self._complain(
            draft,
            "type",
            f"{draft.name} 是已有字段，题型不符",
            f"{draft.name} is a field that this type does not fit",
        )


def _select_kind(words: str) -> str:
    return "select_multiple" if "multiple" in words.lower() or "all" in words.lower() else "select_one"
