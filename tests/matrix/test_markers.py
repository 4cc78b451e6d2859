"""No word of a foreign scope is ever sent to anybody: everything that each role can fetch is searched (I14)."""

import hashlib
import io
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from conftest import close
from county import FAST, County
from flask import g
from photos import makers

from fieldsync import create_app, db
from fieldsync.actions import REGISTRY
from fieldsync.console import names
from fieldsync.domain import accounts
from fieldsync.ids import new_id
from matrix import cast as cast_
from matrix.cast import TOWNS, Person
from matrix.plants import READ, Plants, Sower, words_in
from matrix.table import Route, routes
from matrix.tries import PLURALS

HERE, NEXT, BEYOND = TOWNS["own"], TOWNS["neighbouring"], "350898101"
# What lists and files are asked for besides, by those who are of elsewhere.
ASKED = [f"town={HERE}", "month=2026-10", "q=zq", "status=resolved", "voided=1", "from=2000-01-01&to=2030-01-01"]
# Who looks: what the other roles may open at all is in the matrix.
LOOKING = [
    ("inspector", "own"), ("manager", "own"), ("manager", "neighbouring"), ("leader", "own"), ("admin", "own"),
    ("reviewer", "neighbouring"), ("admin", "neighbouring"), ("inspector", "foreign"), ("admin", "foreign"),
]  # fmt: skip
AT_THE_CONSOLE = {("manager", "own"), ("manager", "neighbouring"), ("admin", "own"), ("admin", "neighbouring")}
FORMATS = {
    "/console/sites/export.<form>": ("xlsx", "csv", "geojson"),
    "/console/ledger/statement.<kind>": ("csv", "xlsx"),
    "/console/reports/<table>.<format_>": ("csv", "json", "xlsx", "docx"),
}  # fmt: skip


class Valley:
    """Two townships of a county and one of another, all planted, and who looks at them."""

    def __init__(self, app):
        self.county, self.plants = County(app), Plants()
        self.sowers = [Sower(self.plants, self.county, town[:6], town) for town in (HERE, NEXT, BEYOND)]
        for sower in self.sowers:
            sower.township()
            if sower.town != NEXT:
                sower.countys()
        with app.app_context(), db.reading() as connection:
            self.plants.ops = [row[0] for row in db.rows(connection, "SELECT op FROM operation")]
        self.snooped = self.sowers[1].snoop(HERE)
        self.cast = cast_.hired(self.county)
        self.lists = [self._taken_in(self.cast["admin", scope]) for scope in ("own", "neighbouring")]
        sowers = {sower.town: sower.login for sower in self.sowers}
        self.people = [self.cast[key] for key in LOOKING] + [
            cast_.signed_in(self.county, "inspector", town, login, town) for town, login in sowers.items()
        ]

    def _taken_in(self, person: Person) -> str:
        """Take a picture and a list in at a county's desk, and announce an upload; return the list's hash."""
        word = lambda kind: self.plants.word(kind, cell=person.cell)  # noqa: E731
        content = f"名称,乡镇,类型,矿种\n{word('list')},x,硐,煤\n".encode("utf-8-sig")
        picture = makers.jpeg(makers.tiff(makers.NANPING, first={0x10F: person.cell}))
        for page, name, file in (("imports", "lina", content), ("pictures", "pict", picture)):
            sent = {("file" if page == "imports" else "files"): (io.BytesIO(file), f"{word(name)}.jpg")}
            assert person.page("POST", f"/console/{page}", sent).status_code == 302
        return hashlib.sha256(content).hexdigest()


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    made = create_app(tmp_path_factory.mktemp("markers"), **FAST, MIN_PHOTOS=0)
    yield made
    close(made)


@pytest.fixture(scope="module")
def valley(app) -> Valley:
    return Valley(app)


# What there is to ask


def ids_of(plants: Plants, noun: str) -> list[str]:
    return [record for (kind, _town), record in plants.ids.items() if kind == noun]


def addresses(plants: Plants, route: Route, more: list[str]) -> Iterator[str]:
    """Yield every address of a route that is about one of the planted records, or about nothing."""
    noun = {"conflicted": "site"}.get(route.what.partition(".")[0], route.what.partition(".")[0])
    path = route.path.replace("<table>", "2").replace("<day>", "2026-10-03").replace("<noun>", "person_measure")
    if route.path in FORMATS:
        name = route.path[route.path.rindex("<") :]
        yield from (path.replace(name, form) for form in FORMATS[route.path])
    elif "<" not in path:
        query = "?column=cases_filed" if path.endswith("/records") else ""
        yield from (path + query, *(f"{path}?{asked}" for asked in more))
    else:
        before, _, rest = path.partition("<")
        found = plants.held if noun == "held" else ids_of(plants, noun)
        yield from (f"{before}{each}{rest.partition('>')[2]}" for each in found)


