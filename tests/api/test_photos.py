"""A photo's whole way: announced, uploaded, read, shown by permission; whatever it is, it is kept."""

import base64
import hashlib
import json
import math
import os
import zlib
from pathlib import Path

import pytest
from county import OTHER_CELL, T1
from photos import makers
from photos.makers import LAT, LON

from fieldsync.demo.phone import Refused
from fieldsync.photos import plausibility

from .camera import BLOCK, EXIF, FIX, arrived, taken
from .raw import Raw, problem_of

EVIDENCE = Path(__file__).parents[2].parent / "shared" / "evidence" / "photos"
PICTURES = {
    "jpeg": lambda: makers.jpeg(BLOCK),
    "png": lambda: makers.png(makers.chunk(b"eXIf", BLOCK)),
    "webp": lambda: makers.webp(BLOCK),
    "heic": lambda: makers.saved("HEIF", exif=b"Exif\0\0" + BLOCK),
    "avif": lambda: makers.saved("AVIF", exif=b"Exif\0\0" + BLOCK),
}
REDACTED = {1: "", 2: makers.rationals((0, 0), (0, 0), (0, 0)), 3: "", 4: makers.rationals((0, 0), (0, 0), (0, 0))}


def flags(body: dict) -> set[str]:
    return {path.removeprefix("flags/") for path in body if path.startswith("flags/")}


@pytest.mark.parametrize("kind", PICTURES)
def test_place_time_and_distances_of_every_format(app, phone, site, kind):
    content = PICTURES[kind]()
    body = taken(phone, site, content, device_time="2026-10-03T01:11:05.000Z")
    assert (body["have"], body["format"], body["width"], body["height"]) == (True, kind, 128, 64)
    assert math.isclose(body["exif_lat"], LAT, abs_tol=1e-6)
    assert math.isclose(body["exif_lon"], LON, abs_tol=1e-6)
    assert (body["make"], body["model"]) == ("vivo", "X200")
    assert body["taken_at"] == "2026-10-03T09:11:05+08:00"
    assert body["clock_skew_s"] == 0
    assert body["position_source"] == "exif"
    assert (body["geo_lat"], body["geo_lon"], body["geo_acc"]) == (round(LAT + 0.0001, 7), round(LON, 7), 8)
    assert body["fix_time"] == "2026-10-03T01:11:00.000Z"
    distance = plausibility.distance_m
    assert body["exif_vs_device_m"] == round(distance(LAT, LON, LAT + 0.0001, LON)) == 11
    assert body["exif_to_site_m"] == round(distance(LAT, LON, LAT, LON + 0.001)) == 99
    assert body["to_site_m"] == round(distance(LAT + 0.0001, LON, LAT, LON + 0.001))
    assert body["claim_verdict"] == "valid"
    assert not flags(body) & {"gps_missing", "gps_redacted", "exif_vs_device", "device_vs_site"}
    original = Raw(app, phone.token)("GET", f"/api/v1/photos/{body['id']}/original")
    assert original.data == content
    assert original.mimetype == f"image/{kind}"
    assert "sandbox" in original.headers["Content-Security-Policy"]


def test_a_photo_far_from_device_and_site_is_flagged_not_refused(phone, site):
    fix = FIX | {"lat": LAT + 0.02, "accuracy": 5}
    body = taken(phone, site, makers.jpeg(BLOCK), fix)
    assert body["exif_vs_device_m"] == 2224
    assert {"exif_vs_device", "device_vs_site"} <= flags(body)


@pytest.mark.parametrize("blob_first", [False, True], ids=["record first", "blob first"])
def test_record_and_blob_in_either_order(phone, site, blob_first):
    content = makers.jpeg(BLOCK)
    if blob_first:
        phone.upload(content)
    photo = phone.photograph(site, content, FIX)
    phone.push()
    before = arrived(phone, photo)
    assert before["have"] is blob_first
    phone.upload(content)
    body = arrived(phone, photo)
    assert body["have"] is True
    assert body["exif_lat"]
    assert body["claim_verdict"] == "valid"


def test_the_blob_waits_for_a_photo_that_is_held(phone, site):
    """Scenario 10: the child comes first, its photo's bytes were first of all."""
    content = makers.jpeg(BLOCK)
    phone.upload(content)
    new = phone.site(name="新硐", site_kind="adit", town_code=T1, mineral_code="coal")
    visit = phone.inspect(new, activity="none")
    photo = phone.photograph(visit, content, FIX)
    site_op, *others = phone.outbox
    assert {r["status"] for r in phone.push_once(others)["results"]} == {"held"}
    phone.push_once([site_op])
    body = arrived(phone, photo)
    assert body["have"] is True
    assert body["claim_verdict"] == "valid"


