"""Inspections: both axes of domain.md 3.3, the county's queue and the phone's window."""

import pytest
from county import T1

from fieldsync.domain.inspections import QUEUE
from fieldsync.errors import Problem
from fieldsync.ids import new_id
from fieldsync.sync import actors


def state(scene, visit: str) -> str:
    return scene.body(f"inspections/{visit}")["state"]


def archive(scene, visit: str) -> None:
    """What the server does by itself some days after an approval."""
    with scene.county.app.app_context():
        scene.county.engine.perform(actors.system("350899"), "inspection.archive", visit, op=new_id())


def do(scene, action: str, visit: str, set_=None, **more) -> dict:
    """Do something on the phone, hand it in, and return the result."""
    scene.phone.pull()
    row = scene.phone.base(visit)
    scene.phone.do(action, visit, set_, base=row.rev if row else None, **more)
    (result,) = scene.phone.push()
    return result


def test_what_is_submitted(scene):
    site = scene.site()
    visit = scene.visit(site, remark="静悄悄")
    body = scene.body(f"inspections/{visit}")
    assert (body["state"], body["origin"], body["form"]) == ("submitted", "ad_hoc", "patrol@1")
    assert (body["town_code"], body["created_by"]) == (T1, scene.phone.user)
    assert body["record_no"].startswith("350899-XC-")
    assert scene.reviewer.get(f"inspections/{visit}")["scope"] == f"t-{T1}"


def test_approval_pins_the_revision_and_the_site_remembers_the_visit(scene):
    site = scene.site()
    visit = scene.visit(site, started_at="2026-10-03T01:00:00Z", activity="suspected", seal_state="damaged")
    rev = scene.reviewer.get(f"inspections/{visit}")["rev"]
    scene.reviewer.act(f"inspections/{visit}/approve")
    body = scene.body(f"inspections/{visit}")
    assert (body["state"], body["approved_rev"]) == ("approved", rev)
    assert body["reviewed_by"] == scene.reviewer.phone.user
    scene.phone.pull()
    dossier = scene.phone.base(site).body
    assert dossier["last_visit_id"] == visit
    assert (dossier["last_visit_activity"], dossier["last_visit_seal_state"]) == ("suspected", "damaged")
    older = scene.visit(site, started_at="2026-09-01T01:00:00Z", activity="none")
    scene.reviewer.act(f"inspections/{older}/approve")
    assert scene.body(f"sites/{site}")["last_visit_id"] == visit


def test_nothing_is_approved_while_a_conflict_is_open(scene, refusal):
    visit = scene.visit(remark="a")
    scene.phone.pull()
    scene.reviewer.patch(f"inspections/{visit}", remark="county")
    scene.phone.edit(visit, remark="township")
    (result,) = scene.phone.push()
    assert refusal(scene.reviewer.act, f"inspections/{visit}/approve") == (409, "open-conflict")
    scene.reviewer.act(f"conflicts/{result['conflicts'][0]}/resolve", choose=result["op"], reason="r")
    scene.reviewer.act(f"inspections/{visit}/approve")
    assert state(scene, visit) == "approved"


def test_a_stale_approval_is_refused(scene, refusal):
    """Scenario 41."""
    visit = scene.visit()
    seen = scene.reviewer.get(f"inspections/{visit}")["rev"]
    scene.phone.edit(visit, remark="one more thing")
    scene.phone.push()
    assert refusal(scene.reviewer.act, f"inspections/{visit}/approve", rev=seen) == (412, "precondition-failed")
    assert state(scene, visit) == "submitted"


def test_no_approval_while_photos_are_on_their_way(scene, refusal):
    visit = scene.visit()
    content = b"bytes that come later"
    scene.phone.photograph(visit, content)
    dropped = scene.phone.photograph(visit, b"never")
    scene.phone.sync()
    assert refusal(scene.reviewer.act, f"inspections/{visit}/approve") == (409, "photos-pending")
    before = scene.reviewer.get(f"inspections/{visit}")["rev"]
    scene.phone.upload(content)
    assert refusal(scene.reviewer.act, f"inspections/{visit}/approve") == (409, "photos-pending")
    assert do(scene, "photo.drop", dropped)["status"] == "applied"
    assert scene.reviewer.get(f"inspections/{visit}")["rev"] == before, "photos change no revision but their own"
    scene.reviewer.act(f"inspections/{visit}/approve")


