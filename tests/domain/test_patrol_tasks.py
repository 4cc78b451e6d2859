"""Patrol tasks: planned, lent, taken, finished, decided (domain.md section 3.2; sync.md scenario 30)."""

from datetime import UTC, datetime, timedelta

from county import T1, T2, Screen

from .conftest import SITE


def plan(scene, *sites: str, assignees=(), **fields) -> str:
    """Plan a task at the county's screen."""
    given = {"title": "例行巡查", "town_code": T1, "task_date": "2026-10-03"} | fields
    given |= {f"sites/{site}": True for site in sites} | {f"assignees/{who}": True for who in assignees}
    return scene.reviewer.post("patrol_tasks", set=given)["id"]


def status(scene, task: str) -> str:
    return scene.body(f"patrol_tasks/{task}")["status"]


def test_planned_and_assigned(scene):
    site = scene.site()
    task = plan(scene, site)
    assert status(scene, task) == "planned"
    body = scene.body(f"patrol_tasks/{task}")
    assert (body["title"], body["task_date"]) == ("例行巡查", "2026-10-03"), "what the county plans is the plan"
    scene.reviewer.patch(f"patrol_tasks/{task}", **{f"assignees__{scene.phone.user}": True})
    assert status(scene, task) == "assigned"


def test_taken_visited_and_completed(scene):
    sites = [scene.site(), scene.site()]
    task = plan(scene, *sites, assignees=[scene.phone.user])
    scene.phone.pull()
    scene.phone.do("patrol_task.take", task)
    scene.phone.sync()
    body = scene.phone.base(task).body
    assert body["status"] == "downloaded"
    assert f"downloaded/{scene.phone.device}" in body
    visits = [scene.phone.inspect(site, activity="none", task_id=task) for site in sites]
    scene.phone.sync()
    body = scene.phone.base(task).body
    assert body["status"] == "in_progress"
    assert [body[f"visited/{site}"] for site in sites] == visits
    assert scene.phone.base(visits[0]).body["origin"] == "task"
    scene.phone.do("patrol_task.finish", task)
    assert scene.phone.push()[0]["issues"] == []
    assert status(scene, task) == "completed"


def test_finished_in_part_asks_for_reasons(scene):
    sites = [scene.site(), scene.site(), scene.site()]
    task = plan(scene, *sites, assignees=[scene.phone.user])
    scene.phone.pull()
    scene.phone.inspect(sites[0], activity="none", task_id=task)
    scene.phone.do("patrol_task.finish", task, {f"missed/{sites[1]}": "河水上涨"})
    *_, result = scene.phone.push()
    assert result["issues"] == [{"code": "missed-without-reason", "path": f"missed/{sites[2]}"}]
    assert status(scene, task) == "partial"
    scene.phone.do("patrol_task.finish", task)
    assert scene.phone.push()[0]["problem"]["type"] == "/problems/wrong-state"


def test_a_site_is_lent_to_an_assignee_from_another_township(scene):
    """He gets the site and his own visits of it, nothing else of that township; then he hands it back."""
    site, other = scene.site(), scene.site()
    guest = scene.county.inspector(T2)
    task = plan(scene, site, assignees=[guest.user])
    guest.pull()
    assert site in guest.records()
    assert task in guest.records()
    assert other not in guest.records()
    visit = guest.inspect(site, activity="none", task_id=task)
    assert guest.push()[0]["status"] == "applied"
    guest.do("patrol_task.finish", task)
    guest.sync()
    assert status(scene, task) == "completed"
    assert site not in guest.records()
    assert guest.base(visit).body["activity"] == "none"
    assert scene.reviewer.get(f"inspections/{visit}")["scope"] == f"t-{T1}"
    guest.do("site.edit", site, {"remark": "later"})
    assert guest.push()[0]["why"] == "out-of-scope"


def test_two_scopes(scene):
    """Scenario 30: the site of one's own township stays when the task ends, and goes with the township."""
    site = scene.site()
    task = plan(scene, site, assignees=[scene.phone.user])
    scene.phone.pull()
    assert site in scene.phone.members[f"u-{scene.phone.user}"]
    assert site in scene.phone.members[f"t-{T1}"]
    scene.reviewer.act(f"patrol_tasks/{task}/cancel", reason="改期")
    scene.phone.pull()
    assert site not in scene.phone.members[f"u-{scene.phone.user}"]
    assert site in scene.phone.members[f"t-{T1}"]
    scene.county.screen("admin").act(f"people/{scene.phone.user}/reassign", set={"towns": [T2]})
    scene.phone.pull()
    assert site not in scene.phone.records()