def test_the_same_file_from_two_phones(app, county, phone, site):
    content = makers.jpeg(BLOCK)
    other = county.inspector()
    one, two = phone.photograph(site, content, FIX), other.photograph(site, content, None)
    phone.push()
    other.push()
    phone.upload(content)
    other.upload(content)
    bodies = arrived(phone, one), arrived(phone, two)
    assert all(body["have"] for body in bodies)
    assert bodies[0]["sha256"] == bodies[1]["sha256"]
    assert "geo_lat" in bodies[0]
    assert "geo_lat" not in bodies[1]
    assert list(app.extensions["darkroom"].blobs.hashes()) == [hashlib.sha256(content).hexdigest()]


def test_who_only_knows_the_hash_of_another_countys_photo_gets_nothing(app, county, phone, site):
    content = makers.jpeg(BLOCK)
    body = taken(phone, site, content)
    stranger = county.screen(cell=OTHER_CELL)
    theirs = stranger.post("sites", set={"name": "x", "site_kind": "adit", "town_code": f"{OTHER_CELL}101"})["id"]
    made = stranger.post("photos", set={"sha256": body["sha256"], "size": len(content)}, parent={"id": theirs})
    assert made["body"]["have"] is False
    answer = Raw(app, stranger.phone.token)("GET", f"/api/v1/photos/{made['id']}/original")
    assert problem_of(answer) == "not-found"


# Claims


def test_a_claim_over_another_file(phone, site):
    good, other = makers.jpeg(BLOCK), makers.jpeg(BLOCK, image=makers.picture((32, 32)))
    photo = phone.photograph(site, good, FIX)
    phone.outbox[-1]["set"]["sha256"] = hashlib.sha256(other).hexdigest()
    phone.push()
    phone.upload(other)
    assert arrived(phone, photo)["claim_verdict"] == "other_file"


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"signature": "AAAA" * 20}, "invalid"),
        ({"signature": "ä"}, "invalid"),
        ({"signature": 7}, "invalid"),
        ({"claim": "e30"}, "invalid"),
        ({"claim": ["x"]}, "invalid"),
        ({"signature": None}, "absent"),
        ({"claim": ""}, "absent"),
    ],
)
def test_a_claim_that_does_not_hold(phone, site, change, verdict):
    content = makers.jpeg(BLOCK)
    photo = phone.photograph(site, content, FIX)
    phone.outbox[-1]["set"].update(change)
    phone.push()
    phone.upload(content)
    assert arrived(phone, photo)["claim_verdict"] == verdict


def test_a_claim_from_a_screen_has_no_key(county, site):
    screen = county.screen()
    content = makers.jpeg(BLOCK)
    screen.phone.upload(content)
    given = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "claim": "e30",
        "signature": "AA",
    }
    made = screen.post("photos", set=given, parent={"id": site})
    assert (made["body"]["have"], made["body"]["claim_verdict"]) == (True, "no_key")


@pytest.mark.parametrize(
    "fix",
    [
        {"lat": 1e300, "lon": LON, "accuracy": 1},
        {"lat": LAT, "lon": LON, "accuracy": 1e300},
        {"lat": LAT, "lon": LON, "accuracy": -5, "time": "0001-01-01T00:00:00+14:00"},
        {"lat": LAT, "lon": LON, "time": {"a": ["x"]}},
        {"lat": LAT, "lon": LON, "time": "nul \0 half \ud800"},
        {"lat": True, "lon": "118"},
        [1, 2],
        "here",
    ],
)
def test_a_claim_with_nonsense_in_it_does_not_stop_the_photo(phone, site, fix):
    photo = phone.photograph(site, content := makers.jpeg(BLOCK), None)
    claim = json.dumps({"sha256": hashlib.sha256(content).hexdigest(), "fix": fix, "time": 1e300}).encode()
    phone.outbox[-1]["set"]["claim"] = base64.urlsafe_b64encode(claim).decode()
    phone.push()
    phone.upload(content)
    body = arrived(phone, photo)
    assert body["have"] is True
    assert body["exif_lat"]
    assert body.get("geo_acc", 0) >= 0


# Positions that are none


