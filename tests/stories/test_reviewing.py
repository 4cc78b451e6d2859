"""Review: what was approved stays what it was, and nobody decides on what he has not seen."""

import pytest
from county import verifier
from stories.fieldwork import Team, refused

from fieldsync.demo.wire import Answer


def visited(team: Team) -> str:
    """Hand in an inspection of three revisions; return its id."""
    visit = team.a.inspect(team.open(), activity="none", started_at="2026-10-03T01:00:00Z")
    team.a.sync()
    for weather in ("晴", "雨"):
        team.a.edit(visit, weather=weather)
        team.a.sync()
    assert team.a.base(visit).rev.startswith("3-")
    return visit


def approved_content(team: Team, visit: str) -> dict:
    """The content of the revision that was approved."""
    rev = team.screen.get(f"inspections/{visit}")["body"]["approved_rev"]
    return team.screen.get(f"inspections/{visit}/versions?at={rev}")["body"]


def test_40_overlap_09_an_edit_after_the_approval_is_an_amendment(team: Team):
    visit = visited(team)
    third = team.a.base(visit)
    edit = team.a.edit(visit, weather="雪", activity="active")
    answer = team.screen.act(f"inspections/{visit}/approve", third.rev)
    assert answer["rev"].startswith("4-")
    (result,) = team.a.push()
    assert result["status"] == "applied"
    assert result["rev"].startswith("5-")
    assert "amendment-needs-reason-and-signature" in [issue["code"] for issue in result["issues"]]
    team.a.pull()
    now = team.a.base(visit).body
    assert (now["state"], now["approved_rev"], now["weather"]) == ("amended", third.rev, "雪")
    assert approved_content(team, visit) == third.body
    # The site's summary, which statistics read, is of the approved version.
    assert team.body(now["site_id"])["last_visit_activity"] == "none"
    # Approved anew, the later one counts.
    team.screen.act(f"inspections/{visit}/approve")
    assert approved_content(team, visit)["weather"] == "雪"
    assert team.body(now["site_id"])["last_visit_activity"] == "active"
    assert team.writers(visit, "weather")[-1] == edit["op"]
    team.check_same(team.a)


def test_40_saving_the_same_after_the_approval_is_no_amendment(team: Team):
    visit = visited(team)
    team.screen.act(f"inspections/{visit}/approve")
    rev = team.rev(visit)
    team.a.do("inspection.edit", visit, {"weather": "雨"}, base=team.a.base(visit).rev)
    assert team.a.push()[0]["fields"] == {"weather": "noop"}
    assert (team.body(visit)["state"], team.rev(visit)) == ("approved", rev)


def test_41_an_edit_before_the_approval_makes_it_stale(team: Team):
    visit = visited(team)
    shown = team.screen.get(f"inspections/{visit}")
    team.a.edit(visit, activity="active")
    team.a.push()
    stale = refused(lambda: team.screen.act(f"inspections/{visit}/approve", shown["rev"]))
    assert (stale.status, stale.problem["type"]) == (412, "/problems/precondition-failed")
    assert team.body(visit)["state"] == "submitted"
    # He sees what changed since.
    (changed,) = team.screen.get(f"inspections/{visit}/versions")["versions"][3:]
    assert changed["patch"] == {"activity": ["none", "active"]}
    team.screen.act(f"inspections/{visit}/approve", changed["rev"])
    assert approved_content(team, visit)["activity"] == "active"


def test_41_a_decision_without_a_revision_is_refused(team: Team):
    visit = visited(team)
    for verb in ("approve", "return", "begin_review"):
        bare = refused(lambda verb=verb: team.screen.post(f"inspections/{visit}/{verb}", reason="x"))
        assert (bare.status, bare.problem["type"]) == (428, "/problems/precondition-required")


def test_42_a_proxy_that_compresses_weakens_the_tag(team: Team):
    visit, wire, tags = visited(team), team.screen.phone.wire, []

    def proxy(method, path, headers, body=b"") -> Answer:
        answer = wire(method, path, headers, body)
        weak = {k: f"W/{v}" if k == "etag" else v for k, v in answer.headers.items()}
        tags.append(weak.get("etag", ""))
        return Answer(answer.status, weak, answer.body)

    team.screen.phone.wire = proxy
    team.screen.get(f"inspections/{visit}")
    assert tags[-1] == f'W/"{team.rev(visit)}"'
    answer = team.screen.phone.ask("POST", f"/api/v1/inspections/{visit}/approve", {}, If_Match=tags[-1])
    assert answer["body"]["state"] == "approved"


@pytest.mark.parametrize("verb", ["approve", "return"])
def test_overlap_11_the_county_decides_on_the_version_it_named(team: Team, verb: str):
    visit = visited(team)
    team.screen.act(f"inspections/{visit}/return", reason="照片不清", set={"review_fields/weather": "请核对"})
    team.a.pull()
    assert team.a.base(visit).body["review_fields/weather"] == "请核对"
    returned = team.rev(visit)
    team.a.edit(visit, "inspection.resubmit", weather="阴")
    assert team.a.push()[0]["status"] == "applied"
    stale = refused(lambda: team.screen.act(f"inspections/{visit}/{verb}", returned, reason="再退"))
    assert stale.status == 412
    assert team.body(visit)["state"] == "resubmitted"
    team.screen.act(f"inspections/{visit}/{verb}", reason="再退")
    assert team.body(visit)["state"] == ("approved" if verb == "approve" else "returned")