def test_returned_with_comments_on_fields_and_resubmitted(scene, refusal):
    visit = scene.visit()
    assert refusal(scene.reviewer.act, f"inspections/{visit}/return") == (400, "reason")
    scene.reviewer.act(
        f"inspections/{visit}/return",
        reason="看不清",
        set={"review_fields/seal_state": "哪里", "remark": "not mine"},
    )
    scene.phone.pull()
    body = scene.phone.base(visit).body
    assert (body["state"], body["review_comment"]) == ("returned", "看不清")
    assert body["review_fields/seal_state"] == "哪里"
    assert "remark" not in body
    assert refusal(scene.reviewer.act, f"inspections/{visit}/approve") == (409, "wrong-state")
    result = do(scene, "inspection.resubmit", visit, {"seal_state": "damaged"})
    assert result["status"] == "applied"
    body = scene.body(f"inspections/{visit}")
    assert (body["state"], body["seal_state"]) == ("resubmitted", "damaged")
    scene.reviewer.act(f"inspections/{visit}/return", reason="再看", set={"review_fields/activity": "?"})
    body = scene.body(f"inspections/{visit}")
    assert "review_fields/seal_state" not in body
    assert body["review_fields/activity"] == "?"
    do(scene, "inspection.resubmit", visit, {"activity": "suspected"})
    scene.reviewer.act(f"inspections/{visit}/approve")
    assert state(scene, visit) == "approved"


def test_withdrawn_before_review_corrected_and_handed_in_again(scene, refusal):
    visit = scene.visit()
    assert do(scene, "inspection.withdraw", visit)["status"] == "applied"
    assert state(scene, visit) == "withdrawn"
    assert refusal(scene.reviewer.act, f"inspections/{visit}/approve") == (409, "wrong-state")
    assert do(scene, "inspection.resubmit", visit, {"activity": "active"})["status"] == "applied"
    assert state(scene, visit) == "resubmitted"


def test_not_withdrawn_once_review_has_begun(scene):
    visit = scene.visit()
    scene.reviewer.act(f"inspections/{visit}/begin_review")
    assert state(scene, visit) == "under_review"
    result = do(scene, "inspection.withdraw", visit)
    assert result["status"] == "rejected"
    assert result["problem"]["reason"] == "review-begun"
    scene.reviewer.act(f"inspections/{visit}/approve")
    assert do(scene, "inspection.withdraw", visit)["status"] == "rejected"
    assert do(scene, "inspection.resubmit", visit, {"remark": "x"})["status"] == "rejected"


def test_a_change_after_approval_is_an_amendment(scene):
    """Scenario 40: the approved content stays what it was; the change goes back into the queue."""
    visit = scene.visit(remark="first")
    scene.reviewer.act(f"inspections/{visit}/approve")
    approved = scene.body(f"inspections/{visit}")["approved_rev"]
    scene.phone.edit(visit, remark="second")
    (result,) = scene.phone.push()
    assert result["issues"][0]["code"] == "amendment-needs-reason-and-signature"
    body = scene.body(f"inspections/{visit}")
    assert (body["state"], body["remark"], body["approved_rev"]) == ("amended", "second", approved)
    then = scene.reviewer.get(f"inspections/{visit}/versions?at={approved}")
    assert then["body"]["remark"] == "first"
    assert "amended" in QUEUE
    scene.reviewer.act(f"inspections/{visit}/approve")
    assert scene.body(f"inspections/{visit}")["approved_rev"] != approved


def test_an_edit_that_changes_nothing_is_no_amendment(scene):
    visit = scene.visit(remark="first")
    scene.reviewer.act(f"inspections/{visit}/approve")
    scene.phone.do("inspection.edit", visit, {"remark": "first"}, base=scene.phone.base(visit).rev)
    scene.phone.push()
    assert state(scene, visit) == "approved"


def test_handed_in_twice_with_other_content_after_approval_is_an_amendment_too(scene):
    visit = scene.visit(remark="first")
    scene.reviewer.act(f"inspections/{visit}/approve")
    scene.phone.do(
        "inspection.submit", visit, {"weather": "雨"}, parent={"id": scene.body(f"inspections/{visit}")["site_id"]}
    )
    scene.phone.push()
    body = scene.body(f"inspections/{visit}")
    assert (body["state"], body["weather"]) == ("amended", "雨")


