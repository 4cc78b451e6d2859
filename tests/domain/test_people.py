"""People: dated roles judged at an operation's head, reassignment, closed accounts (sync.md section 2)."""

from datetime import UTC, datetime, timedelta

import pytest
from calendar_days import Days
from county import PASSWORD, T1, T2, Screen

from fieldsync.sync import actors


@pytest.fixture
def admin(county) -> Screen:
    return county.screen("admin")


def role(name: str, scope: str, row: str = "r0", **more: str) -> dict:
    given = {f"roles/{row}": True, f"roles/{row}/role": name, f"roles/{row}/scope": scope}
    return given | {f"roles/{row}/{path}": value for path, value in more.items()}


def day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=8, days=days)).date().isoformat()


def test_a_role_counts_from_its_first_day_to_its_last(scene, admin):
    phone, site = scene.phone, scene.site()
    rev = admin.get(f"people/{phone.user}")["rev"]
    admin.patch(f"people/{phone.user}", rev, roles__r0__from=day(1))
    assert phone.ask("GET", "/api/v1/session")["scopes"] == ["common", f"u-{phone.user}"]
    admin.patch(f"people/{phone.user}", roles__r0__from=day(0), roles__r0__to=day(0))
    assert f"t-{T1}" in phone.ask("GET", "/api/v1/session")["scopes"]
    admin.patch(f"people/{phone.user}", roles__r0__from=day(-9), roles__r0__to=day(-1))
    phone.pull()
    assert site not in phone.records()


def test_role_and_scope_are_those_of_the_operations_head(scene, admin):
    """Scenario 28: reassigned while offline; what he did before is his, what comes after is not."""
    phone = scene.phone
    site = scene.site()
    phone.edit(site, remark="done before")
    before = [phone.do("site.edit", site, {f"openings/o{n}": True}) for n in range(9)]
    admin.act(f"people/{phone.user}/reassign", set={"towns": [T2]})
    results = phone.push()
    assert {r["status"] for r in results} == {"applied"}
    assert len(before) == 9
    phone.pull()
    assert phone.scopes == [f"t-{T2}", "common", f"u-{phone.user}"]
    assert site not in phone.records()
    phone.do("site.edit", site, {"remark": "after"})
    (result,) = phone.push()
    assert (result["status"], result["why"]) == ("held", "out-of-scope")
    assert scene.body(f"sites/{site}")["remark"] == "done before"


def test_reassigned_to_several_townships_as_a_manager(scene, admin):
    admin.act(f"people/{scene.phone.user}/reassign", set={"towns": [T1, T2], "role": "manager"})
    told = scene.phone.ask("GET", "/api/v1/session")
    assert told["user"]["roles"] == ["manager"]
    assert told["scopes"][:2] == [f"t-{T1}", f"t-{T2}"]


@pytest.mark.parametrize(
    "given",
    [
        {"towns": []}, {}, {"towns": T1}, {"towns": ["350898101"]}, {"towns": [None]}, {"towns": ["x"]},
        {"towns": [T1], "role": "reviewer"}, {"towns": [T1], "role": "admin"}, {"towns": [f"t-{T1}"]},
    ],
)  # fmt: skip
def test_a_reassignment_that_is_none(scene, admin, refusal, given):
    assert refusal(admin.act, f"people/{scene.phone.user}/reassign", set=given)[0] == 400
    assert f"t-{T1}" in scene.phone.ask("GET", "/api/v1/session")["scopes"]


@pytest.mark.parametrize(
    "roles",
    [
        role("emperor", f"t-{T1}"),
        role("inspector", "c-350899"),
        role("reviewer", "c-350898"),
        role("inspector", "t-350898101"),
        role("inspector", "u-somebody"),
        role("inspector", "common"),
        role("inspector", "t-35089910x"),
        role("inspector", f"t-{T1}", **{"from": "soon"}),
        role("inspector", f"t-{T1}", to="2026-13-01"),
    ],
)
def test_no_role_opens_a_door_that_is_not_its_own(admin, refusal, roles):
    assert refusal(admin.post, "people", set={"name": "x", "login": "x1"} | roles)[0] == 400