def asked_of_rest(plants: Plants) -> Iterator[str]:
    """Yield what REST can be asked for."""
    for noun in READ:
        yield f"/api/v1/{PLURALS[noun]}?limit=1000"
    for (noun, _town), record in plants.ids.items():
        address = f"/api/v1/{PLURALS.get(noun, 'sites')}/{record}"
        yield from (address, f"{address}/versions")
    for town in (HERE, NEXT, BEYOND):
        yield from (f"/api/v1/sync/verify?scope={scope}" for scope in (f"t-{town}", f"c-{town[:6]}"))
    for start in range(0, len(plants.ops), 400):
        yield f"/api/v1/sync/receipts?op={','.join(plants.ops[start : start + 400])}"
    for (method, path), route in routes().items():
        if method == "GET" and path.startswith("/api/") and path not in ("/api/v1/openapi.json", "/api/docs"):
            yield from addresses(plants, route, [])


def asked_of_pages(plants: Plants, lists: list[str], more: list[str]) -> Iterator[str]:
    """Yield what the console can be asked for."""
    yield from (f"/console/imports/{sha256}" for sha256 in lists)
    for (method, path), route in routes().items():
        if method == "GET" and path.startswith("/console/") and "language" not in path:
            yield from addresses(plants, route, more)


def guesses(valley: Valley, person: Person) -> Iterator[dict]:
    """Yield operations on every record, with a guessed base and guessed values."""
    for (noun, town), record in valley.plants.ids.items():
        kind = noun if noun in READ else "site"
        for cell, base in itertools.product({person.cell, town[:6]}, (None, "1-0000000000000000")):
            op = {"op": new_id(), "cell": cell, "action": f"{kind}.edit", "id": record, "set": {"remark": "x"}}
            yield op | {"from": {"remark": "guess"}} | ({"base": base} if base else {})
        yield {"op": new_id(), "cell": person.cell, "action": f"{kind}.void", "id": record, "reason": "x"}
        made = {"op": new_id(), "cell": person.cell, "action": "photo.add", "id": new_id()}
        yield made | {"parent": {"id": record}, "set": {"sha256": "ab" * 32, "caption": "x"}}
    for op in valley.plants.ops[:50]:
        yield {"op": op, "cell": person.cell, "action": "site.edit", "id": new_id(), "set": {"remark": "x"}}


def fetched(valley: Valley, person: Person) -> Iterator[tuple[str, bytes]]:
    """Yield everything that somebody can be sent, with what he asked for."""
    for path in asked_of_rest(valley.plants):
        yield path, answered(person.rest("GET", path))
    for (noun, _town), record in valley.plants.ids.items():
        path = f"/api/v1/{PLURALS.get(noun, 'sites')}/{record}"
        stale = person.rest("PATCH", path, {"set": {"remark": "x"}}, If_Match='"1-0000000000000000"')
        yield f"PATCH {path}", answered(stale)
    ops = [*guesses(valley, person)]
    for start in range(0, len(ops), 250):
        pushed = person.phone("POST", "/api/v1/sync/push?dry_run=1", {"ops": ops[start : start + 250]})
        assert pushed.status_code == 200, pushed.data
        yield "push", answered(pushed)
    if (person.role, person.scope) in AT_THE_CONSOLE:
        for path in asked_of_pages(valley.plants, valley.lists, ASKED if person.scope == "neighbouring" else []):
            yield path, answered(person.page("GET", path))


def answered(answer) -> bytes:
    assert answer.status_code < 500, (answer.request.path, answer.data[:500])
    return repr(sorted(answer.headers)).encode() + b"\n" + answer.data


def test_everybody_is_sent_his_own_and_nobody_anything_else(valley, caplog):
    caplog.set_level("DEBUG", "fieldsync")
    seen, leaks, asked = set(), {}, 0
    for person in valley.people:
        for path, content in fetched(valley, person):
            asked += 1
            seen |= words_in(content.partition(b"\n")[2])
            foreign = {word for word in words_in(content) if not valley.plants.sees(person, word)}
            if foreign:
                leaks.setdefault((str(person), path.partition("?")[0]), set()).update(foreign)
    assert leaks == {}
    assert words_in(caplog.text.encode()) == set()
    # Else nothing would be proved.
    assert set(valley.plants.may) - seen == set()
    assert asked > 2000


