"""The duty ledger: what a visit must show to count, and coverage counted by hand (domain.md 1 row 3, 3.2)."""

import hashlib
from datetime import timedelta

import orjson
import pytest
from calendar_days import Days
from county import CELL, T1, T2
from photos import makers

from fieldsync import db
from fieldsync.actions import REGISTRY
from fieldsync.domain import ledger
from fieldsync.domain.visits import Evidence, verdict
from fieldsync.sync import audit
from fieldsync.sync.journal import text_of

PHOTO = makers.jpeg(makers.tiff(makers.NANPING, first={0x10F: "vivo"}))
HERE = {"lon": 117.4, "lat": 26.1}
# About 1.1 km to the north.
FAR = {"lon": 117.4, "lat": 26.11}
HOMES = [f"t-{T1}", f"t-{T2}"]


@pytest.fixture
def days(scene):
    days = Days(scene.county, "2026-11-02")
    scene.phone.clock = days.clock
    return days


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (Evidence(True, 20, photos=1), ("counted", "near_fix photo")),
        (Evidence(True, 20), ("not", "near_fix no_photo")),
        (Evidence(True, 20, photo_reason=True), ("counted", "near_fix photo_explained")),
        (Evidence(True, 299.9, photos=1), ("counted", "near_fix photo")),
        (Evidence(True, 301, photos=1), ("not", "far photo")),
        (Evidence(True, 340, 50, photos=1), ("doubtful", "vague_fix photo")),
        (Evidence(True, 900, photos=1, place_reason=True), ("counted", "place_explained photo")),
        (Evidence(True, 900, photos=1, track_m=120), ("counted", "near_track photo")),
        (Evidence(True, None, photos=1, track_m=120), ("counted", "near_track photo")),
        (Evidence(True, None, photos=1, track_m=700), ("doubtful", "no_fix photo")),
        (Evidence(False, None, photos=1), ("doubtful", "site_unplaced photo")),
        (Evidence(True, photos=1, access="blocked", access_reason=True), ("blocked", "blocked_explained photo")),
        (Evidence(True, 900, photos=1, access="blocked"), ("doubtful", "blocked_unexplained photo")),
        (Evidence(True, 900, access="blocked", access_reason=True), ("doubtful", "blocked_explained no_photo")),
    ],
)  # fmt: skip
def test_a_visit_counts_only_if_somebody_was_there(evidence, expected):
    found, reasons = verdict(evidence, 300)
    assert (found, " ".join(reasons)) == expected


def rows(scene) -> dict[str, tuple]:
    with scene.county.app.app_context(), db.reading() as connection:
        found = db.rows(
            connection, "SELECT id, verdict, reasons, standing, day FROM visit WHERE cell = :c", c=CELL
        )
        return {row[0]: tuple(row[1:]) for row in found}


def visit(scene, site: str, photo: bool = True, **fields) -> str:
    made = scene.phone.inspect(site, **{"activity": "none", "access": "reached"} | fields)
    if photo:
        scene.phone.photograph(made, PHOTO)
    scene.phone.sync()
    return made


def test_what_a_photo_a_position_and_a_review_change_is_reckoned_anew(scene, days):
    site = scene.site(**FAR)
    made = visit(scene, site, photo=False, **HERE)
    assert rows(scene)[made] == ("not", "far no_photo", 1, "2026-11-02")
    photo = scene.phone.photograph(made, PHOTO)
    scene.phone.sync()
    assert rows(scene)[made][:2] == ("not", "far photo")
    scene.reviewer.patch(f"sites/{site}", **HERE)
    assert rows(scene)[made][:2] == ("counted", "near_fix photo")
    scene.phone.upload(PHOTO)
    scene.reviewer.act(f"inspections/{made}/begin_review")
    scene.reviewer.act(f"inspections/{made}/approve")
    assert rows(scene)[made] == ("counted", "near_fix photo", 2, "2026-11-02")
    scene.reviewer.act(f"inspections/{made}/void", reason="重复")
    assert rows(scene)[made][2] == 0
    assert photo


def test_a_dropped_photo_no_longer_counts(scene, days):
    made = visit(scene, scene.site(**HERE), photo=False, **HERE)
    photo = scene.phone.photograph(made, PHOTO)
    scene.phone.sync()
    assert rows(scene)[made][0] == "counted"
    scene.phone.do("photo.drop", photo)
    scene.phone.sync()
    assert rows(scene)[made][:2] == ("not", "near_fix no_photo")


