"""The work of a broken phone, taken in at the desk by administrators of the county."""

import io

import pytest
from broken_phone import PHOTO, POINTS, PREVIEW, entry, files, outbox, sha, tar, work
from county import CELL, OTHER_CELL, T1

from console.desk import Desk, text
from fieldsync import db

PATH = "/console/held/import"


@pytest.fixture
def admin(county) -> Desk:
    return Desk(county, county.person("admin"))


@pytest.fixture
def broken(county):
    """A phone with unsent work, its person's login, and the photo's id."""
    login = county.person("inspector", f"t-{T1}", login="chen")
    phone = county.phone(login)
    _site, photo, _track = work(phone, T1)
    return phone, login, photo


def send(desk: Desk, content: bytes, status: int = 200) -> str:
    form = desk.form(PATH, "")
    form.fields["file"] = (io.BytesIO(content), "export.tar")
    return desk.send(form, status)


def chain(county) -> list[tuple]:
    with county.app.app_context(), db.reading() as connection:
        return [tuple(row) for row in db.rows(connection, "SELECT cell, seq FROM head ORDER BY cell")]


def test_each_operation_and_file_is_told_in_words(county, admin, broken):
    phone, login, photo = broken
    admin.get("/console/held").index(PATH)
    late = phone.do("site.edit", phone.make_id(), {"remark": "x"})
    content = tar(outbox(phone, login), *files(PHOTO, PREVIEW), entry("/etc/passwd", b"x"))
    said = text(send(admin, content))
    for word in ("chen", "档案 · 新建", "照片 · 添加", "巡查轨迹 · 出发", "已执行", late["op"], "待处置",
                 "记录尚未到达", sha(PHOTO), "已收下", "导出文件中没有", sha(POINTS),
                 "不是手机导出的内容"):  # fmt: skip
        assert word in said, word
    assert county.screen().get(f"photos/{photo}")["body"]["have"] is True
    again = text(send(admin, content))
    assert "县里已有" in again
    assert "已收下" not in again


def test_what_is_refused_is_told_with_its_reason(county, admin, broken):
    phone, login, _photo = broken
    bad = {"op": phone.make_id(), "cell": CELL, "action": "photo.arrive", "id": phone.make_id(), "set": {}}
    said = text(send(admin, tar(outbox(phone, login, ops=[bad]))))
    assert "您没有这项权限：此操作须在县级控制台办理" in said


@pytest.mark.parametrize("content", [b"", b"no tar", b"\0" * 2048])
def test_what_is_no_export_is_told(admin, content):
    assert "这不是手机导出的待发件" in text(send(admin, content, 400))


def test_only_people_of_the_county(county, broken):
    phone, login, _photo = broken
    outsider = Desk(county, county.person("admin", cell=OTHER_CELL))
    before = chain(county)
    unknown = text(send(outsider, tar(outbox(phone, "nobody")), 400))
    foreign = text(send(outsider, tar(outbox(phone, login), *files(PHOTO)), 400))
    assert unknown == foreign
    assert "本县没有" in foreign
    assert chain(county) == before
    assert not county.app.extensions["darkroom"].blobs.has(sha(PHOTO))


def test_only_administrators(county, desk, broken):
    phone, login, _photo = broken
    desk.get(PATH, 403)
    assert PATH not in desk.get("/console/held")
    fields = desk.form("/console/inspections", "").fields
    before = chain(county)
    sent = {"csrf_token": fields["csrf_token"], "file": (io.BytesIO(tar(outbox(phone, login))), "x.tar")}
    assert desk.client.post(PATH, data=sent).status_code == 403
    assert chain(county) == before


def test_a_form_without_its_token_is_refused(county, admin, broken):
    phone, login, _photo = broken
    before = chain(county)
    sent = {"file": (io.BytesIO(tar(outbox(phone, login))), "x.tar")}
    assert admin.client.post(PATH, data=sent).status_code == 403
    assert chain(county) == before


def test_large_files_are_taken_from_administrators_alone(county, admin, desk, broken):
    phone, login, _photo = broken
    county.app.config["MAX_PUSH_BYTES"] = 20_000
    content = tar(outbox(phone, login), *files(PHOTO, PREVIEW, POINTS), entry("x", bytes(50_000)))
    assert "已收下" in text(send(admin, content))
    fields = desk.form("/console/inspections", "").fields
    sent = {"csrf_token": fields["csrf_token"], "file": (io.BytesIO(content), "x.tar")}
    assert desk.client.post(PATH, data=sent).status_code == 413
    county.app.config["IMPORT_MAX_BYTES"] = 30_000
    form = admin.form(PATH, "")
    form.fields["file"] = (io.BytesIO(content), "x.tar")
    assert admin.client.post(PATH, data=form.fields).status_code == 413
