"""Versions of the closure checklist: to read, and to publish the next one from the last."""

from itertools import count
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldsync import db
from fieldsync.api.doors import me
from fieldsync.console import display, doors
from fieldsync.domain import checklists, sites
from fieldsync.errors import Problem
from fieldsync.language import pick

bp = Blueprint("checklists", __name__, url_prefix="/checklists")

# Empty rows that the page offers for new items.
_MORE = 3
_WORDS = {checklists.ALL: ("全部", "All"), checklists.LICENSED: ("有证", "Licensed")} | sites.KINDS


@bp.get("")
def listing() -> str:
    """Show the version that new closures get, the older ones, and a form for the next."""
    return _page()


@bp.post("")
def publish() -> ResponseReturnValue:
    """Publish what was filled in as the next version."""
    try:
        doors.make("checklist.publish", _wish())
    except Problem as problem:
        return doors.again(problem, _page)
    return doors.done(url_for(".listing"))


def _wish() -> dict[str, Any]:
    wish: dict[str, Any] = {"valid_from": display.today()}
    wish |= {"source": doors.typed("source")} if doors.typed("source") else {}
    for number in count():
        row = f"row{number}"
        code, label = doors.typed(f"{row}/code"), doors.typed(f"{row}/label_zh")
        if not doors.typed(f"{row}/there"):
            return wish
        if not code or not label:
            continue
        item = f"items/{code}"
        given = {name: doors.typed(f"{row}/{name}") for name in ("label_en", "fault", "evidence")}
        wish |= {item: True, f"{item}/label_zh": label, f"{item}/kinds": _kinds(doors.typed(f"{row}/kinds"))}
        wish |= {f"{item}/mandatory": bool(doors.typed(f"{row}/mandatory"))}
        wish |= {f"{item}/{name}": text for name, text in given.items() if text}
    raise AssertionError("unreachable")


def _kinds(text: str) -> str:
    """Return the codes of kinds that were typed as words, in either language."""
    codes = {label.casefold(): code for code, labels in _WORDS.items() for label in labels}
    typed = [part.strip() for part in text.replace("、", ",").replace("，", ",").split(",") if part.strip()]
    if any(part.casefold() not in codes for part in typed):
        raise Problem("bad-value", "choice")
    return " ".join(codes[part.casefold()] for part in typed) or checklists.ALL


def kinds_in_words(kinds: tuple[str, ...]) -> str:
    """Return kinds of sites as the form shows and takes them."""
    return "、".join(pick(_WORDS[kind]) if kind in _WORDS else kind for kind in kinds)


def _page(problem: dict[str, Any] | None = None) -> str:
    with db.reading() as connection:
        versions = [*checklists.published(connection, me().actor.cell), checklists.shipped()]
    asked = doors.given("version")
    shown = next((v for v in versions if str(v.version) == asked), versions[0])
    return render_template(
        "checklists/list.html", versions=versions, shown=shown, problem=problem, FAULTS=checklists.FAULTS,
        kinds=kinds_in_words, more=range(len(shown.items), len(shown.items) + _MORE), words_=_WORDS,
    )  # fmt: skip