def test_who_withdraws_in_time_and_who_does_not(team: Team):
    early, late = visited(team), visited(team)
    team.screen.act(f"inspections/{late}/begin_review")
    team.a.do("inspection.withdraw", early)
    team.a.do("inspection.withdraw", late)
    first, second = team.a.push()
    assert first["status"] == "applied"
    assert (second["status"], second["problem"]["reason"]) == ("rejected", "review-begun")
    other = team.b.do("inspection.withdraw", late)
    assert team.b.push_once([other])["results"][0]["status"] == "rejected"
    assert refused(lambda: team.screen.act(f"inspections/{early}/approve")).status == 409
    team.a.pull()
    team.a.edit(early, "inspection.resubmit", weather="阴")
    assert team.a.push()[0]["status"] == "applied"
    team.check_same(team.a, team.b)


def test_nobody_approves_his_own_record(team: Team):
    site = team.open(team.r)
    visit = team.r.inspect(site, activity="none")
    team.r.sync()
    tag = f'"{team.rev(visit)}"'
    own = refused(lambda: team.r.ask("POST", f"/api/v1/inspections/{visit}/approve", {}, If_Match=tag))
    assert (own.status, own.problem["reason"]) == (403, "own-record")
    assert team.screen.act(f"inspections/{visit}/approve")["body"]["state"] == "approved"


def test_a_phone_cannot_send_what_only_the_desk_does(team: Team):
    visit = visited(team)
    team.r.pull()
    for action in ("inspection.approve", "inspection.archive", "site.move", "receipt.admit", "person.edit"):
        team.r.do(action, visit, {"state": "approved"}, base=team.rev(visit), reason="x")
        team.r.outbox[-1].pop("after", None)
    results = team.r.push()
    assert {r["status"] for r in results} == {"rejected"}
    assert {r["problem"]["reason"] for r in results} == {"desk-only"}
    assert team.body(visit)["state"] == "submitted"


# A phone asks for a state; the server decides when the request arrives


def ask(team: Team, site: str, to: str, **more: str) -> tuple[str, dict]:
    """Ask for a status; return the request and what the server made of it."""
    asked = team.a.create("request.make", {"target": site, "to": to, **more}, parent=site)
    team.a.sync()
    return asked, team.a.base(asked).body


def bring(team: Team, site: str, *statuses: str) -> None:
    """Lead a dossier through these statuses, passing over what a guard misses."""
    for status in statuses:
        team.screen.act(f"sites/{site}/transit", set={"to": status, "override": True}, reason="历史档案补录")


TO_ACCEPTED = ("verifying", "confirmed", "registered", "handling", "closing", "closed_pending", "accepted")


def test_overlap_04_relapsed_before_and_accepted_after(team: Team):
    site = team.open()
    bring(team, site, *TO_ACCEPTED[:-1])
    team.a.pull()
    seen = "2026-10-02T08:00:00Z"
    request = team.a.create("request.make", {"target": site, "to": "relapsed", "occurred_at": seen}, parent=site)
    bring(team, site, "accepted")
    team.a.sync()
    asked = team.a.base(request).body
    assert (asked["status"], asked["occurred_at"]) == ("pending", seen)
    assert team.body(site)["lifecycle_status"] == "accepted"
    team.screen.act(f"requests/{request}/grant")
    team.check_same(team.a)
    body = team.a.base(site).body
    assert (body["lifecycle_status"], body["relapse_count"]) == ("relapsed", 1)
    states = [v["patch"]["lifecycle_status"][1] for v in team.versions(site) if "lifecycle_status" in v["patch"]]
    assert states[-2:] == ["accepted", "relapsed"]


def test_a_request_is_granted_left_or_refused_by_the_states(team: Team):
    site = team.open()
    assert ask(team, site, "verifying")[1]["code"] == "no-verifier"
    assert ask(team, site, "verifying", **verifier(team.a))[1]["status"] == "granted"
    assert team.body(site)["lifecycle_status"] == "verifying"
    pending, body = ask(team, site, "confirmed")
    assert body["status"] == "pending"
    refused_, body = ask(team, site, "written_off")
    assert (body["status"], body["code"]) == ("refused", "wrong-state")
    no = refused(lambda: team.screen.act(f"requests/{refused_}/grant"))
    assert no.problem["type"] == "/problems/wrong-state"
    assert refused(lambda: team.screen.act(f"requests/{pending}/refuse")).problem["reason"] == "reason"
    team.screen.act(f"requests/{pending}/refuse", reason="证据不足")
    team.check_same(team.a)
    assert team.a.base(pending).body["decision_reason"] == "证据不足"


def test_the_same_task_finished_twice(team: Team):
    site = team.open(team.b)
    task = team.screen.post(
        "patrol_tasks",
        set={"town_code": "350899101", "task_date": "2026-10-03", f"sites/{site}": True,
             f"assignees/{team.a.user}": True},
    )["id"]  # fmt: skip
    for phone in (team.a, team.b):
        phone.pull()
        phone.do("patrol_task.finish", task, {f"missed/{site}": "塌方"}, base=phone.base(task).rev)
    assert team.a.push()[0]["status"] == "applied"
    (second,) = team.b.push()
    assert (second["status"], second["problem"]["type"]) == ("rejected", "/problems/wrong-state")
    team.check_same(team.a, team.b)
    assert team.a.base(task).body["status"] == "partial"
