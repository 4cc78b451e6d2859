"""A conflict in words: what stands, every other value with all that is known of it, and what may be done."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from fieldsync.actions import REGISTRY
from fieldsync.console import display, names, words
from fieldsync.fields import Field
from fieldsync.sync import history
from fieldsync.sync.conflicts import VOID, candidates
from fieldsync.sync.records import Record

# Kinds of fields that a value can be written for in a form.
WRITABLE = ("text", "number", "integer", "boolean", "choice", "date", "time", "town", "code")


@dataclass(frozen=True)
class Candidate:
    """One value beside the current one, with all that is known of where it comes from."""

    op: str
    kind: str
    text: str
    by: str
    side: str
    device: str
    at: str
    received_at: str
    # Where its author was, as far as his operation says.
    place: str
    # What he had on his screen, and what changed since.
    base: str
    since: str
    may_pick: bool
    # What an edit of a voided record wants to set.
    wishes: list[display.Step]
    is_voiding: bool
    # Arrived after the page was opened whose decision did not go through.
    is_new: bool


@dataclass(frozen=True)
class View:
    """One conflict as pages show it; `combined` holds all texts one below the other, empty where none are."""

    conflict: Record
    path: str
    spec: Field | None
    label: str
    policy: str
    is_void: bool
    base: str
    current: str
    current_by: dict[str, Any] | None
    candidates: list[Candidate]
    may_write: bool
    value: Any
    combined: str
    news: set[str]

    @property
    def id(self) -> str:
        """The conflict's id."""
        return self.conflict.id

    @property
    def waits(self) -> bool:
        """Whether somebody has to decide it."""
        return self.conflict.text("status") in ("open", "proposed")


def view(
    connection: Any, conflict: Record, target: Record, versions: list[dict[str, Any]], news: set[str]
) -> View:
    """Return a conflict in words; `versions` are the target's, `news` what came since the page was opened."""
    noun, path = REGISTRY.nouns[target.type], conflict.text("path")
    spec, kept, is_void = noun.fields.find(path), candidates(conflict), path == VOID
    receipts = {r["op"]: r for r in history.receipts(connection, conflict.cell, [c["op"] for c in kept], None)}
    writable = spec is not None and spec.kind in WRITABLE and spec.policy != "township"
    return View(
        conflict=conflict, path=path, spec=spec, is_void=is_void, news=news,
        label=display.label(noun.fields, path, display.numbers(target.body)),
        policy=words.word(words.POLICIES, spec.policy if spec else "review"),
        base=display.show(spec, path, conflict.get("base")),
        current=display.show(spec, path, _current(conflict, target, path)),
        current_by=history.provenance(versions).get("voided_at" if is_void and target.voided else path),
        candidates=[
            _candidate(conflict, target, each, receipts.get(each["op"], {}), versions, news) for each in kept
        ],
        may_write=writable, value=target.get(path),
        combined=_combined(target.get(path), kept) if writable and spec and spec.kind == "text" else "",
    )  # fmt: skip


def _current(conflict: Record, target: Record, path: str) -> Any:
    """Return what stands: today's value while it waits, else the value that it was settled with."""
    if conflict.text("status") == "resolved":
        return conflict.get("current")
    return target.voided if path == VOID else target.get(path)


def _combined(current: Any, kept: list[dict[str, Any]]) -> str:
    """Return all texts one below the other, each once; empty where there is only one."""
    texts = [value for value in (current, *(each["value"] for each in kept)) if type(value) is str and value]
    once = list(dict.fromkeys(texts))
    return "\n".join(once) if len(once) > 1 else ""


def _may_pick(spec: Field | None, side: Any) -> bool:
    """Tell whether the county may make a value of this side current: a township's own field is its own."""
    return spec is None or spec.policy != "township" or side == "township"


def _candidate(
    conflict: Record, target: Record, kept: dict[str, Any], receipt: dict[str, Any],
    versions: list[dict[str, Any]], news: set[str],
) -> Candidate:  # fmt: skip
    """Return a candidate in words."""
    fields, path = REGISTRY.nouns[target.type].fields, conflict.text("path")
    spec = fields.find(path)
    wishes = kept["value"] if isinstance(kept["value"], dict) and path == VOID else {}
    return Candidate(
        op=kept["op"], kind=str(kept["kind"]), text=display.show(spec, path, kept["value"]), by=str(kept["by"]),
        side=str(kept["side"]), device=str(kept["device"] or ""), at=str(kept["at"] or ""),
        received_at=str(receipt.get("received_at", "")), place=_place(receipt.get("set") or {}),
        base=_base(spec, path, str(kept["base"] or ""), versions), since=_since(receipt, path, versions),
        may_pick=_may_pick(spec, kept["side"]), is_voiding=kept["value"] is True, is_new=kept["op"] in news,
        wishes=list(display.steps(fields, {p: [target.get(p), v] for p, v in wishes.items()})),
    )  # fmt: skip


def _place(given: dict[str, Any]) -> str:
    """Return where somebody was by what he sent along; empty where he sent no place."""
    lat, lon = given.get("lat"), given.get("lon")
    if type(lat) not in (int, float) or type(lon) not in (int, float):
        return ""
    return f"{lat:.6f}, {lon:.6f}"


def _base(spec: Field | None, path: str, rev: str, versions: list[dict[str, Any]]) -> str:
    """Return the value that stood at the revision which an author had before him; empty where none is known."""
    value, known = None, False
    for version in versions:
        if path in version["patch"]:
            value = version["patch"][path][1]
        if version["rev"] == rev:
            known = True
            break
    return display.show(spec, path, value) if known and path != VOID else ""


def _since(receipt: dict[str, Any], path: str, versions: list[dict[str, Any]]) -> str:
    """Return who had changed the value since, and when it came in; empty where nobody had."""
    why = receipt.get("why")
    told = why.get(path) if isinstance(why, dict) else None
    if not isinstance(told, dict) or not 0 < (told.get("changed_at") or 0) <= len(versions):
        return ""
    if told["changed_at"] <= (told.get("your_base") or 0):
        return ""
    version = versions[told["changed_at"] - 1]
    by = names.person(version["by"]) if version["by"] != "system" else _("System")
    return _("changed meanwhile by %(who)s, %(when)s", who=by, when=display.moment(version["received_at"]))
