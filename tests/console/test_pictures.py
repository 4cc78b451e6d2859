"""Pictures of cameras and drones: matched by place and day, the doubtful put to a person, each file once."""

import io
import re
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from click.testing import CliRunner
from county import CELL, OTHER_CELL, T1

from console.desk import Desk, text
from console.stage import PLACE
from fieldsync import db
from fieldsync.cli import main
from fieldsync.demo.pictures import Shot, jpeg
from fieldsync.domain import photos

NOW = datetime.now(UTC)


def picture(seed: int, lat: float = PLACE["lat"], lon: float = PLACE["lon"], at: datetime = NOW, **more) -> bytes:
    return jpeg(Shot(at, lat, lon, **more), Random(seed))


def send(desk: Desk, *contents: bytes, status: int = 302) -> str:
    form = desk.form("/console/pictures", "")
    form.fields["files"] = [(io.BytesIO(content), f"DJI_{i:04}.JPG") for i, content in enumerate(contents)]
    answer = desk.client.post("/console/pictures", data=form.fields)
    assert answer.status_code == status
    return desk.get(answer.headers["Location"]) if status == 302 else answer.text


@pytest.fixture
def site(county) -> str:
    """A lonely site without visits."""
    set_ = {
        "name": "孤点",
        "site_kind": "adit",
        "town_code": T1,
        "mineral_code": "coal",
        "lon": 117.9,
        "lat": 26.5,
    }
    return county.screen().post("sites", set=set_)["id"]


def photos_at(county, parent: str) -> list[dict]:
    with county.app.app_context(), db.reading() as connection:
        return [photo.body for photo in photos.beneath(connection, CELL, [parent]).get(parent, [])]


def test_a_picture_near_one_site_is_proposed_and_attached_once(county, desk, site):
    content = picture(1, 26.5005, 117.9)
    page = text(send(desk, content))
    assert "可以归入" in page
    assert "孤点" in page
    assert photos_at(county, site) == []
    assert "已归入 1 张照片" in desk.submit("/console/pictures", "attach")
    (body,) = photos_at(county, site)
    assert body["capture_source"] == "gallery"
    assert body["have"] is True
    assert "claim" not in body
    assert body["exif_to_site_m"] > 40
    assert "1 张县里已有" in text(send(desk, content))
    assert len(photos_at(county, site)) == 1


def test_pictures_that_wait_show_a_small_preview_to_their_own_county(county, desk, site):
    page = send(desk, picture(1, 26.5005, 117.9))
    (path,) = re.findall(r'<img class="thumb" src="([^"]+)"', page)
    answer = desk.client.get(path, buffered=True)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert len(answer.data) < 80_000
    for stranger in (
        Desk(county, county.person("reviewer", cell=OTHER_CELL)),
        Desk(county, county.person("leader")),
    ):
        assert stranger.client.get(path).status_code in (403, 404)
    desk.get("/console/pictures/..%2Fsecret_key.jpg", 404)
    desk.submit("/console/pictures", "attach")
    assert desk.client.get(path).status_code == 404, "a photo now, and each look is noted"


def test_a_picture_of_the_day_of_a_visit_is_proposed_for_the_visit(county, desk):
    phone = county.inspector()
    site = phone.site(name="硐甲", site_kind="adit", town_code=T1, mineral_code="coal", **PLACE)
    visit = phone.inspect(site, activity="none", started_at=NOW.isoformat())
    phone.sync()
    send(desk, picture(2))
    desk.submit("/console/pictures", "attach")
    assert len(photos_at(county, visit)) == 1
    send(desk, picture(3, at=NOW - timedelta(days=3)))
    desk.submit("/console/pictures", "attach")
    assert len(photos_at(county, site)) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (picture(4, gps="none"), "照片没有定位"), (picture(5, 26.9, 117.1), "附近没有站点"),
        (picture(6, 26.50100, 117.9), "附近还有别的站点"),
    ],
)  # fmt: skip
def test_the_doubtful_wait_for_a_person(county, desk, site, content, why):
    other = {
        "name": "邻点",
        "site_kind": "adit",
        "town_code": T1,
        "mineral_code": "coal",
        "lon": 117.9,
        "lat": 26.5018,
    }
    county.screen().post("sites", set=other)
    assert why in text(send(desk, content))
    assert "已归入 0 张照片" in desk.submit("/console/pictures", "attach")
    form = desk.form("/console/pictures", "attach")
    name = next(field for field in form.fields if field.startswith("number/"))
    form.fields[name] = county.screen().get(f"sites/{site}")["body"]["dossier_no"]
    assert "已归入 1 张照片" in desk.send(form)
    assert len(photos_at(county, site)) == 1


def test_what_is_no_picture_is_not_kept_and_what_is_put_aside_goes(county, desk, site):
    page = text(send(desk, b"no picture at all", picture(7, 26.5, 117.9)))
    assert "收到 1 张照片" in page
    assert "1 个不是照片" in page
    form = desk.form("/console/pictures", "attach")
    form.fields[next(field for field in form.fields if field.startswith("to/"))] = "dismiss"
    desk.send(form)
    assert "孤点" not in desk.get("/console/pictures")
    assert photos_at(county, site) == []


def test_only_people_of_the_county_who_may_add_photos(county, desk, site):
    send(desk, picture(8, 26.5, 117.9))
    outsider = Desk(county, county.person("reviewer", cell=OTHER_CELL))
    assert "DJI_" not in outsider.get("/console/pictures")
    token = outsider.form("/console/pictures", "").fields
    outsider.client.post("/console/pictures/decide", data=token | {"verb": "attach"})
    assert photos_at(county, site) == []
    Desk(county, county.person("leader")).get("/console/pictures", 403)
    form = desk.form("/console/pictures", "attach")
    form.fields[next(field for field in form.fields if field.startswith("to/"))] = site.replace("0", "1")
    desk.send(form, 400)


def test_the_command_attaches_the_sure_and_lists_the_doubtful(county, site, tmp_path):
    folder = tmp_path / "card"
    (folder / "DCIM").mkdir(parents=True)
    (folder / "DCIM/a.jpg").write_bytes(picture(9, 26.5002, 117.9))
    (folder / "b.jpg").write_bytes(picture(10, gps="none"))
    (folder / "c.txt").write_text("x")
    arguments = ["--instance", county.app.instance_path, "--lang", "en", "photo", "import", str(folder)]
    arguments += ["--cell", CELL]
    said = CliRunner().invoke(main, arguments).output
    for word in ("attached", "孤点", "The picture has no position", "no picture", "3 files"):
        assert word in said, said
    assert len(photos_at(county, site)) == 1
    assert "known" in CliRunner().invoke(main, arguments).output
    assert len(photos_at(county, site)) == 1