def test_a_township_role_is_not_widened_in_two_steps(scene, admin, refusal):
    path = f"people/{scene.phone.user}"
    assert refusal(admin.patch, path, roles__r0__scope="c-350899")[0] == 400
    made = admin.post("people", set={"name": "x", "login": "x2"} | role("reviewer", "c-350899"))
    assert refusal(admin.patch, f"people/{made['id']}", roles__r0__role="inspector")[0] == 400


def test_a_closed_account_and_its_return(scene, admin, refusal):
    phone = scene.phone
    login = scene.reviewer.get(f"people/{phone.user}")["body"]["login"]
    admin.act(f"people/{phone.user}/deactivate")
    assert refusal(phone.pull) == (403, "inactive")
    assert refusal(phone.sign_in, login, PASSWORD) == (403, "inactive")
    admin.patch(f"people/{phone.user}", active=True)
    phone.pull()
    phone.site(name="x", site_kind="adit", town_code=T1, mineral_code="coal")
    assert phone.push()[0]["status"] == "applied"


def test_an_import_of_a_closed_accounts_outbox_waits_for_the_desk(scene, admin):
    """Scenario 31: held as inactive-author, admitted, attributed to its author."""
    phone = scene.phone
    site = scene.site()
    phone.edit(site, remark="unsent")
    admin.act(f"people/{phone.user}/deactivate")
    with scene.county.app.app_context():
        author = scene.county.engine.actor("350899", phone.user, phone.device)
        author.active = False
        (result,) = scene.county.engine.push(author, {"ops": phone.outbox})["results"]
    assert (result["status"], result["why"]) == ("held", "inactive-author")
    scene.reviewer.post(f"held/{result['op']}/admit", reason="核实")
    version = scene.reviewer.get(f"sites/{site}/versions")["versions"][-1]
    assert version["by"] == phone.user
    assert scene.body(f"sites/{site}")["remark"] == "unsent"


def test_who_is_in_two_roles_has_both(county):
    login = county.person("manager", f"t-{T1}")
    phone = county.phone(login)
    admin = county.screen("admin")
    admin.patch(
        f"people/{phone.user}", **{k.replace("/", "__"): v for k, v in role("reviewer", "c-350899", "r9").items()}
    )
    told = phone.ask("GET", "/api/v1/session")
    assert told["user"]["side"] == "county"
    assert set(told["user"]["roles"]) == {"manager", "reviewer"}


def test_people_carry_a_salt(scene):
    assert len(scene.reviewer.get(f"people/{scene.phone.user}")["body"]["salt"]) >= 32


def test_before_his_first_day_a_person_is_what_he_was_on_it(scene):
    """A head older than the person himself does not make him nobody."""
    site = scene.site()
    late = scene.county.inspector()
    late.do("site.edit", site, {"remark": "x"})["head"] = 0
    assert late.push()[0]["status"] == "applied"
    with scene.county.app.app_context():
        assert scene.county.engine.actor("350899", late.user).tenures
        assert actors.system("350899").user == actors.SYSTEM


# Handing a township over


@pytest.fixture
def handing(scene, admin):
    """An inspector with tasks of four days, a plan that names him, and a colleague of another township."""
    days = Days(scene.county, "2026-11-02")
    scene.phone.clock = days.clock
    colleague = scene.county.inspector(T2, clock=days.clock)
    scene.days, scene.colleague, scene.site_id, scene.tasks = days, colleague, scene.site(), {}
    for on in ("2026-10-30", "2026-11-03", "2026-11-10", "2026-11-20"):
        task = {"title": on, "town_code": T1, "task_date": on, f"sites/{scene.site_id}": True}
        task |= {f"assignees/{scene.phone.user}": True}
        scene.tasks[on] = scene.reviewer.post("patrol_tasks", set=task)["id"]
    plan = {"title": "计划", "town_code": T1, f"owners/{scene.phone.user}": True}
    scene.plan = scene.reviewer.post("patrol_plans", set=plan)["id"]
    scene.admin = admin
    return scene


