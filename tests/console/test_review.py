"""The reviewers' desk: claiming, several at once, corrections, undoing, and what the page lays side by side."""

import re

import pytest
from county import T1

from console.desk import Desk, text
from fieldsync.actions import REGISTRY
from fieldsync.domain.forms import load_all


@pytest.fixture
def phone(county):
    """The phone of an inspector of township 1, with a site that has a position."""
    made = county.inspector(T1)
    made.here = made.site(name="甲硐", site_kind="adit", town_code=T1, mineral_code="coal", lat=26.0, lon=117.0)
    made.sync()
    return made


@pytest.fixture
def other(county) -> Desk:
    """A second reviewer."""
    return Desk(county, county.person("reviewer", login="second"))


def visit(phone, **fields) -> str:
    made = phone.inspect(phone.here, **{"kind": "routine", "activity": "none"} | fields)
    phone.sync()
    return made


def harmless(county, phone, **fields) -> str:
    """Hand in an inspection that nothing speaks against where no photos are asked for."""
    county.app.config["MIN_PHOTOS"] = 0
    return visit(phone, **fields)


def body(county, made: str) -> dict:
    return county.screen().get(f"inspections/{made}")["body"]


def page(made: str) -> str:
    return f"/console/inspections/{made}"


# Claiming


def test_who_begins_a_review_has_it_and_another_reviewer_sees_who(desk, other, phone):
    made = visit(phone)
    desk.submit(page(made), "begin_review")
    seen = other.get(page(made))
    assert f"{desk.login} 正在审核" in seen
    assert 'value="approve"' not in seen
    assert 'value="return"' not in seen
    assert desk.login in text(other.get("/console/inspections"))
    assert made in other.get("/console/inspections?claim=others")
    assert made not in other.get("/console/inspections?claim=free")
    assert made in desk.get("/console/inspections?claim=mine")


def test_of_two_who_begin_at_once_one_has_it(desk, other, phone):
    made = visit(phone)
    late = other.form(page(made), "begin_review")
    desk.submit(page(made), "begin_review")
    assert "本次操作未执行" in other.send(late, 412)


def test_a_decision_on_somebody_elses_review_is_refused_at_every_door(county, desk, other, phone):
    made = visit(phone)
    form = other.form(page(made), "approve")
    desk.submit(page(made), "begin_review")
    form.fields["rev"] = county.screen().get(f"inspections/{made}")["rev"]
    assert "他人正在审核此记录" in other.send(form, 409)
    assert body(county, made)["state"] == "under_review"


def test_taking_over_needs_a_reason_that_stays(county, desk, other, phone):
    made = visit(phone)
    desk.submit(page(made), "begin_review")
    assert "请填写理由" in other.submit(page(made), "take_over", 400)
    after = other.submit(page(made), "take_over", reason="同事休假")
    assert "同事休假" in after
    assert 'value="approve"' in after
    assert "正在审核" in desk.get(page(made))
    assert body(county, made)["reviewed_by"] == county.person_id("second")[1]


def test_given_back_it_waits_as_before_and_its_author_may_withdraw(county, desk, phone):
    made = visit(phone)
    desk.submit(page(made), "begin_review")
    desk.submit(page(made), "release", reason="不熟悉该矿种")
    assert body(county, made)["state"] == "submitted"
    assert "reviewed_by" not in body(county, made)
    phone.pull()
    phone.do("inspection.withdraw", made, base=phone.base(made).rev)
    assert phone.push()[0]["status"] == "applied"


# Several at once


def choose(desk: Desk, *made: str, **more: str) -> str:
    """Tick inspections of the queue and approve them."""
    listed = desk.get("/console/inspections")
    chosen = [value for value in re.findall(r'name="chosen" value="([^"]+)"', listed) if value[:36] in made]
    form = desk.form("/console/inspections", "approve_chosen")
    form.fields |= {"chosen": chosen} | more
    return desk.send(form, 200)