def test_archived_leaves_the_phones_window_with_its_photos(scene):
    site = scene.site()
    visit = scene.visit(site, started_at="2026-10-03T01:00:00Z")
    photo = scene.phone.photograph(visit, content := b"x" * 100)
    scene.phone.sync()
    scene.phone.upload(content)
    scene.reviewer.act(f"inspections/{visit}/approve")
    scene.phone.pull()
    assert {visit, photo} <= scene.phone.records().keys()
    archive(scene, visit)
    scene.phone.pull()
    assert not {visit, photo} & scene.phone.records().keys()
    assert scene.phone.base(site).body["last_visit_id"] == visit
    assert state(scene, visit) == "archived"


def test_an_edit_of_an_archived_inspection_brings_it_back_as_an_amendment(scene):
    visit = scene.visit()
    scene.reviewer.act(f"inspections/{visit}/approve")
    scene.phone.pull()
    base = scene.phone.base(visit).rev
    archive(scene, visit)
    scene.phone.do("inspection.edit", visit, {"remark": "late"}, base=base)
    assert scene.phone.push()[0]["status"] == "applied"
    assert state(scene, visit) == "amended"
    scene.phone.pull()
    assert scene.phone.base(visit).body["remark"] == "late"


def test_only_what_is_approved_is_archived(scene):
    with pytest.raises(Problem, match="wrong-state"):
        archive(scene, scene.visit())


def test_voiding_needs_a_reason_and_ends_everything(scene, refusal):
    visit = scene.visit()
    assert refusal(scene.reviewer.act, f"inspections/{visit}/void") == (400, "reason")
    scene.reviewer.act(f"inspections/{visit}/void", reason="填错站点")
    record = scene.reviewer.get(f"inspections/{visit}")
    assert record["voided"] is True
    assert record["body"]["void_reason"] == "填错站点"
    for verb in ("begin_review", "approve", "return"):
        assert refusal(scene.reviewer.act, f"inspections/{visit}/{verb}", reason="x") == (409, "wrong-state")
    # Late work of the author is kept, to restore the record with.
    scene.phone.do("inspection.withdraw", visit)
    assert scene.phone.push()[0]["status"] == "rejected"
    scene.phone.edit(visit, remark="late")
    (result,) = scene.phone.push()
    assert result["status"] == "conflict"
    scene.phone.pull()
    assert visit not in scene.phone.records()


def test_two_persons(scene, refusal):
    """Nobody reviews his own record, whatever his role."""
    site = scene.site()
    own = scene.reviewer.post("inspections", set={"activity": "none"}, parent={"id": site})["id"]
    for verb in ("begin_review", "approve", "return"):
        assert refusal(scene.reviewer.act, f"inspections/{own}/{verb}", reason="x") == (403, "own-record")
    other = scene.county.screen()
    other.act(f"inspections/{own}/approve")


def test_only_its_author_takes_a_record_back(scene):
    visit = scene.visit()
    colleague = scene.county.inspector()
    for action in ("inspection.withdraw", "inspection.resubmit"):
        colleague.do(action, visit, base=colleague.base(visit).rev)
        (result,) = colleague.push()
        assert result["problem"]["type"] == "/problems/not-allowed"
    assert state(scene, visit) == "submitted"


def test_the_county_corrects_beside_a_townships_fact_not_over_it(scene):
    visit = scene.visit(activity="none")
    answer = scene.reviewer.patch(f"inspections/{visit}", activity="active", county__activity="active")
    assert answer["fields"] == {"activity": "proposed", "county/activity": "applied"}
    body = scene.body(f"inspections/{visit}")
    assert (body["activity"], body["county/activity"]) == ("none", "active")


def test_what_lacks_an_answer_is_taken_with_an_issue(scene):
    visit = scene.phone.create("inspection.submit", {"remark": "in a hurry"}, parent=scene.site())
    (result,) = scene.phone.push()
    assert result["status"] == "applied"
    assert {(i["code"], i.get("path")) for i in result["issues"]} >= {("required", "activity")}
    assert state(scene, visit) == "submitted"
