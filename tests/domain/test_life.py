"""A site's life, from lead to write-off to relapse, on a virtual calendar; each step asks for what it needs."""

from datetime import UTC, datetime, timedelta

import pytest
from county import OTHER_CELL, T2

from fieldsync.demo.phone import Refused
from fieldsync.domain import guards, requests, sites, watch

from .life import Life


@pytest.fixture
def calendar(county):
    """Return a function that goes to a day; the engine's clock follows."""
    now = [datetime(2026, 3, 2, 1, 0, tzinfo=UTC)]
    county.engine.now = lambda: now[0]

    def go(day: str) -> str:
        now[0] = datetime.fromisoformat(f"{day}T09:00:00+08:00")
        return day

    go.now = now
    return go


def missing(call, *args, **given) -> list[str]:
    """Return what a refused step says is missing."""
    with pytest.raises(Refused) as refused:
        call(*args, **given)
    problem = refused.value.problem
    assert refused.value.status == 409, problem
    assert problem["detail"], "said in words"
    return [problem["reason"], *problem.get("also", [])]


def test_from_lead_to_writeoff_to_relapse(scene, calendar):
    calendar("2026-03-02")
    life = Life(scene)
    life.go("verifying")
    assert missing(life.go, "confirmed") == ["no-located-photo"]
    life.visit()
    life.go("confirmed")

    assert missing(life.go, "registered") == ["unsigned"]
    life.sign_all()
    life.go("registered")
    body = life.body()
    assert {body[role] for role in guards.SIGNERS} >= {life.reviewer.phone.user, life.manager.phone.user}
    assert body["filed_on"] == "2026-03-02"

    assert missing(life.go, "handling") == ["no-case"]
    case = {"case_no": "示自然资罚〔2026〕1号", f"site_ids/{life.id}": True}
    life.reviewer.post("cases", set=case)
    life.go("handling")

    assert missing(life.go, "closing") == ["no-closure-decision"]
    life.decide(calendar("2026-03-20"))
    life.go("closing")

    assert missing(life.go, "closed_pending") == ["no-closure"]
    closure = life.check(items__K17__result="fail", items__K17__remark="未复绿")
    life.go("closed_pending")
    assert missing(life.go, "accepted") == ["not-accepted"]
    assert missing(life.conclude, closure, "fail") == ["team"]
    life.team(closure, "自然资源局", "林业局")
    assert missing(life.conclude, closure, "pass") == ["item-failed"]

    life.conclude(closure, "fail")
    assert life.status() == "rectifying"
    (row,) = life.reviewer.get("rectifications")["records"]
    assert (row["body"]["fault"], row["body"]["due_on"]) == ("vegetation", "2026-04-19")
    assert missing(life.go, "closed_pending") == ["rectification-open"]
    calendar("2026-04-10")
    scene.phone.pull()
    scene.phone.edit(row["id"], "rectification.edit", done_on="2026-04-09", done_text="已补植")
    scene.phone.sync()
    life.go("closed_pending")
    life.reviewer.patch(closure, items__K17__result="pass")
    assert missing(life.conclude, closure, "pass") == ["rectification-open"]
    life.reviewer.act(f"rectifications/{row['id']}/recheck", set={"result": "pass"})
    life.conclude(closure, "pass")
    body = life.body()
    assert (body["lifecycle_status"], body["accepted_at"]) == ("accepted", "2026-04-10")
    assert body["closure_standard"] == "meets"
    life.go("monitoring")

    assert missing(life.go, "writeoff_requested") == ["writeoff-years", "not-restored"]
    life.reviewer.patch(life.path, restoration_status="accepted")
    calendar("2031-04-09")
    assert missing(life.go, "writeoff_requested") == ["writeoff-years"]
    calendar("2031-04-10")
    life.go("writeoff_requested")
    assert missing(life.go, "written_off") == ["no-endorsement", "no-city"]
    life.reviewer.act(f"{life.path}/endorse")
    city = {"writeoff_city_name": "市局 李", "writeoff_city_doc_no": "市资销〔2031〕3号"}
    life.reviewer.patch(life.path, **city, writeoff_city_on="2031-04-01")
    assert missing(life.go, "written_off") == ["city-before-county"]
    life.reviewer.patch(life.path, writeoff_city_on="2031-05-06")
    calendar("2031-05-08")
    life.go("written_off")
    assert life.body().get("overrides") is None
    assert not [path for path in life.body() if path.startswith("overrides/")]

    calendar("2031-09-01")
    scene.phone.pull()
    asked = scene.phone.create(
        "request.make", {"target": life.id, "to": "relapsed", "reason": "硐口被扒开"}, life.id
    )
    scene.phone.sync()
    assert scene.phone.base(asked).body["status"] == "pending"
    with scene.county.app.app_context(), guards.database.reading() as connection:
        (waiting,) = requests.pending_relapses(connection, "350899")
    assert (waiting.target, waiting.received_at[:10]) == (life.id, "2031-09-01")
    life.reviewer.act(f"requests/{asked}/grant")
    body = life.body()
    assert (body["lifecycle_status"], body["relapse_count"]) == ("relapsed", 1)
    assert "writeoff_endorsed_on" not in body
    life.go("handling")
    assert missing(life.go, "closing") == ["closure-decision-old"]
    life.decide(calendar("2031-09-10"))
    life.go("closing")
    # A new round begins with a new checklist.
    assert missing(life.go, "closed_pending") == ["no-closure"]
    again = life.check()
    life.go("closed_pending")
    life.team(again, "自然资源局", "应急管理局")
    life.conclude(again, "pass", accepted_at="2031-09-09")
    assert life.body()["accepted_at"] == "2031-09-09"
    life.go("relapsed", "handling")
    assert life.body()["relapse_count"] == 2
    with scene.county.app.app_context(), guards.database.reading() as connection:
        assert [row.relapse_count for row in watch.relapses(connection, "350899")] == [2]


