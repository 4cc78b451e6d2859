"""What every page shares: who sits there, what his form brought, and one way to act."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import orjson
from flask import Response, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect

from fieldsync import db
from fieldsync.actions import REGISTRY
from fieldsync.api.doors import PUBLIC, SIGNED_IN, engine, find, me, standing
from fieldsync.api.doors import is_superior as of_upper_cell
from fieldsync.console import display, names
from fieldsync.domain import accounts
from fieldsync.errors import Problem
from fieldsync.ids import new_id
from fieldsync.language import is_chinese
from fieldsync.sync import history
from fieldsync.sync.nouns import Noun
from fieldsync.sync.operations import Outcome
from fieldsync.sync.records import Record

F = TypeVar("F", bound=Callable[..., Any])

PAGE = 50
# Pages that a township's manager may use as well as the county, each for what is its own.
MANAGERS = "managers"
# Pages that officers of province and cities may use as well as the county: all others are not theirs.
SUPERIORS = "superiors"

login = LoginManager()
csrf = CSRFProtect()


class User(UserMixin):
    """Whoever signed in, by the token that his cookie holds."""

    def __init__(self, token: str, session: accounts.Session):
        self.token, self.session = token, session

    def get_id(self) -> str:
        """Return the token: signing out, a new password or a closed account end it at once."""
        return self.token


@login.user_loader
def _load(token: str) -> User | None:
    try:
        session = accounts.session(token)
    except Problem:
        return None
    return User(token, session) if session.actor.active else None


# Coming in


def admit() -> ResponseReturnValue | None:
    """Let a request in: to public pages anybody, to all others only who signed in and is of the county."""
    assert request.endpoint is not None
    view = current_app.view_functions[request.endpoint]
    who = getattr(view, "allowed", None)
    if current_user.is_authenticated:
        g.session = current_user.session
    elif who != PUBLIC:
        return _ask_to_sign_in()
    request.max_content_length = _most(view)
    _check_token()
    if who not in (PUBLIC, SIGNED_IN, SUPERIORS) and is_superior():
        return redirect(url_for("console.reports.show"))
    if who not in (PUBLIC, SIGNED_IN) and standing().side != "county" and not (who == MANAGERS and managed()):
        return redirect(url_for("console.session.elsewhere"))
    return None


def large(setting_: str, action: str) -> Callable[[F], F]:
    """Let a page take files up to a setting's bytes, from whoever may do `action`."""

    def mark(view: F) -> F:
        view.large = setting_, action  # type: ignore[attr-defined]
        return view

    return mark


def _most(view: Callable[..., Any]) -> int:
    """Return how many bytes this person may send to a page; nobody's are read before this is known."""
    found, action = getattr(view, "large", ("MAX_PUSH_BYTES", ""))
    return int(setting(found if not action or may(action) else "MAX_PUSH_BYTES"))


def _ask_to_sign_in() -> ResponseReturnValue:
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("console.session.sign_in", to=here()))
    raise Problem("not-signed-in")


def _check_token() -> None:
    """Refuse a form that did not come from a page of this session."""
    if request.method in ("GET", "HEAD"):
        return
    try:
        csrf.protect()
    except CSRFError:
        raise Problem("not-allowed", "stale-form") from None


def forget(response: Response) -> Response:
    """Keep pages out of caches: the next person at this screen must not find them."""
    response.headers["Cache-Control"] = "no-store"
    return response


def is_signed_in() -> bool:
    """Tell whether this request has a session of somebody of the county."""
    return "session" in g and standing().side == "county"


def is_superior() -> bool:
    """Tell whether this request has a session of an officer of the province or of a city."""
    return "session" in g and of_upper_cell()


def managed() -> list[str]:
    """Return the townships' scopes that the person at this screen manages; of county people none in particular."""
    if "session" not in g:
        return []
    held = (scope for role, scope in standing().held if role == "manager" and scope.startswith("t-"))
    return sorted(set(held))


def own_towns() -> dict[str, str]:
    """Return the townships that the person at this screen may look at: the county's all, a manager's his own."""
    if standing().side == "county":
        return names.towns()
    return {home[2:]: names.towns().get(home[2:], home[2:]) for home in managed()}


def homes(town: str = "") -> list[str]:
    """Return the scopes of the township asked for, or of all that the person may look at."""
    own = own_towns()
    if town and town not in own:
        raise Problem("not-found")
    return [f"t-{code}" for code in ([town] if town else own)]


def may(action: str, home: str = "") -> bool:
    """Tell whether the person's roles let him do an action on what lies at `home`."""
    return standing().covers(home or f"c-{me().actor.cell}", REGISTRY.actions[action].who)


# What was asked and typed


def given(name: str) -> str:
    """Return a parameter of the address."""
    return request.args.get(name, "").strip()


def typed(name: str) -> str:
    """Return what was typed into a field of the form."""
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def typed_all(name: str) -> list[str]:
    """Return all values that were ticked under one name."""
    return request.form.getlist(name)