@pytest.mark.parametrize(
    ("block", "flag", "never"),
    [
        (makers.tiff(REDACTED, EXIF), "gps_redacted", "gps_missing"),
        (makers.tiff(None, EXIF), "gps_missing", "gps_redacted"),
    ],
)
def test_redacted_is_not_missing(phone, site, block, flag, never):
    body = taken(phone, site, makers.jpeg(block))
    assert "exif_lat" not in body
    assert "exif_vs_device_m" not in body
    assert flag in flags(body)
    assert never not in flags(body)
    # The device's own fix is a witness of its own.
    assert body["to_site_m"] > 0


# Hostile and broken files


def bomb() -> bytes:
    """A PNG of 30,000 x 30,000 pixels in a few kilobytes."""
    rows = zlib.compress(bytes(30_001) * 100, 9)
    head = makers.chunk(b"IHDR", (30_000).to_bytes(4) * 2 + bytes([8, 0, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + head + makers.chunk(b"IDAT", rows) + makers.chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
BROKEN = {
    "truncated": (lambda: makers.jpeg(BLOCK, image=makers.picture((800, 600)))[:-4000], "truncated"),
    "bomb": (bomb, "too_many_pixels"),
    "svg": (lambda: SVG, "not_an_image"),
    "garbage": (lambda: bytes(range(256)) * 40, "not_an_image"),
    "empty": (lambda: b"", "not_an_image"),
    "one byte": (lambda: b"\xff", "not_an_image"),
    "head only": (lambda: makers.jpeg(BLOCK)[:20], "unreadable_pixels"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_kept_with_the_reason(app, phone, site, name):
    make, flag = BROKEN[name]
    content = make()
    body = taken(phone, site, content, FIX)
    assert body["have"] is True
    assert flag in flags(body), flags(body)
    assert body["claim_verdict"] == "valid"
    client = Raw(app, phone.token)
    original = client("GET", f"/api/v1/photos/{body['id']}/original")
    assert original.data == content
    if not body.get("format"):
        assert original.mimetype == "application/octet-stream"
    preview = client("GET", f"/api/v1/photos/{body['id']}/preview?px=512")
    assert preview.status_code == (200 if name == "truncated" else 404)
    assert client("GET", "/api/v1/session").status_code == 200


def test_wrong_bytes_leave_the_record_waiting_for_the_right_ones(phone, site):
    """Scenario 11: refused, the record untouched, the next upload is taken."""
    content = makers.jpeg(BLOCK)
    photo = phone.photograph(site, content, FIX)
    phone.push()
    before = arrived(phone, photo)
    given = {"Tus_Resumable": "1.0.0", "Content_Type": "application/offset+octet-stream"}
    metadata = "sha256 " + base64.b64encode(hashlib.sha256(content).hexdigest().encode()).decode()
    given |= {"Upload_Length": str(len(content)), "Upload_Metadata": metadata}
    with pytest.raises(Refused) as refused:
        phone.send("POST", "/api/v1/uploads", os.urandom(len(content)), **given)
    assert refused.value.status == 422
    assert arrived(phone, photo) == before
    phone.upload(content)
    assert arrived(phone, photo)["have"] is True


def test_sixty_photos_of_the_world(app, county, capsys):
    """Every position of the shared photos, through push and upload, agrees with ExifTool's."""
    if not (EVIDENCE / "manifest.json").exists():
        pytest.skip("the shared photos are not beside this checkout")
    phone = county.inspector()
    site = phone.site(name="照片", site_kind="adit", town_code=T1, mineral_code="coal")
    truth = json.loads((EVIDENCE / "manifest.json").read_text())["photos"]
    ids = {}
    for entry in truth:
        content = (EVIDENCE / entry["file"]).read_bytes()
        ids[entry["file"]] = phone.photograph(site, content, None)
        phone.push()
        phone.upload(content, chunk=1 << 20)
    phone.pull()
    wrong = [e["file"] for e in truth if not agrees(phone.base(ids[e["file"]]).body, e)]
    with capsys.disabled():
        print(
            f"\npositions through the API that agree with the manifest: {len(truth) - len(wrong)} of {len(truth)}"
        )
    assert not wrong
    assert all(phone.base(photo).body["have"] for photo in ids.values())


def agrees(body: dict, entry: dict) -> bool:
    found = body.get("exif_lat"), body.get("exif_lon")
    true = entry["lat"], entry["lon"]
    if None in true or None in found:
        return found == (None, None) and None in true
    return all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(found, true, strict=True))