def test_the_harmless_are_approved_together_each_on_its_revision(county, desk, phone):
    first, second, third = (harmless(county, phone, remark=str(n)) for n in range(3))
    form = desk.form("/console/inspections", "approve_chosen")
    listed = desk.get("/console/inspections")
    form.fields["chosen"] = [v for v in re.findall(r'name="chosen" value="([^"]+)"', listed) if v[:36] != third]
    phone.pull()
    phone.edit(second, remark="改过")
    phone.push()
    answer = text(desk.send(form, 200))
    assert "已批准 1 条，共 2 条" in answer
    assert "记录已被他人更改" in answer
    assert [body(county, made)["state"] for made in (first, second, third)] == [
        "approved",
        "submitted",
        "submitted",
    ]
    # Sent twice it decides once.
    assert "已批准 1 条，共 2 条" in text(desk.send(form, 200))


def test_what_something_speaks_against_cannot_be_chosen(county, desk, phone):
    risky, fine = harmless(county, phone, activity="active"), harmless(county, phone)
    listed = desk.get("/console/inspections")
    assert f'value="{risky} ' not in listed
    assert f'value="{fine} ' in listed
    rev = county.screen().get(f"inspections/{risky}")["rev"]
    form = desk.form("/console/inspections", "approve_chosen")
    form.fields["chosen"] = [f"{risky} {rev}"]
    assert "须逐条审核" in desk.send(form, 200)
    assert body(county, risky)["state"] == "submitted"


def test_choosing_nothing_is_told(county, desk, phone):
    harmless(county, phone)
    form = desk.form("/console/inspections", "approve_chosen")
    assert "请先勾选" in desk.send(form, 400)
    form.fields |= {"chosen": "x y", "op": "x"}
    desk.send(form, 428)


# Corrections and undoing


def test_corrections_are_the_countys_and_the_townships_value_stays(county, desk, phone):
    made = harmless(county, phone, activity="suspected", workers="x")
    county.app.config["MIN_PHOTOS"] = 0
    assert "请填写理由" in desk.submit(page(made), "correct", 400, **{"county:activity": "active"})
    after = text(desk.submit(page(made), "correct", reason="照片可见开采", **{"county:activity": "active"}))
    assert "现场状态 疑似 县级意见 正在开采" in after
    assert "照片可见开采" in after
    kept = body(county, made)
    assert (kept["activity"], kept["county/activity"], kept["state"]) == ("suspected", "active", "approved")
    # The approved version holds the correction.
    approved = county.screen().get(f"inspections/{made}/versions?at={kept['approved_rev']}")["body"]
    assert approved["county/activity"] == "active"
    phone.pull()
    assert phone.base(made).body["activity"] == "suspected"


def test_a_correction_that_is_no_value_approves_nothing(county, desk, phone):
    made = visit(phone, stockpile_t=5)
    answer = desk.submit(page(made), "correct", 400, reason="改", **{"county:stockpile_t": "很多"})
    assert "很多" in answer
    assert body(county, made)["state"] == "submitted"
    desk.submit(page(made), "correct", 400, reason="没有更正")
    assert "county/stockpile_t" not in body(county, made)


def test_if_it_cannot_be_approved_it_is_not_corrected_either(county, desk, phone):
    made = visit(phone)
    phone.create("photo.add", {"sha256": "ab" * 32, "size": 1}, parent=made)
    phone.sync()
    answer = desk.submit(page(made), "correct", 409, reason="改", **{"county:activity": "active"})
    assert "照片未上传" in answer
    assert "county/activity" not in body(county, made)


def test_the_api_corrects_by_the_same_rule(county, phone, refusal_of):
    made, screen = visit(phone), county.screen()
    assert refusal_of(screen, made, set={"activity": "active"}, reason="x") == "correction"
    assert refusal_of(screen, made, set={"county/activity": "dancing"}, reason="x") == "correction"
    assert refusal_of(screen, made, set={"county/state": "approved"}, reason="x") == "correction"
    assert refusal_of(screen, made, set={}, reason="x") == "correction"
    assert refusal_of(screen, made, set={"county/activity": "active"}) == "reason"
    screen.act(f"inspections/{made}/correct", set={"county/activity": "active"}, reason="x")
    assert body(county, made)["state"] == "submitted"


@pytest.fixture
def refusal_of():
    """Ask for a correction; return the reason of its refusal."""
    from fieldsync.demo.wire import Refused

    def ask(screen, made: str, **given) -> str:
        with pytest.raises(Refused) as refused:
            screen.act(f"inspections/{made}/correct", **given)
        return refused.value.problem["reason"]

    return ask