def test_every_guard_can_be_passed_over_with_a_reason_that_is_kept(scene):
    life = Life(scene)
    for status in ("verifying", "confirmed", "registered", "handling", "closing", "closed_pending", "accepted"):
        life.force(status)
    for status in ("monitoring", "writeoff_requested", "written_off"):
        life.force(status)
    body = life.body()
    rows = [path for path in body if path.startswith("overrides/") and path.count("/") == 1]
    kept = {
        body[f"{row}/to"]: {key: body[f"{row}/{key}"] for key in ("by", "reason", "missing", "revision")}
        for row in rows
    }
    steps = [to for _, to in guards.GUARDS]
    assert set(kept) == set(steps) - {"dismissed", "suspended", "resumed", "integrated", "rectifying"}
    assert kept["confirmed"]["missing"] == "no-located-photo"
    assert kept["confirmed"]["by"] == scene.reviewer.phone.user
    assert kept["confirmed"]["reason"] == "历史档案补录"
    assert kept["confirmed"]["revision"].partition("-")[0].isdecimal()
    assert body["accepted_at"]


def test_an_override_needs_a_reason_and_what_is_not_missing_leaves_none(scene, refusal):
    life = Life(scene)
    life.go("verifying", override=True)
    given = {"set": {"to": "confirmed", "override": True}}
    assert refusal(scene.reviewer.act, f"{life.path}/transit", **given) == (400, "reason")
    assert refusal(scene.reviewer.act, f"{life.path}/transit", set={"to": "confirmed", "override": "yes"}) == (
        409, "no-located-photo",
    )  # fmt: skip
    assert not [path for path in life.body() if path.startswith("overrides/")]