def test_not_even_ids_of_foreign_records_are_pulled(valley):
    for person in valley.people:
        scopes = person.rest("GET", "/api/v1/session").get_json()["scopes"]
        pulled = person.rest("GET", "/api/v1/sync/pull").text.splitlines()
        ids = {json.loads(line).get("id") for line in pulled}
        for scope in scopes:
            answer = person.rest("GET", f"/api/v1/sync/verify?scope={scope}").get_json()
            ids |= {member["id"] for member in answer["members"]}
        for (noun, town), record in valley.plants.ids.items():
            letter = READ[noun].letters[person.role] if noun in READ else "t"
            near = {"c": person.cell == town[:6], "t": person.town == town, "-": False}
            assert record not in ids or near.get(letter, True), (str(person), noun)


def test_who_names_a_foreign_record_learns_nothing_of_it(app, valley):
    """How far away it is would tell where it lies; what it is called is none of their business."""
    manager = valley.cast["manager", "neighbouring"]
    read = {
        noun: manager.rest("GET", f"/api/v1/{PLURALS[noun]}/{record}").get_json()["body"]
        for noun, record in valley.snooped.items()
    }
    assert not {"exif_to_site_m", "to_site_m"} & read["photo"].keys()
    assert not [path for path in read["patrol_track"] if path.startswith("near/")]
    assert not [path for path in read["patrol_task"] if path.startswith("sites/")]
    assert read["request"]["status"] == "refused"
    with app.app_context(), db.reading() as connection:
        visit = db.row(connection, "SELECT * FROM visit WHERE id = :id", id=valley.snooped["inspection"])
    assert (visit.home, visit.site_id, visit.distance_m, visit.site_lon) == (f"t-{NEXT}", "", None, None)


def test_a_hash_opens_no_file_that_is_no_photo_of_ones_county(app, valley):
    """Whoever names the hash of a list, a frozen table, a track or another county's photo gets nothing."""
    person, site = valley.cast["manager", "own"], valley.plants.ids["site", HERE]
    bodies = {
        key: valley.cast["admin", scope].rest("GET", f"/api/v1/{PLURALS[key]}/{valley.plants.ids[key, town]}")
        for key, town, scope in (("photo", BEYOND, "neighbouring"), ("period_report", HERE, "own"),
                                 ("patrol_track", NEXT, "own"))
    }  # fmt: skip
    hashes = [answer.get_json()["body"]["sha256"] for answer in bodies.values()]
    for sha256 in [*hashes, *valley.lists]:
        given = {"set": {"sha256": sha256, "preview_sha256": sha256}, "parent": {"id": site}}
        photo = person.rest("POST", "/api/v1/photos", given).get_json()
        assert photo["body"]["have"] is False
        for what in ("original", "preview"):
            assert person.rest("GET", f"/api/v1/photos/{photo['id']}/{what}").status_code == 404


def test_a_page_calls_no_record_by_a_name_that_its_reader_must_not_see(app, valley):
    for key, told in ((("manager", "neighbouring"), False), (("manager", "own"), True), (("leader", "own"), True)):
        person, site = valley.cast[key], valley.plants.ids["site", HERE]
        with app.test_request_context():
            g.session = accounts.session(person.rest.token)
            assert (names.record(site) != site) == told, key


def test_what_fails_is_logged_without_what_it_was_about(valley, caplog, monkeypatch):
    """Neither a record's values nor what was asked for stands in the log, however deep it fails."""
    person = valley.cast["inspector", "own"]
    site, word = valley.plants.ids["site", HERE], next(iter(valley.plants.may))

    def fail(change):
        statement = "SELECT no_such FROM site WHERE name = :name"
        db.row(change.journal.connection, statement, name=change.op.set["remark"])

    rev = person.rest("GET", f"/api/v1/sites/{site}").get_json()["rev"]
    action = REGISTRY.actions["site.edit"]
    monkeypatch.setitem(REGISTRY.actions, "site.edit", replace(action, rule=fail))
    op = {"op": new_id(), "cell": person.cell, "action": "site.edit", "id": site, "set": {"remark": word}}
    pushed = person.phone("POST", "/api/v1/sync/push?dry_run=1", {"ops": [op]}).get_json()
    assert pushed["results"][0]["why"] == "server-error"
    answer = person.rest("PATCH", f"/api/v1/sites/{site}", {"set": {"remark": word}}, If_Match=f'"{rev}"')
    assert answer.status_code == 500
    assert words_in(answer.data) == set()
    assert "no_such" in caplog.text
    assert op["op"] in caplog.text
    assert words_in(caplog.text.encode()) == set()
