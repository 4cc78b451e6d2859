"""Every route and every action by every role in its own, a neighbouring and a foreign scope, signed in or not.

What is expected is read off the table alone. A route or an action without a row fails.
"""

import re

import pytest
from api.raw import Raw, problem_of
from conftest import close
from county import FAST

from fieldsync import create_app
from fieldsync.actions import ACTIONS, NOUNS
from fieldsync.ids import new_id
from matrix.cast import TOWNS
from matrix.conftest import DOORS
from matrix.table import COUNTY, DOES, READS, Route, bare, parsed, routes
from matrix.tries import CREATING, PLURALS

DONE, READ, ROUTES = parsed(DOES), parsed(READS), routes()
NOUN_OF = {plural: noun for noun, plural in PLURALS.items()}


def every_route(app):
    """Yield (method, path) of every route of the application."""
    for rule in app.url_map.iter_rules():
        methods = rule.methods - {"OPTIONS"} or rule.methods
        yield from ((m, bare(rule.rule)) for m in methods - ({"HEAD"} if "GET" in methods else set()))


def read_of(path):
    """Return the noun that a plain path lists, reads or tells the history of, or an empty string."""
    found = re.fullmatch(r"/api/v1/([a-z_]+)(/<record_id>(/versions)?)?", path)
    return NOUN_OF.get(found[1], "") if found else ""


def action_of(method, path):
    """Return the action that a plain path does, or an empty string."""
    found = re.fullmatch(r"/api/v1/([a-z_]+)(?:/<record_id>(?:/([a-z_]+))?)?", path)
    noun = NOUN_OF.get(found[1], "") if found else ""
    made = [name for name in DONE if name.partition(".")[0] == noun and name.partition(".")[2] in CREATING]
    if not noun or method not in ("POST", "PATCH"):
        return ""
    verb = f"{noun}.{found[2]}" if found[2] else f"{noun}.edit" if method == "PATCH" else "".join(made)
    return verb if verb in DONE else ""


def test_every_route_has_its_row_and_every_row_its_route(app):
    plain = {each for each in every_route(app) if each not in ROUTES}
    unknown = {(m, path) for m, path in plain if not (action_of(m, path) or (m == "GET" and read_of(path)))}
    assert unknown == set(), "add a row to table.py"
    assert set(ROUTES) - set(every_route(app)) == set(), "take the row out of table.py"


def test_every_action_and_noun_has_its_row_and_every_row_its_like():
    assert set(DONE) == {action.name for action in ACTIONS}
    assert set(READ) == {noun.name for noun in NOUNS}


def test_phones_may_send_what_the_table_says():
    assert {name for name, row in DONE.items() if row.phone} == {a.name for a in ACTIONS if a.phone}


# Nobody


def test_who_is_not_signed_in_gets_nowhere(app, desk):
    nobody, asked = Raw(app), 0
    for method, path in every_route(app):
        route = ROUTES.get((method, path), Route(method, path, "signed-in", "-"))
        address = desk.path(route, new_id())
        for token in ("", "350899.nonsense") if address.startswith("/api/") else ("",):
            answer = nobody.by(token)(method, address, {"set": {}} if method != "GET" else None)
            asked += 1
            if route.who == "anybody":
                assert answer.status_code < 500, (method, path)
            elif address.startswith("/api/"):
                assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), (method, path)
                assert method == "HEAD" or problem_of(answer) == "not-signed-in"
            elif method == "GET":
                assert answer.status_code == 302, (method, path)
                assert answer.headers["Location"].startswith("/console/sign-in?"), (method, path)
            else:
                assert answer.status_code == 401, (method, path)
    assert asked > 400


def test_other_schemes_of_authorization_are_none(app, stage):
    token = stage.cast["admin", "own"].rest.token
    for header in ("", "Bearer", "Bearer ", f"Basic {token}", token, "Bearer 350899.", "Bearer \xff\xfe"):
        assert Raw(app)("GET", "/api/v1/sites", Authorization=header).status_code == 401


# Reading


def reads(noun, person):
    """Tell whether the table lets somebody read a record of a noun that lies in the matrix's own township."""
    letter = READ[noun].letters[person.role]
    return letter == "e" or (letter in "tc" and person.scope == "own")


@pytest.mark.parametrize("noun", READ)
def test_reading(stage, desk, noun):
    record, missing = desk.ids[noun], {}
    address = f"/api/v1/{PLURALS[noun]}"
    for person in stage.cast.values():
        listed = person.rest("GET", f"{address}?limit=1000")
        assert listed.status_code == 200
        assert (record in listed.text) == reads(noun, person), str(person)
        for more in ("", "/versions"):
            answer = person.rest("GET", f"{address}/{record}{more}")
            if reads(noun, person):
                assert answer.status_code == 200, (str(person), answer.data)
            else:
                assert problem_of(answer) == "not-found"
                if (person.role, more) not in missing:
                    missing[person.role, more] = bytes_of(person.rest("GET", f"{address}/{new_id()}{more}"))
                assert bytes_of(answer) == missing[person.role, more], (str(person), "tells that it is there")


def test_one_reads_oneself(stage):
    for person in stage.cast.values():
        assert person.rest("GET", f"/api/v1/people/{person.user}").status_code == 200


