"""The review queue and the decisions on an inspection."""

import hashlib
import re
from datetime import UTC, datetime
from random import Random

from county import CELL, T1, T2

from console.desk import Desk, text
from fieldsync import db
from fieldsync.demo.pictures import Shot, jpeg
from fieldsync.ids import new_id
from fieldsync.sync import actors


def body(stage, county, record) -> dict:
    stage.phone.pull()
    return stage.phone.base(record).body


def test_the_queue_shows_the_most_urgent_first(desk, stage):
    page = desk.get("/console/inspections")
    assert page.index(stage.visit) < page.index(stage.quiet)
    row = text(page[page.index(stage.visit) : page.index(stage.quiet)])
    for word in ("老鹰硐", "正在开采", "chen", "2/2", "照片无位置", "待审"):
        assert word in row


def test_older_ones_with_conflicts_or_flags_come_before_those_without(county, desk):
    phone = county.inspector(T1)
    site = phone.site(name="甲", site_kind="adit", town_code=T1, mineral_code="coal")
    plain, flagged, contested, active = (
        phone.inspect(site, kind="routine", activity=activity, remark="a")
        for activity in ("none", "none", "none", "active")
    )
    sha = "0" * 64
    phone.create("photo.add", {"sha256": sha, "size": 1}, parent=flagged)
    phone.sync()
    with county.app.app_context():
        _flag(county, flagged)
    county.screen().patch(f"inspections/{contested}", remark="county")
    phone.edit(contested, remark="township")
    phone.push()
    page = desk.get("/console/inspections")
    order = re.findall(r'href="/console/inspections/([0-9a-f-]{36})"', page)
    assert order == [active, contested, flagged, plain]
    assert "1 处未决冲突" in page


def _flag(county, inspection):
    """Let the server note a flag on the photo of an inspection."""
    with db.reading() as connection:
        photo = db.row(connection, "SELECT id FROM photo WHERE parent_id = :id", id=inspection)[0]
    county.engine.perform(
        actors.system(CELL), "photo.arrive", photo, op=new_id(), set_={"flags/gps_missing": True}
    )


def test_the_queue_is_filtered_by_state_and_township(desk, stage):
    assert stage.visit not in desk.get(f"/console/inspections?town={T2}")
    assert stage.quiet in desk.get(f"/console/inspections?town={T2}")
    assert stage.quiet not in desk.get("/console/inspections?state=approved")
    assert stage.quiet in desk.get("/console/inspections?state=submitted&page=1")
    assert stage.quiet not in desk.get("/console/inspections?page=2")
    desk.get("/console/inspections?page=x&state=nonsense&town=nonsense")


def test_an_inspection_tells_what_was_seen_and_what_the_photos_prove(desk, stage):
    page = text(desk.get(f"/console/inspections/{stage.visit}"))
    for word in (
        "现场状态 正在开采", "矿产品堆存 12.5 t", "迹象 新开挖面", "工棚 是", "封存完好", "照片与站点相距 0 m",
        "手机离站点过远", "26.123457, 117.456789 ±6 m", "巡查记录 · 提交",
    ):  # fmt: skip
        assert word in page, word


def test_looking_at_a_photo_leaves_a_line_of_custody(county, desk, stage):
    answer = desk.client.get(f"/console/photos/{stage.photo}/preview?px=512", buffered=True)
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Cache-Control"] == "no-store"
    original = desk.client.get(f"/console/photos/{stage.photo}/original", buffered=True)
    assert "sandbox" in original.headers["Content-Security-Policy"]
    with county.app.app_context(), db.reading() as connection:
        lines = db.rows(
            connection,
            "SELECT author FROM operation WHERE action = 'photo.view' AND record_id = :id",
            id=stage.photo,
        )
    assert [line[0] for line in lines] == [county.person_id(desk.login)[1]] * 2
    desk.get(f"/console/photos/{stage.photo}/preview?px=7", 400)


def test_approving_reaches_the_phone(county, desk, stage):
    page = desk.submit(f"/console/inspections/{stage.visit}", "approve")
    assert "已办理" in page
    assert "已批准" in page
    approved = body(stage, county, stage.visit)
    assert approved["state"] == "approved"
    assert approved["approved_rev"] in page


def test_begun_reviews_stay_in_the_queue(desk, stage):
    page = desk.submit(f"/console/inspections/{stage.quiet}", "begin_review")
    assert "审核中" in page
    assert stage.quiet in desk.get("/console/inspections")
    assert "已批准" in desk.submit(f"/console/inspections/{stage.quiet}", "approve")


def test_returning_needs_a_reason_and_takes_comments(county, desk, stage):
    path = f"/console/inspections/{stage.visit}"
    page = desk.submit(path, "return", 400, **{"comment:activity": "请说明依据"})
    assert "请填写理由" in page
    assert 'value="请说明依据"' in page
    assert body(stage, county, stage.visit)["state"] == "submitted"
    page = desk.submit(
        path, "return", reason="照片不清", **{"comment:activity": "请说明依据", "comment:remark": " "}
    )
    assert "照片不清" in page
    assert "退回意见：现场状态" in page
    returned = body(stage, county, stage.visit)
    assert returned["state"] == "returned"
    assert returned["review_comment"] == "照片不清"
    assert returned["review_fields/activity"] == "请说明依据"
    assert "review_fields/remark" not in returned