def test_reasons_that_the_form_asks_for_are_heard(scene, days):
    site = scene.site(**FAR)
    told = visit(scene, site, **HERE, could_not__position="隔河相望")
    assert rows(scene)[told][:2] == ("counted", "place_explained photo")
    no_photo = visit(scene, site, False, **FAR, could_not__photos__photo_overview="有人持械")
    assert rows(scene)[no_photo][:2] == ("counted", "near_fix photo_explained")
    blocked = visit(scene, site, access="blocked", access_reason="塌方")
    assert rows(scene)[blocked][:2] == ("blocked", "blocked_explained photo")


def test_a_track_that_passed_the_site_stands_for_a_fix(scene, days):
    site, elsewhere = scene.site(**HERE), scene.site(lon=117.4004, lat=26.1)
    made = visit(scene, site)
    assert rows(scene)[made][:2] == ("doubtful", "no_fix photo")
    points = b"\n".join(
        orjson.dumps([text_of(days.now), 26.09 + n / 1000, 117.4, 8]) for n in range(10)
    ) + b'\n["nonsense"]\n{}\n[1]'  # fmt: skip
    begun = {"town_code": T1, "started_at": text_of(days.now), "sha256": hashlib.sha256(points).hexdigest()}
    track = scene.phone.create("patrol_track.begin", begun | {"size": len(points)})
    scene.phone.push()
    assert rows(scene)[made][0] == "doubtful"
    scene.phone.upload(points)
    assert rows(scene)[made][:2] == ("counted", "near_track photo")
    body = scene.body(f"patrol_tracks/{track}")
    assert body[f"near/{site}"] < 120
    assert f"near/{elsewhere}" not in body, "only sites that he says he visited"
    days.later()
    other = visit(scene, site)
    assert rows(scene)[other][0] == "doubtful", "not on another day"


def test_a_phone_clock_in_the_future_decides_no_day(scene, days):
    scene.phone.clock = lambda: days.now + timedelta(days=400)
    made = visit(scene, scene.site(**HERE), **HERE)
    assert rows(scene)[made][3] == "2026-11-02"
    scene.phone.clock = lambda: days.now.replace(hour=1)
    made = visit(scene, scene.site(**HERE), **HERE)
    assert rows(scene)[made][3] == "2026-11-02", "one at night in China"


def test_reindex_makes_the_same_tables(scene, days):
    sites = [scene.site(**HERE), scene.site(**FAR)]
    plan = {"title": "x", "town_code": T1, "task_date": "2026-11-02", f"assignees/{scene.phone.user}": True}
    scene.reviewer.post("patrol_tasks", set=plan | {f"sites/{site}": True for site in sites})
    for site in sites:
        visit(scene, site, **HERE)
    names = ("visit", "passage", "patrol_site", "stop", "assignment")

    def read() -> dict[str, list]:
        with scene.county.app.app_context(), db.reading() as connection:
            return {n: sorted(map(tuple, db.rows(connection, f"SELECT * FROM {n}")), key=str) for n in names}

    before = read()
    assert [len(before[name]) for name in names] == [2, 0, 2, 2, 1]
    with scene.county.app.app_context(), db.writing("journal") as connection:
        for name in names:
            db.execute(connection, f"DELETE FROM {name}")
        audit.reindex(connection, CELL, REGISTRY)
    assert read() == before


