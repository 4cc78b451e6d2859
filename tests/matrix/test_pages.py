"""Every page of the console, and what REST has besides actions, by every role in every scope."""

import pytest
from api.raw import problem_of

from fieldsync.ids import new_id
from matrix.table import CLASSES, DOES, READS, TOWNSHIP, Route, parsed, routes
from matrix.test_matrix import bytes_of
from matrix.typed import SENT

DONE, READ, LET_IN = parsed(DOES), parsed(READS), parsed(CLASSES)
ROUTES = {key: route for key, route in routes().items() if route.who != "anybody"}
# Several records at once: the page says of each what became of it.
BATCHES = {"/console/inspections", "/console/patrol_tasks", "/console/patrol_tasks/handover"}
# Forms that name a township or a person besides: those of elsewhere are no choice.
CHOICES = {"/console/patrol_plans", "/console/patrol_tasks/handover"}
# Nothing of the county in them, or one's own county's whoever asks.
OWN = {"-", "table", "format", "day"}


def expected(desk, route: Route, person) -> str:
    """Return what the table says: let in, or how it is refused."""
    noun, _, verb = route.what.partition(".")
    is_page = route.path.startswith("/console/")
    if LET_IN[route.who].letters[person.role] == "-":
        if is_page:
            return "elsewhere" if person.role in TOWNSHIP else "refused"
        if noun == "table":
            return "hidden" if person.role in TOWNSHIP else "refused"
        hidden = noun in READ and (person.scope != "own" or READ[noun].letters[person.role] not in "tce")
        return "hidden" if hidden else "refused"
    if route.path in CHOICES and route.method == "POST" and person.scope != "own":
        return "no choice"
    if route.what not in OWN and not is_his(desk, route, person):
        return "hidden"
    letter = DONE[route.what].letters[person.role] if verb else "c"
    return "refused" if letter == "-" else "in"


def is_his(desk, route: Route, person) -> bool:
    """Tell whether what a route is about lies in somebody's scope, or would be made there."""
    noun, _, verb = route.what.partition(".")
    if verb and not desk.stage.attempt(route.what, person).placed:
        return True
    if noun == "upload":
        return False
    if noun == "pack":
        return person.cell == "350899"
    return (noun in READ and READ[noun].letters[person.role] == "e") or person.scope == "own"


def ask(desk, route: Route, person, target: str, shown: str):
    """Send a request of a route about one record."""
    address = desk.path(route, target)
    if route.path.startswith("/console/"):
        typed = desk.form(route, person, target, shown) if route.method == "POST" else None
        return person.page(route.method, address, typed)
    given, headers = SENT.get((route.method, route.path), (None, {}))
    return person.rest(route.method, address, given, **headers)


# What has tests of its own below or beside.
APART = {
    ("POST", "/console/sign-out"), ("DELETE", "/api/v1/session"), ("GET", "/console/elsewhere"),
    ("POST", "/api/v1/sync/push"), ("POST", "/console/notices"), ("GET", "/console/notices/<noun>/<record_id>"),
}  # fmt: skip


@pytest.mark.parametrize("key", [key for key in ROUTES if key not in APART], ids=" ".join)
def test_route(desk, shot, key):
    route, before, missing = ROUTES[key], shot.state(), {}
    for person in desk.stage.cast.values():
        target, wanted = desk.target(route, person), expected(desk, route, person)
        answer = ask(desk, route, person, target, target)
        changed = shot.unlike(before)
        about = str(person), wanted, answer.status_code, answer.data[:2000].decode("utf-8", "replace")
        check(wanted, route, answer, about)
        if wanted == "hidden":
            if person.role not in missing:
                other = new_id() if "-" in target else "0" * len(target)
                missing[person.role] = bytes_of(ask(desk, route, person, other, target), other)
            assert bytes_of(answer, target) == missing[person.role], about
        does = wanted == "in" and route.method not in ("GET", "HEAD")
        assert changed <= (does or leaves_a_line(route)), (about, "something has changed")
        assert changed or not does or nothing_there(route, person), (about, "nothing was done")


def leaves_a_line(route: Route) -> bool:
    """Tell whether reading leaves a line in the chain."""
    return route.what in ("photo.view", "patrol_track.view") or route.path.endswith(("docx", "zip"))


def nothing_there(route: Route, person) -> bool:
    """Tell whether there is nothing to be done in somebody's own county."""
    return route.path == "/console/pictures/decide" and person.scope != "own"


def check(wanted: str, route: Route, answer, about) -> None:
    """Check the status of an answer against what the table says."""
    match wanted:
        case "elsewhere":
            assert answer.status_code == 302, about
            assert answer.headers["Location"] == "/console/elsewhere", about
        case "refused" if route.path in BATCHES and route.method == "POST":
            assert answer.status_code == 200, about
        case "in":
            assert answer.status_code in (200, 201, 204, 302), about
            assert answer.headers.get("Location", "") != "/console/elsewhere", about
        case _:
            assert answer.status_code == {"refused": 403, "hidden": 404, "no choice": 400}[wanted], about


def test_signing_out(desk, shot):
    for person in desk.stage.cast.values():
        assert person.rest("DELETE", "/api/v1/session").status_code == 204
        assert problem_of(person.rest("GET", "/api/v1/session")) == "not-signed-in"
        assert person.page("GET", "/console/elsewhere").status_code == 403
        assert person.page("POST", "/console/sign-out").status_code == 302
        assert person.page("GET", "/console/elsewhere").status_code == 302
        person.leave()
        shot.restore()