def typed_under(prefix: str) -> dict[str, str]:
    """Return the filled fields of the form whose names begin with `prefix`, without it."""
    names = (name for name in request.form if name.startswith(prefix))
    return {name.removeprefix(prefix): typed(name) for name in names if typed(name)}


def typed_paths(prefixes: tuple[str, ...]) -> dict[str, str]:
    """Return the fields of the form, emptied ones too, whose names are paths that begin so."""
    return {name: typed(name) for name in request.form if name.startswith(prefixes)}


def verb(*allowed: str) -> str:
    """Return which button was pressed."""
    pressed = typed("verb")
    if pressed not in allowed:
        raise Problem("bad-value", "choice")
    return pressed


def here() -> str:
    """Return the address of this page, to come back to after a change of language."""
    return request.full_path.rstrip("?") if request.method == "GET" else request.path


def local(address: str) -> str:
    """Return an address if it is one of this console, else the console's first page."""
    return address if address.startswith("/console/") and "\\" not in address else url_for("console.home")


def page_number() -> int:
    """Return which page of a list was asked for, from 1."""
    asked = given("page")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 7 else 1


def paged(read: Callable[[Any, int, int], list[Any]]) -> dict[str, Any]:
    """Return a page of a list: {rows, page, more}; `read` takes connection, limit and offset."""
    page = page_number()
    with db.reading() as connection:
        rows = read(connection, PAGE + 1, (page - 1) * PAGE)
    return {"rows": rows[:PAGE], "page": page, "more": len(rows) > PAGE}


# Records


def load(connection: Any, noun: Noun, record_id: Any) -> Record:
    """Return a record with its body; what is out of scope is not found."""
    row = find(connection, noun, str(record_id))
    record = Record(me().actor.cell, row[1], row[0])
    record.rev, record.home, record.voided = row[2], row[3], bool(row[6])
    record.body = orjson.loads(row[4])
    return record


def versions(connection: Any, record: Record) -> list[dict[str, Any]]:
    """Return the versions of a record, oldest first."""
    return history.versions(connection, record.cell, record.id)


def as_was(connection: Any, record: Record) -> tuple[str, dict[str, Any]] | None:
    """Return (rev, body) as of the revision or time (of the county's clock) asked for; None for today."""
    return body_at(connection, record, given("at")) if given("at") else None


def body_at(connection: Any, record: Record, at: str) -> tuple[str, dict[str, Any]]:
    """Return (rev, body) as of a revision, a time or the end of a minute; raise Problem where there was none."""
    try:
        found = history.body_at(connection, record.cell, record.id, _end_of(at))
    except (ValueError, OverflowError):
        raise Problem("bad-value", "choice") from None
    if found is None:
        raise Problem("not-found", "not-yet")
    return found


def _end_of(at: str) -> str:
    """Return the end of the minute that was asked for: what pages show under it is in. A revision stays."""
    return display.to_wire(f"{at}:59.999" if len(at) == 16 else at) if "T" in at else at


def setting(name: str) -> Any:
    """Return a setting."""
    return current_app.config[name]


# Acting


def perform(action: str, record_id: Any, set_: dict[str, Any] | None = None, **more: Any) -> Outcome:
    """Do an action on the revision that was on the screen; the form's operation id makes a repeat harmless."""
    if not typed("rev"):
        raise Problem("precondition-required")
    return engine().perform(
        me().actor, action, str(record_id), op=_operation_id(), set_=set_, base=typed("rev"),
        reason=typed("reason") or None, **more,
    )  # fmt: skip


def make(action: str, set_: dict[str, Any], parent: str = "") -> str:
    """Make the record that a form asks for and return its id; the form's own ids make a repeat harmless."""
    record_id = typed("id") or new_id()
    engine().perform(me().actor, action, record_id, op=_operation_id(), set_=set_, parent=parent)
    return record_id


def _operation_id() -> str:
    """Return the id that the form carries, or a new one; the log names it."""
    g.op = typed("op") or new_id()
    return str(g.op)


def changes(record: Record, names_: Iterable[str]) -> dict[str, Any]:
    """Return what the form's fields of these names would change; an emptied one removes its value."""
    wanted = {name: typed(name) or None for name in names_ if name in request.form}
    return {name: value for name, value in wanted.items() if value != record.body.get(name)}


def done(address: str, message: str = "") -> ResponseReturnValue:
    """Go on to a page and say there that it is done."""
    flash(message or _("Done."))
    return redirect(address)


def again(problem: Problem, render: Callable[..., str]) -> ResponseReturnValue:
    """Show the page anew with what went wrong; what was typed is still there."""
    if problem.name == "not-found":
        raise problem
    return render(problem=explained(problem)), problem.status


def explained(problem: Problem) -> dict[str, Any]:
    """Return the members of a problem in the language of the page."""
    return problem.as_json("zh" if is_chinese() else "en") | {"name": problem.name}