def test_coverage_counted_by_hand(scene, days):
    """Four sites of two townships over November; cycle 30 days for all of them.

    A: visited and approved. B: visited, handed in. C: only blocked. D, of the other township: far away,
    so it does not count. E: visited on 20 October, due on 19 November, not visited.
    """
    days.on("2026-10-20")
    a, b, c, e = (scene.site(name=name, **HERE) for name in "ABCE")
    d = scene.reviewer.post(
        "sites", set={"name": "D", "site_kind": "adit", "town_code": T2, "mineral_code": "coal"} | HERE
    )
    visit(scene, e, **HERE)
    days.on("2026-11-05")
    approved = visit(scene, a, **HERE)
    scene.phone.upload(PHOTO)
    scene.reviewer.act(f"inspections/{approved}/approve")
    visit(scene, b, **HERE)
    visit(scene, b, **HERE)
    visit(scene, c, access="blocked", access_reason="水毁")
    guest = scene.county.inspector(T2)
    guest.clock = days.clock
    guest.photograph(guest.inspect(d["id"], activity="none", **FAR), PHOTO)
    guest.sync()
    days.on("2026-11-25")
    with scene.county.app.app_context(), db.reading() as connection:
        found = ledger.coverage(connection, CELL, HOMES, "2026-11-01", "2026-11-30", "2026-11-25")
        duties = ledger.statement(connection, CELL, HOMES, "2026-11-01", "2026-11-30")
        none = ledger.coverage(connection, CELL, ["t-350898101"], "2026-11-01", "2026-11-30", "2026-11-25")
    one, two = found.by_home[f"t-{T1}"], found.by_home[f"t-{T2}"]
    assert (one.sites, one.due, one.covered, one.approved, one.blocked) == (4, 4, 2, 1, 1)
    assert (one.visits, one.counted, one.doubtful, one.not_counted) == (4, 3, 0, 0)
    assert (one.rate, one.approved_rate) == (0.5, 0.25)
    assert (two.sites, two.due, two.covered, two.visits, two.not_counted) == (1, 1, 0, 1, 1)
    assert (found.total.due, found.total.covered, found.total.overdue) == (5, 2, 3)
    assert [(late.site.name, late.due, late.blocked) for late in found.overdue] == [
        ("C", "", True), ("D", "", False), ("E", "2026-11-19", False)
    ]  # fmt: skip
    own, other = duties
    assert (own.person, own.counted, own.approved, own.blocked, own.sites, own.days) == (
        scene.phone.user,
        3,
        1,
        1,
        3,
        1,
    )
    assert (other.person, other.not_counted, other.counted) == (guest.user, 1, 0)
    assert none.total.sites == 0


def test_a_month_is_counted_by_the_cycle_of_its_own_plan(scene, days):
    """A plan for November alone shortens the cycle to 5 days; October and December go by the county's 30."""
    plan = {
        "title": "x", "town_code": T1, "items": "x", "area": "x", "record_form": "patrol", "cycles/noncoal": 5,
        f"owners/{scene.phone.user}": True, "valid_from": "2026-11-01", "valid_to": "2026-11-30",
    }  # fmt: skip
    made = scene.reviewer.post("patrol_plans", set=plan)["id"]
    scene.reviewer.act(f"patrol_plans/{made}/activate")
    site = scene.site(**HERE)
    days.on("2026-10-28")
    visit(scene, site, **HERE)
    days.on("2026-12-31")
    with scene.county.app.app_context(), db.reading() as connection:
        months = ("2026-10", "2026-11", "2026-12")
        found = [
            ledger.coverage(connection, CELL, HOMES, *ledger.month(month, ""), "2026-12-31") for month in months
        ]
    assert [(c.total.due, c.total.covered, c.total.overdue) for c in found] == [(1, 1, 0), (1, 0, 1), (1, 0, 1)]
    assert [late.due for c in found for late in c.overdue] == ["2026-11-02", "2026-11-27"]


def test_tasks_of_a_month_stand_in_the_statement(scene, days):
    site = scene.site(**HERE)
    given = {"town_code": T1, f"sites/{site}": True, f"assignees/{scene.phone.user}": True}
    ids = [
        scene.reviewer.post("patrol_tasks", set=given | {"title": f"{n}", "task_date": f"2026-11-0{n}"})["id"]
        for n in range(1, 5)
    ]
    scene.phone.pull()
    scene.phone.do("patrol_task.finish", ids[0], {f"missed/{site}": "塌方"})
    scene.phone.inspect(site, activity="none", task_id=ids[1])
    scene.phone.do("patrol_task.finish", ids[1])
    scene.phone.push()
    scene.reviewer.act(f"patrol_tasks/{ids[3]}/cancel", reason="改期")
    days.on("2026-11-10")
    scene.reviewer.act(f"patrol_tasks/{ids[2]}/decide", set={"to": "counted_missed"}, reason="无故未巡")
    with scene.county.app.app_context(), db.reading() as connection:
        (duty,) = ledger.statement(connection, CELL, HOMES, "2026-11-01", "2026-11-30")
    assert (duty.tasks, duty.done, duty.excused, duty.missed) == (3, 1, 0, 1)


def test_a_month_has_its_days():
    assert ledger.month("2026-02", "2026-11-23") == ("2026-02-01", "2026-02-28")
    assert ledger.month("2026-12", "2026-11-23") == ("2026-12-01", "2026-12-31")
    assert ledger.month("nonsense", "2026-11-23") == ("2026-11-01", "2026-11-30")
