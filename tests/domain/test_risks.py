"""The order of the review queue: what weighs most, reckoned again whenever one of the records changes."""

import itertools

import pytest
from county import CELL, T1, T2

from fieldsync import db
from fieldsync.domain import risks
from fieldsync.domain.risks import RISKS, WEIGHTS, Filter, Signs, reasons, score_of
from fieldsync.ids import new_id
from fieldsync.sync import actors, audit
from fieldsync.sync.records import Record

SETTINGS = {"PHOTO_SITE_WARN_M": 100, "PHOTO_SITE_REASON_M": 300, "MIN_PHOTOS": 2}
FINE = {"activity": "none", "state": "submitted", "photos": 2, "have": 2}


@pytest.mark.parametrize(
    ("signs", "code"),
    [
        ({"activity": "active"}, "active"),
        ({"site_status": "relapsed"}, "relapse"),
        ({"relapse_reported": True}, "relapse"),
        ({"contested": 1}, "conflict"),
        ({"photos": 1, "have": 1}, "few_photos"),
        ({"far_m": 300.1}, "very_far"),
        ({"far_m": 300.0}, "far"),
        ({"far_m": 100.1}, "far"),
        ({"reused": True}, "reused"),
        ({"flagged": True}, "flagged"),
        ({"activity": "suspected"}, "suspected"),
        ({"activity": "not_found"}, "not_found"),
        ({"state": "amended"}, "amended"),
        ({"have": 1}, "pending"),
    ],
)
def test_each_sign_has_its_reason(signs, code):
    assert reasons(score_of(Signs(**FINE | signs), SETTINGS)) == [code]


def test_nothing_speaks_against_a_fine_one():
    assert score_of(Signs(**FINE, far_m=100.0), SETTINGS) == 0


def test_a_graver_reason_outweighs_all_lighter_ones_together():
    codes = list(RISKS)
    for place, code in enumerate(codes):
        assert WEIGHTS[code] > sum(WEIGHTS[lighter] for lighter in codes[place + 1 :])


def rows(app, **narrowed) -> list:
    with app.app_context(), db.reading() as connection:
        return risks.queue(connection, CELL, Filter(**narrowed), "me", 50, 0)


def told(app, inspection: str) -> list[str]:
    with app.app_context(), db.reading() as connection:
        return reasons(risks.of_inspection(connection, CELL, inspection))


@pytest.fixture
def field(county):
    """A phone with a site that has a position."""
    phone = county.inspector(T1, T2)
    phone.here = phone.site(name="甲", site_kind="adit", town_code=T1, mineral_code="coal", lat=26.0, lon=117.0)
    phone.sync()
    return phone


def visit(phone, photos: int = 2, **fields) -> str:
    """Hand in an inspection with photos whose bytes have not come."""
    made = phone.inspect(phone.here, **{"kind": "routine", "activity": "none"} | fields)
    for _ in range(photos):
        phone.create("photo.add", {"sha256": new_id().replace("-", "") * 2, "size": 1}, parent=made)
    phone.sync()
    return made


def test_photos_and_distance_and_conflicts_change_the_score_as_they_come(app, county, field):
    made = visit(field, lat=26.0, lon=117.002)
    assert told(app, made) == ["far", "pending"]
    with app.app_context(), db.reading() as connection:
        shots = [r[0] for r in db.rows(connection, "SELECT id FROM photo WHERE parent_id = :id", id=made)]
    with app.app_context():
        for shot, facts in zip(shots, ({}, {"flags/screenshot": True, "to_site_m": 800}), strict=True):
            county.engine.perform(actors.system(CELL), "photo.arrive", shot, op=new_id(), set_=facts)
    assert told(app, made) == ["very_far", "flagged"]
    county.screen().patch(f"inspections/{made}", remark="county")
    field.edit(made, remark="township")
    field.push()
    assert told(app, made)[0] == "conflict"


def test_a_flag_that_says_nothing_counts_nothing(app, county, field):
    made = visit(field)
    with app.app_context(), db.reading() as connection:
        (shot, _) = [r[0] for r in db.rows(connection, "SELECT id FROM photo WHERE parent_id = :id", id=made)]
    with app.app_context():
        county.engine.perform(
            actors.system(CELL), "photo.arrive", shot, op=new_id(), set_={"flags/tz_assumed": True}
        )
    assert told(app, made) == ["pending"]


def test_a_photo_used_twice_marks_both_visits(app, field):
    first, second = visit(field), visit(field)
    sha = "ab" * 32
    field.create("photo.add", {"sha256": sha, "size": 1}, parent=first)
    field.sync()
    assert "reused" not in told(app, first)
    field.create("photo.add", {"sha256": sha, "size": 1}, parent=second)
    field.sync()
    assert "reused" in told(app, first)
    assert "reused" in told(app, second)


def test_a_reported_relapse_lifts_what_waits_at_the_site(app, field):
    made = visit(field)
    asked = field.create("request.make", {"target": field.here, "to": "relapsed"}, parent=field.here)
    field.push()
    assert "relapse" not in told(app, made)
    report = Record(CELL, "request", asked)
    report.body = {"target": field.here}
    with app.app_context(), db.writing("journal") as connection:
        # The states of this site do not allow the wish; the county would have it to decide.
        db.execute(connection, "UPDATE request SET status = 'pending' WHERE wish = 'relapsed'")
        risks.fill(connection, CELL, [report])
    assert told(app, made) == ["relapse", "pending"]


def test_the_queue_is_narrowed(app, county, field):
    plain, active = visit(field), visit(field, activity="active")
    assert [row.id for row in rows(app)] == [active, plain]
    assert [row.id for row in rows(app, order="arrival")] == [plain, active]
    assert [row.id for row in rows(app, risk="active")] == [active]
    assert [row.id for row in rows(app, activity="none")] == [plain]
    assert rows(app, home=f"t-{T2}") == []
    reviewer = county.screen()
    reviewer.act(f"inspections/{plain}/begin_review")
    assert [row.id for row in rows(app, claim="free")] == [active]
    assert [row.id for row in rows(app, claim="others")] == [plain]
    assert rows(app, claim="mine") == []
    assert [row.id for row in rows(app, state="under_review")] == [plain]


def test_every_way_to_narrow_the_queue_can_be_asked_together(app, field):
    visit(field)
    choices = (("", "submitted"), ("", f"t-{T1}"), ("", "pending"), ("", "none"), ("", "mine", "free", "others"),
               risks.ORDERS)  # fmt: skip
    for state, home, risk, activity, claim, order in itertools.product(*choices):
        found = rows(app, state=state, home=home, risk=risk, activity=activity, claim=claim, order=order)
        assert len(found) == (claim in ("", "free"))


def test_reindexing_finds_the_same(app, county, field):
    visit(field, lat=26.0, lon=117.01)
    visit(field, 1, activity="active")
    county.screen().act(f"inspections/{visit(field)}/begin_review")

    def kept() -> list:
        with db.reading() as connection:
            return [tuple(row) for row in db.rows(connection, "SELECT * FROM review ORDER BY id")]

    with app.app_context():
        before = kept()
        with db.writing("journal") as connection:
            audit.reindex(connection, CELL, county.engine.registry)
        assert kept() == before
        assert len(before) == 3
