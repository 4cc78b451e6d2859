"""The phone's small preview comes first, the original after: any order, and nothing taken for what it is not."""

import hashlib
import io
import itertools

import pytest
from county import OTHER_CELL, T1, T2
from photos import makers
from photos.makers import LAT, LON, NANPING
from PIL import Image

from fieldsync import db
from fieldsync.demo.phone import Refused

from .raw import Raw, problem_of

ORIGINAL = makers.jpeg(
    makers.tiff(NANPING, {0x9003: "2026:10:03 09:11:05", 0x9011: "+08:00"}, {0x10F: "vivo"}),
    image=makers.picture((2000, 1000)),
)
# A preview with a place of its own, which must never become the photo's.
PREVIEW = makers.jpeg(makers.tiff(NANPING, first={0x10F: "forged"}), image=makers.picture((800, 400)))
FIX = {"lat": LAT, "lon": LON, "accuracy": 8, "time": "2026-10-03T01:11:00Z"}


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def site(phone) -> str:
    site = phone.site(name="老鹰硐", site_kind="adit", town_code=T1, mineral_code="coal", lat=LAT, lon=LON)
    phone.sync()
    return site


def announce(phone, parent: str, preview: bytes = PREVIEW, original: bytes = ORIGINAL) -> str:
    more = {"preview_sha256": sha(preview), "preview_size": len(preview)}
    photo = phone.photograph(parent, original, FIX, **more)
    phone.push()
    return photo


def body_of(phone, photo: str) -> dict:
    phone.pull()
    return phone.base(photo).body


def look(app, phone, photo: str, px: int = 512):
    return Raw(app, phone.token)("GET", f"/api/v1/photos/{photo}/preview?px={px}")


def size_of(answer) -> tuple[int, int]:
    with Image.open(io.BytesIO(answer.data)) as image:
        assert not image.getexif()
        return image.size


@pytest.mark.parametrize("order", [*itertools.permutations(["record", "preview", "original"])], ids="-".join)
def test_record_preview_and_original_in_any_order(app, phone, site, order):
    photo, done = "", set()
    for step in order:
        if step == "record":
            photo = announce(phone, site)
        else:
            phone.upload({"preview": PREVIEW, "original": ORIGINAL}[step])
        done.add(step)
        if "record" not in done:
            continue
        body = body_of(phone, photo)
        assert body["have"] is ("original" in done)
        assert body.get("have_preview", False) is ("preview" in done)
        assert body.get("make") == ("vivo" if "original" in done else None)
        answer = look(app, phone, photo)
        assert answer.status_code == (404 if done == {"record"} else 200)
        assert answer.headers.get("Fieldsync-Preview") == ("phone" if done == {"record", "preview"} else None)
    assert (body["format"], body["width"], body["claim_verdict"]) == ("jpeg", 2000, "valid")
    assert size_of(look(app, phone, photo, 1600)) == (1600, 800)


def test_the_preview_gives_no_facts_and_no_original(app, phone, site):
    photo = announce(phone, site)
    phone.upload(PREVIEW)
    body = body_of(phone, photo)
    given = {"sha256", "size", "preview_sha256", "preview_size", "claim", "signature", "capture_source",
             "device_time", "created_by", "device_id"}  # fmt: skip
    assert set(body) - given == {"have", "have_preview"}
    assert (body["have"], body["have_preview"]) == (False, True)
    assert size_of(look(app, phone, photo, 1600)) == (800, 400)
    original = Raw(app, phone.token)("GET", f"/api/v1/photos/{photo}/original")
    assert problem_of(original) == "not-found"


def test_each_look_at_a_preview_is_a_line(app, phone, site):
    photo = announce(phone, site)
    phone.upload(PREVIEW)
    look(app, phone, photo)
    phone.upload(ORIGINAL)
    look(app, phone, photo, 1600)
    with app.app_context(), db.reading() as connection:
        statement = "SELECT content FROM operation WHERE action = 'photo.view' ORDER BY seq"
        told = [row[0] for row in db.rows(connection, statement)]
    assert ["phone-preview-512" in told[0], "preview-1600" in told[1], "phone" in told[1]] == [True, True, False]