def hand_over(scene, **given) -> dict:
    asked = {"town": T1, "to": scene.colleague.user} | {name.rstrip("_"): value for name, value in given.items()}
    return scene.admin.act(f"people/{scene.phone.user}/hand_over", set=asked, reason="生育假")


def whose(scene) -> dict[str, bool]:
    """Return by day whether the colleague has the task; nobody else has it then."""
    bodies = {on: scene.body(f"patrol_tasks/{task}") for on, task in scene.tasks.items()}
    persons = {on: {path[10:] for path in body if path.startswith("assignees/")} for on, body in bodies.items()}
    assert {len(found) for found in persons.values()} == {1}
    return {on: scene.colleague.user in found for on, found in persons.items()}


def test_a_township_is_handed_over_for_some_days(handing):
    answer = hand_over(handing, why="leave", from_="2026-11-02", until="2026-11-10")
    assert [issue["count"] for issue in answer["issues"]] == [3]
    assert list(whose(handing).values()) == [True, True, True, False], "overdue ones too, later ones not"
    phone, colleague = handing.phone, handing.colleague
    seen = {}
    for on in ("2026-11-02", "2026-11-10", "2026-11-11"):
        handing.days.on(on)
        for each in (phone, colleague):
            each.pull()
        seen[on] = (f"t-{T1}" in phone.scopes, f"t-{T1}" in colleague.scopes)
    assert list(seen.values()) == [(True, True), (True, True), (True, False)]
    body = handing.body(f"people/{phone.user}")
    kept = {path.rpartition("/")[2]: value for path, value in body.items() if path.startswith("handovers/")}
    told = {"town": T1, "to": colleague.user, "why": "leave", "reason": "生育假", "tasks": 3}
    assert kept.items() >= (told | {"from": "2026-11-02", "until": "2026-11-10"}).items()
    assert colleague.user in [value for path, value in body.items() if path.endswith("/delegate")]
    assert handing.body(f"patrol_plans/{handing.plan}")[f"owners/{phone.user}"] is True


def test_who_leaves_gives_everything_away(handing):
    hand_over(handing, why="departure", from_="2026-11-05")
    assert list(whose(handing).values()) == [False, False, True, True], "until then he still goes"
    handing.days.on("2026-11-04")
    handing.phone.pull()
    assert f"t-{T1}" in handing.phone.scopes
    handing.days.on("2026-11-05")
    handing.phone.pull()
    handing.colleague.pull()
    assert f"t-{T1}" not in handing.phone.scopes
    assert f"t-{T1}" in handing.colleague.scopes
    owners = {path for path in handing.body(f"patrol_plans/{handing.plan}") if path.startswith("owners/")}
    assert owners == {f"owners/{handing.colleague.user}"}


def test_at_once_where_the_day_has_come(handing):
    hand_over(handing, why="departure")
    assert set(whose(handing).values()) == {True}
    handing.phone.pull()
    handing.colleague.pull()
    assert handing.site_id not in handing.phone.records()
    assert handing.site_id in handing.colleague.records()


def test_a_handover_that_makes_no_sense_is_refused(handing, refusal):
    days = {"from_": "2026-11-02", "until": "2026-11-10"}
    gone = handing.county.person_id(handing.county.person("inspector", f"t-{T1}"))[1]
    handing.admin.act(f"people/{gone}/deactivate")
    for given, reason in (
        ({"why": "leave", "from_": "2026-11-02"}, "period"),
        ({"why": "departure", **days}, "period"),
        ({"why": "leave", "from_": "2026-11-10", "until": "2026-11-02"}, "period"),
        ({"why": "leave", "from_": "soon", "until": "2026-11-02"}, "date"),
        ({"why": "whim", **days}, "choice"),
        ({"why": "leave", **days, "town": T2}, "handover-town"),
        ({"why": "leave", **days, "to": handing.phone.user}, "handover-person"),
        ({"why": "leave", **days, "to": gone}, "handover-person"),
        ({"why": "leave", **days, "to": handing.site_id}, "handover-person"),
    ):
        assert refusal(hand_over, handing, **given)[1] == reason, given
    assert not any(whose(handing).values())