def test_two_tasks_lend_the_same_site(scene):
    site = scene.site()
    guest = scene.county.inspector(T2)
    one, two = (plan(scene, site, assignees=[guest.user]) for _ in range(2))
    scene.reviewer.act(f"patrol_tasks/{one}/cancel", reason="x")
    guest.pull()
    assert site in guest.records()
    scene.reviewer.act(f"patrol_tasks/{two}/cancel", reason="x")
    guest.pull()
    assert site not in guest.records()


def test_who_is_taken_off_a_task_loses_its_sites(scene):
    site = scene.site()
    guest = scene.county.inspector(T2)
    task = plan(scene, site, assignees=[guest.user])
    guest.pull()
    scene.reviewer.patch(f"patrol_tasks/{task}", **{f"assignees__{guest.user}": None})
    guest.pull()
    assert not {site, task} & guest.records().keys()


def test_nobody_lends_himself_a_foreign_site(scene):
    """Neither at once nor by the next, innocent change of the county."""
    foreign = scene.reviewer.post("sites", set=SITE | {"town_code": T2, "name": "别处"})["id"]
    manager = Screen(scene.county, scene.county.person("manager", f"t-{T1}"))
    given = {"title": "x", "town_code": T1, "task_date": "2026-10-03"}
    made = manager.post(
        "patrol_tasks", set=given | {f"sites/{foreign}": True, f"assignees/{scene.phone.user}": True}
    )
    assert made["fields"][f"sites/{foreign}"] == "ignored"
    assert {"code": "out-of-scope", "path": f"sites/{foreign}"} in made["issues"]
    scene.reviewer.patch(f"patrol_tasks/{made['id']}", note="innocent")
    scene.phone.pull()
    assert foreign not in scene.phone.records()
    assert manager.phone.ask("GET", "/api/v1/sites")["records"] == []


def test_cancelled_with_a_reason_and_only_once(scene, refusal):
    task = plan(scene)
    assert refusal(scene.reviewer.act, f"patrol_tasks/{task}/cancel") == (400, "reason")
    scene.reviewer.act(f"patrol_tasks/{task}/cancel", reason="台风")
    assert scene.body(f"patrol_tasks/{task}")["decision_reason"] == "台风"
    assert refusal(scene.reviewer.act, f"patrol_tasks/{task}/cancel", reason="x") == (409, "wrong-state")
    scene.phone.do("patrol_task.take", task)
    assert scene.phone.push()[0]["problem"]["type"] == "/problems/wrong-state"


def test_decisions_about_what_was_not_done(scene, refusal):
    past = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
    future = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    task = plan(scene, task_date=past)
    decide = f"patrol_tasks/{task}/decide"
    assert refusal(scene.reviewer.act, decide, set={"to": "overdue"}) == (400, "reason")
    assert refusal(scene.reviewer.act, decide, set={"to": "completed"}, reason="x") == (409, "wrong-state")
    for to in ("overdue", "explained", "accepted_excuse"):
        scene.reviewer.act(decide, set={"to": to}, reason="x")
        assert status(scene, task) == to
    assert refusal(scene.reviewer.act, decide, set={"to": "counted_missed"}, reason="x") == (409, "wrong-state")
    for not_yet in (plan(scene, task_date=future), plan(scene, task_date=past, due_on=future)):
        path = f"patrol_tasks/{not_yet}/decide"
        assert refusal(scene.reviewer.act, path, set={"to": "overdue"}, reason="x") == (409, "wrong-state")


def test_what_is_done_is_not_called_missed(scene, refusal):
    task = plan(scene, task_date="2026-01-02")
    scene.phone.pull()
    scene.phone.do("patrol_task.finish", task)
    scene.phone.push()
    path = f"patrol_tasks/{task}/decide"
    assert refusal(scene.reviewer.act, path, set={"to": "counted_missed"}, reason="x") == (409, "wrong-state")


def test_the_township_says_why_and_the_county_decides(scene, refusal):
    manager = Screen(scene.county, scene.county.person("manager", f"t-{T1}"))
    past = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
    task, future = plan(scene, task_date=past), plan(scene, task_date="2099-01-01")
    assert refusal(manager.act, f"patrol_tasks/{task}/explain") == (400, "reason")
    assert refusal(manager.act, f"patrol_tasks/{future}/explain", reason="x") == (409, "not-overdue")
    assert refusal(scene.reviewer.act, f"patrol_tasks/{task}/explain", reason="x")[0] == 403
    manager.act(f"patrol_tasks/{task}/explain", reason="山洪断路")
    body = scene.body(f"patrol_tasks/{task}")
    assert (body["status"], body["missed_reason"]) == ("explained", "山洪断路")
    scene.reviewer.act(f"patrol_tasks/{task}/decide", set={"to": "accepted_excuse"}, reason="属实")
    assert refusal(manager.act, f"patrol_tasks/{task}/explain", reason="x") == (409, "not-overdue")