def test_an_approval_is_undone_with_a_reason_and_the_site_forgets_it(county, desk, phone):
    older = visit(phone, started_at="2026-10-01T01:00:00Z", activity="none")
    made = visit(phone, started_at="2026-10-02T01:00:00Z", activity="active")
    for each in (older, made):
        desk.submit(page(each), "approve")
    site = county.screen().get(f"sites/{phone.here}")["body"]
    assert (site["last_visit_id"], site["last_visit_activity"]) == (made, "active")
    approved = body(county, made)["approved_rev"]
    assert "请填写理由" in desk.submit(page(made), "reopen", 400)
    after = desk.submit(page(made), "reopen", reason="批错了")
    assert "审核中" in after
    assert "批错了" in after
    assert approved in after
    assert "approved_rev" not in body(county, made)
    site = county.screen().get(f"sites/{phone.here}")["body"]
    assert (site["last_visit_id"], site["last_visit_activity"]) == (older, "none")
    desk.submit(page(older), "void", reason="重复")
    assert "last_visit_id" not in county.screen().get(f"sites/{phone.here}")["body"]


# What lies side by side


def test_what_changed_since_the_last_visit(desk, phone):
    visit(phone, started_at="2026-10-01T01:00:00Z", seal_state="intact", remark="一切正常")
    made = visit(phone, started_at="2026-10-02T01:00:00Z", seal_state="damaged", remark="一切正常")
    later = visit(phone, started_at="2026-10-03T01:00:00Z", seal_state="missing")
    section = text(desk.get(page(made))).partition("与上次巡查相比")[2].partition("填报内容")[0]
    assert "封堵 完好 损坏" in section
    assert "备注" not in section
    assert "封堵 损坏 缺失" in text(desk.get(page(later)))


def test_the_first_visit_has_nothing_to_compare_with(desk, phone):
    assert "与上次巡查相比" not in desk.get(page(visit(phone)))


def test_all_witnesses_of_the_place_stand_on_one_map(desk, stage):
    seen = desk.get(page(stage.visit))
    assert seen.count('<g class="mark') == 5
    words = text(seen)
    assert re.search(r"2 到场定位 26.123600, 117.456900 ±8 m \d+ m", words)
    assert re.search(r"照片 \d，EXIF", words)
    assert re.search(r"照片 \d，手机", words)


def test_signatures_are_drawn_and_nothing_else_gets_into_the_drawing(desk, phone):
    row, bad = phone.make_id(), phone.make_id()
    made = visit(
        phone,
        **{
            f"signatures__{row}": True, f"signatures__{row}__name": "张三",
            f"signatures__{row}__strokes": "M10 20L30.5 40",
            f"signatures__{bad}": True, f"signatures__{bad}__name": "李四",
            f"signatures__{bad}__strokes": 'M1 1"/><script>alert(1)</script>',
        },
    )  # fmt: skip
    seen = desk.get(page(made))
    assert '<path d="M10 20L30.5 40"/>' in seen
    assert "张三" in seen
    assert "李四" in seen
    assert "alert(1)" not in seen.partition("历史")[0]


def test_the_form_tells_what_is_wrong_and_what_could_not_be_told(county, desk, phone):
    with county.app.app_context():
        load_all(county.engine, REGISTRY.nouns)
    given = {"kind": "routine", "activity": "none", "access": "reached", "could_not/position": "峡谷无信号"}
    made = phone.create("inspection.submit", given, parent=phone.here, form="patrol@1")
    phone.sync()
    words = text(desk.get(page(made)))
    assert "无法填写 — 峡谷无信号" in words
    assert "此项必填" in words.partition("未填写")[2]


def test_the_sheet_for_paper_has_signature_and_seal(desk, stage):
    sheet = desk.get(f"{page(stage.visit)}/sheet")
    for word in ("矿山巡查记录表", "（盖章）", "老鹰硐", "正在开采", "封存完好"):
        assert word in sheet
    assert f"photos/{stage.photo}/preview?px=512" in sheet
    assert "/original" not in sheet
    assert "<nav" not in sheet


def test_a_reviewer_of_another_county_finds_none_of_it(county, phone):
    made = visit(phone)
    stranger = Desk(county, county.person("reviewer", "c-350898", cell="350898"))
    for path in (page(made), f"{page(made)}/sheet"):
        assert made not in stranger.get(path, 404)
    assert made not in stranger.get("/console/inspections")