def test_a_lead_is_verified_by_somebody_who_is_named(scene):
    """Neither nobody, nor somebody of elsewhere or who left, nor a day that has passed."""
    life, county = Life(scene), scene.county
    assert missing(life.go, "verifying", verifier="", verify_by="") == ["no-verifier", "no-verify-day"]
    stranger, far = county.screen(cell=OTHER_CELL), county.inspector(T2)
    gone = county.screen()
    county.screen("admin").act(f"people/{gone.phone.user}/deactivate")
    for wrong in (stranger, far, gone, None):
        person = wrong.user if wrong is far else wrong.phone.user if wrong else {"x": 1}
        assert missing(life.go, "verifying", verifier=person) == ["no-verifier"]
    for day in ("2020-01-01", "tomorrow", "2026-13-01"):
        assert missing(life.go, "verifying", verify_by=day) == ["no-verify-day"]
    life.go("verifying")
    body = life.body()
    assert (body["verifier"], body["verifier_name"]) == (scene.phone.user, "inspector1")
    life.reviewer.patch(life.path, verifier=life.manager.phone.user)
    assert life.body()["verifier_name"] == life.manager.login
    scene.phone.pull()
    assert scene.phone.base(life.id).body["verifier_name"] == life.manager.login
    life.force("dismissed")
    life.reviewer.patch(life.path, verify_by="2020-01-01")
    assert missing(life.go, "verifying", verify_by=None) == ["no-verify-day"]


def test_what_the_township_asks_for_is_refused_with_the_reason_while_something_is_missing(scene):
    life = Life(scene)
    life.force("verifying", "confirmed", "registered", "handling", "closing")
    scene.phone.pull()
    asked = scene.phone.create("request.make", {"target": life.id, "to": "closed_pending"}, parent=life.id)
    scene.phone.sync()
    body = scene.phone.base(asked).body
    assert (body["status"], body["code"]) == ("refused", "no-closure")
    life.check()
    scene.phone.pull()
    asked = scene.phone.create("request.make", {"target": life.id, "to": "closed_pending"}, parent=life.id)
    scene.phone.sync()
    assert scene.phone.base(asked).body["status"] == "granted"
    assert life.status() == "closed_pending"


def test_a_photo_counts_in_the_push_that_brings_it(scene):
    """Nothing of the batch is in the columns yet when the request is judged."""
    life = Life(scene)
    life.force("verifying")
    scene.phone.pull()
    visit = scene.phone.inspect(life.id, activity="none")
    request = scene.phone.create("request.make", {"target": life.id, "to": "confirmed"}, parent=life.id)
    scene.phone.sync()
    life.photo(visit)
    scene.reviewer.act(f"requests/{request}/grant")
    assert life.status() == "confirmed"


def test_a_withdrawn_or_voided_visit_proves_nothing(scene):
    life = Life(scene)
    life.go("verifying")
    visit = scene.visit(life.id)
    life.photo(visit)
    scene.reviewer.act(f"inspections/{visit}/void", reason="误报")
    assert missing(life.go, "confirmed") == ["no-located-photo"]


def test_years_are_calendar_years():
    assert guards.years_later("2026-04-10", 5) == "2031-04-10"
    assert guards.years_later("2024-02-29", 5) == "2029-03-01"
    assert guards.years_later("nonsense", 5) == "9999-12-31"


def test_stale_dossiers_are_those_that_nobody_wrote_in(scene, calendar):
    calendar("2026-03-02")
    old, fresh = Life(scene), Life(scene)
    calendar("2026-05-20")
    scene.reviewer.patch(fresh.path, remark="仍有围栏")
    calendar("2026-06-05")
    visit = scene.visit(old.id)
    scene.reviewer.act(f"inspections/{visit}/approve")
    now = calendar.now[0]
    with scene.county.app.app_context(), guards.database.reading() as connection:
        assert [row.id for row in watch.stale(connection, "350899", now, 90)] == [old.id]
        later = now + timedelta(days=100)
        assert {row.id for row in watch.stale(connection, "350899", later, 90)} == {old.id, fresh.id}
        assert sites.name_of(connection, "350899", old.id) == "老鹰硐"