def test_voiding_needs_a_reason(desk, stage):
    path = f"/console/inspections/{stage.quiet}"
    desk.submit(path, "void", 400)
    page = desk.submit(path, "void", reason="误报")
    assert "已作废" in page
    assert 'value="approve"' not in page
    assert stage.quiet not in desk.get("/console/inspections")
    assert stage.quiet in desk.get("/console/inspections?state=voided")


def test_a_decision_on_an_old_revision_shows_what_changed_instead(county, desk, stage):
    path = f"/console/inspections/{stage.quiet}"
    form = desk.form(path, "return", reason="写得很认真的理由")
    stage.phone.pull()
    stage.phone.edit(stage.quiet, remark="其实有新车辙")
    stage.phone.push()
    page = desk.send(form, 412)
    for word in ("本次操作未执行", "一切正常", "其实有新车辙"):
        assert word in page[page.index('role="alert"') :].partition("</section>")[0], word
    assert "写得很认真的理由</textarea>" in page
    assert body(stage, county, stage.quiet)["state"] == "submitted"
    # The page shows the new revision: the same decision now goes through.
    again = re.search(r'name="rev" value="([^"]+)"', page)[1]
    form.fields["rev"] = again
    desk.send(form)
    assert body(stage, county, stage.quiet)["review_comment"] == "写得很认真的理由"


def test_a_form_sent_twice_decides_once(county, desk, stage):
    form = desk.form(f"/console/inspections/{stage.quiet}", "approve")
    desk.send(form)
    desk.send(form)
    versions = county.screen().get(f"inspections/{stage.quiet}/versions")["versions"]
    assert [v["action"] for v in versions].count("inspection.approve") == 1


def test_photos_on_their_way_and_own_records_stop_an_approval(county, desk, stage):
    stage.phone.photograph(stage.quiet, b"not here yet")
    stage.phone.sync()
    page = desk.submit(f"/console/inspections/{stage.quiet}", "approve", 409)
    assert "仍有照片未上传" in page
    assert "照片尚未上传" in page


def test_an_amendment_is_set_against_what_was_approved(desk, stage):
    desk.submit(f"/console/inspections/{stage.quiet}", "approve")
    stage.phone.pull()
    stage.phone.edit(stage.quiet, remark="补充：有车辙")
    stage.phone.sync()
    page = desk.get(f"/console/inspections/{stage.quiet}")
    assert "批准后的修改" in page
    assert "须补理由和签名" in page
    assert stage.quiet in desk.get("/console/inspections")


def test_an_inspection_as_it_was(desk, stage):
    desk.submit(f"/console/inspections/{stage.quiet}", "approve")
    first = re.search(r"at=(1-[0-9a-f]{16})", desk.get(f"/console/inspections/{stage.quiet}"))[1]
    page = desk.get(f"/console/inspections/{stage.quiet}?at={first}")
    assert "这是当时的版本" in page
    assert "待审" in page
    assert 'name="verb"' not in page
    desk.get(f"/console/inspections/{stage.quiet}?at=1999-01-01T08:00", 404)
    desk.get(f"/console/inspections/{stage.quiet}?at=Tuesday", 400)


def test_english_shows_english(county, stage):
    page = Desk(county, county.person("reviewer"), "en").get(f"/console/inspections/{stage.visit}")
    for word in ("Activity", "Active", "Approve", "seal intact", "phone was far from the site"):
        assert word in page


def test_a_preview_is_shown_and_said_to_be_one(county, desk, stage):
    phone = stage.phone
    original, preview = (jpeg(Shot(datetime.now(UTC), 26.1, 117.4), Random(n)) for n in (7, 8))
    sha256 = hashlib.sha256(preview).hexdigest()
    photo = phone.photograph(stage.quiet, original, None, preview_sha256=sha256, preview_size=len(preview))
    phone.push()
    path = f"/console/inspections/{stage.quiet}"
    page = desk.get(path)
    assert "照片尚未上传" in page
    assert f"photos/{photo}/preview" not in page
    phone.upload(preview)
    page = desk.get(path)
    assert "预览（原图未到）" in page
    assert f"photos/{photo}/preview?px=512" in page
    assert f"photos/{photo}/original" not in page
    answer = desk.client.get(f"/console/photos/{photo}/preview?px=512", buffered=True)
    assert (answer.status_code, answer.headers["Fieldsync-Preview"]) == (200, "phone")
    assert "照片未上传" in desk.submit(path, "approve", 409)
    phone.upload(original)
    page = desk.get(path)
    assert "原图未到" not in page
    assert f"photos/{photo}/original" in page