# Acting by REST


def expected(action, person, made):
    """Return what the table says of an action: done, or the problem."""
    letter, noun = DONE[action].letters[person.role], action.partition(".")[0]
    is_new = not made.id and not made.parent
    if person.scope != "own" and made.placed and not (is_new and person.role in COUNTY):
        return "not-found"
    if letter == "-":
        return "not-allowed" if READ[noun].letters[person.role] in "tce" else "not-found"
    # Where nothing is looked for, the township that it would lie in is not of his county.
    return "bad-value" if person.scope != "own" and made.placed else "done"


@pytest.mark.parametrize("action", DOORS)
def test_acting_by_rest(stage, desk, shot, action):
    before, missing = shot.state(), {}
    noun = action.partition(".")[0]
    for person in stage.cast.values():
        made = stage.attempt(action, person)
        headers = {"If_Match": f'"{desk.rev(noun, made.id)}"'} if made.id else {}
        method, path, given = made.request()
        answer = person.rest(method, path, given, **headers)
        if expected(action, person, made) == "done":
            assert answer.status_code in (200, 201), (str(person), answer.data)
            assert shot.unlike(before), (str(person), "nothing was done")
            continue
        assert not shot.unlike(before), (str(person), "who may not has changed something")
        assert problem_of(answer) == expected(action, person, made), (str(person), answer.data)
        if person.scope != "own" and (made.id or made.parent):
            if person.role not in missing:
                method, path, given = made.request(new_id())
                missing[person.role] = bytes_of(person.rest(method, path, given, **headers))
            assert bytes_of(answer) == missing[person.role], (str(person), "tells that it is there")


def bytes_of(answer, *ids):
    """Return status, headers and body of an answer without the ids that were asked for."""
    text = answer.data
    for each in ids:
        text = text.replace(each.encode(), b"...")
    fixed = [pair for pair in answer.headers if pair[0] not in ("Content-Length", "Set-Cookie")]
    return answer.status_code, sorted(fixed), re.sub(rb'(csrf_token" value=")[^"]+', rb"\1", text)


@pytest.mark.parametrize("action", [name for name, row in DONE.items() if "o" in row.letters.values()])
def test_what_only_its_author_may(stage, desk, action):
    """The role alone is not enough."""
    made = stage.attempt(action, stage.cast["leader", "own"])
    headers = {"If_Match": f'"{desk.rev(action.partition(".")[0], made.id)}"'}
    method, path, given = made.request()
    for person in stage.cast.values():
        if DONE[action].letters[person.role] == "o" and person.scope == "own":
            assert problem_of(person.rest(method, path, given, **headers)) == "not-allowed", str(person)


def test_nobody_reviews_his_own_record(stage, desk, shot):
    for role in ("reviewer", "admin"):
        person = stage.cast[role, "own"]
        visit = stage.attempt("inspection.withdraw", person).id
        for verb in ("begin_review", "approve", "return"):
            headers = {"If_Match": f'"{desk.rev("inspection", visit)}"'}
            answer = person.rest("POST", f"/api/v1/inspections/{visit}/{verb}", {"reason": "x"}, **headers)
            assert (answer.status_code, answer.get_json()["reason"]) == (403, "own-record")


@pytest.mark.parametrize("action", [name for name in DONE if name not in DOORS])
def test_what_the_server_does_alone_has_no_door(stage, desk, action):
    noun, _, verb = action.partition(".")
    for person in stage.cast.values():
        answer = person.rest("POST", f"/api/v1/{PLURALS[noun]}/{desk.ids[noun]}/{verb}", {})
        assert answer.status_code in (404, 405), str(person)


def test_an_endpoint_that_names_nobody_is_closed(tmp_path):
    app = create_app(tmp_path, **FAST)
    app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "open")
    assert Raw(app)("GET", "/api/v1/forgotten").status_code == 403
    close(app)


@pytest.mark.parametrize("plural", ["inspections", "patrol_plans", "patrol_tasks"])
def test_nothing_lies_in_a_township_of_another_county(stage, shot, plural):
    """Neither from the beginning nor by a township that is named later."""
    person, beyond = stage.cast["reviewer", "own"], {"town_code": TOWNS["foreign"]}
    assert problem_of(person.rest("POST", f"/api/v1/{plural}", {"set": beyond})) == "bad-value"
    made = person.rest("POST", f"/api/v1/{plural}", {"set": {"note": "x", "activity": "none"}}).get_json()
    assert made["scope"] == "c-350899"
    given = {"set": beyond}
    answer = person.rest("PATCH", f"/api/v1/{plural}/{made['id']}", given, If_Match=f'"{made["rev"]}"')
    assert answer.status_code == 400 or answer.get_json()["scope"] == "c-350899"
    shot.restore()


@pytest.mark.parametrize("plural", ["patrol_plans", "patrol_tasks"])
def test_what_names_no_township_stays_in_its_authors(stage, shot, plural):
    person = stage.cast["manager", "own"]
    made = person.rest("POST", f"/api/v1/{plural}", {"set": {"note": "x"}}).get_json()
    assert made["body"]["town_code"] == TOWNS["own"]
    shot.restore()