def test_a_preview_does_not_let_an_inspection_be_approved(county, phone, site):
    visit = phone.inspect(site, activity="none")
    announce(phone, visit)
    phone.upload(PREVIEW)
    reviewer = county.screen()
    with pytest.raises(Refused) as refused:
        reviewer.act(f"inspections/{visit}/approve")
    assert refused.value.problem["reason"] == "photos-pending"
    phone.upload(ORIGINAL)
    reviewer.act(f"inspections/{visit}/approve")


def test_a_preview_waits_for_a_photo_that_is_held(phone):
    phone.upload(PREVIEW)
    new = phone.site(name="新硐", site_kind="adit", town_code=T1, mineral_code="coal")
    more = {"preview_sha256": sha(PREVIEW), "preview_size": len(PREVIEW)}
    photo = phone.photograph(new, ORIGINAL, FIX, **more)
    site_op, photo_op = phone.outbox
    assert phone.push_once([photo_op])["results"][0]["status"] == "held"
    phone.push_once([site_op])
    assert body_of(phone, photo)["have_preview"] is True


# Hostile


@pytest.mark.parametrize("other_first", [True, False], ids=["photo first", "preview first"])
@pytest.mark.parametrize("small", [True, False], ids=["small", "large"])
def test_another_photos_original_is_no_preview(app, county, phone, site, other_first, small):
    """Of the same county, another township: who merely knows the hash sees nothing of that photo."""
    theirs = makers.jpeg(image=makers.picture((640, 480) if small else (2000, 1000)))
    neighbour = county.inspector(T2)
    other = neighbour.site(name="别处", site_kind="adit", town_code=T2, mineral_code="coal")
    if not other_first:
        photo = announce(phone, site, preview=theirs)
    neighbour.photograph(other, theirs)
    neighbour.sync()
    neighbour.upload(theirs)
    if other_first:
        photo = announce(phone, site, preview=theirs)
    body = body_of(phone, photo)
    assert body["have"] is False
    assert body["have_preview"] is False
    assert body["flags/preview_unusable"] is True
    assert problem_of(look(app, phone, photo)) == "not-found"
    phone.upload(ORIGINAL)
    assert look(app, phone, photo).status_code == 200


def test_a_preview_is_hidden_once_it_turns_out_to_be_anothers_original(app, county, phone, site):
    photo = announce(phone, site)
    phone.upload(PREVIEW)
    assert look(app, phone, photo).status_code == 200
    phone.photograph(site, PREVIEW)
    phone.push()
    assert problem_of(look(app, phone, photo)) == "not-found"


def test_another_countys_file_is_no_preview(app, county, phone, site):
    stranger = county.phone(county.person("reviewer", cell=OTHER_CELL))
    stranger.upload(PREVIEW)
    photo = announce(phone, site)
    assert "have_preview" not in body_of(phone, photo)
    assert problem_of(look(app, phone, photo)) == "not-found"


@pytest.mark.parametrize(
    "content",
    [b"no picture at all", b"", makers.png(b""), ORIGINAL[:40], makers.jpeg(image=makers.picture((1601, 900)))],
    ids=["text", "empty", "png", "head", "large"],
)
def test_what_is_no_small_jpeg_is_no_preview(app, phone, site, content):
    photo = announce(phone, site, preview=content)
    phone.upload(content)
    body = body_of(phone, photo)
    assert body["have_preview"] is False
    assert {path for path in body if path.startswith("flags/")} == {"flags/preview_unusable"}
    assert problem_of(look(app, phone, photo)) == "not-found"


def test_a_small_original_is_its_own_preview(app, phone, site):
    photo = announce(phone, site, preview=PREVIEW, original=PREVIEW)
    phone.upload(PREVIEW)
    body = body_of(phone, photo)
    assert body["have"] is True
    assert "flags/preview_unusable" not in body
    assert look(app, phone, photo).headers.get("Fieldsync-Preview") is None


def test_a_phone_cannot_say_that_its_preview_is_there(phone, site):
    photo = phone.photograph(site, ORIGINAL, FIX, preview_sha256=sha(PREVIEW), have_preview=True, have=True)
    (result,) = phone.push()
    assert {result["fields"][path] for path in ("have", "have_preview")} == {"ignored"}
    assert "have_preview" not in body_of(phone, photo)
