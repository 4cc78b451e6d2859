"""Map packs over HTTP: one's own county's alone, whole or in ranges."""

import hashlib
import io
from pathlib import Path

import pytest
from county import CELL, OTHER_CELL, T1
from PIL import Image

from fieldsync.geo import mercator, packs
from fieldsync.geo.tiles import Source

from .raw import Raw, problem_of

BOUNDS = (117.4, 25.2, 117.6, 25.4)
LIST, PACK = "/api/v1/map_packs", "/api/v1/map_packs/own"


@pytest.fixture
def content(app) -> bytes:
    """The bytes of a pack of one county."""
    out = io.BytesIO()
    Image.effect_noise((256, 256), 90).save(out, "PNG")
    source = Source(mercator.tiles(BOUNDS, 11), lambda tile: out.getvalue(), BOUNDS)
    target = packs.folder(Path(app.instance_path), CELL) / "own.pmtiles"
    packs.make(source, target, {"name": "own", "datum": "wgs84"})
    return target.read_bytes()


@pytest.fixture
def inspector(county, app) -> Raw:
    return Raw(app, county.inspector(T1).token)


def test_the_list_tells_what_a_phone_must_know(content, inspector):
    (pack,) = inspector("GET", LIST).get_json()["packs"]
    assert pack["sha256"] == hashlib.sha256(content).hexdigest()
    assert (pack["name"], pack["size"], pack["datum"]) == ("own", len(content), "wgs84")
    assert pack["bounds"] == list(BOUNDS)


def test_a_pack_comes_whole_or_in_ranges(content, inspector):
    whole = inspector("GET", PACK)
    assert whole.data == content
    assert whole.mimetype == "application/vnd.pmtiles"
    tag = whole.headers["ETag"]
    assert tag == f'"{hashlib.sha256(content).hexdigest()}"'
    half = len(content) // 2
    rest = inspector("GET", PACK, Range=f"bytes={half}-", If_Range=tag)
    assert (rest.status_code, rest.data) == (206, content[half:])
    assert rest.headers["Content-Range"] == f"bytes {half}-{len(content) - 1}/{len(content)}"
    # The pack was made anew meanwhile: from the beginning.
    assert inspector("GET", PACK, Range=f"bytes={half}-", If_Range='"other"').status_code == 200
    assert inspector("GET", PACK, If_None_Match=tag).status_code == 304
    beyond = inspector("GET", PACK, Range=f"bytes={len(content) + 5}-")
    assert (beyond.status_code, problem_of(beyond)) == (416, "bad-range")


def test_another_county_sees_nothing(content, county, app, inspector):
    assert inspector("GET", PACK).status_code == 200
    for role in ("inspector", "reviewer", "admin"):
        scope = f"t-{OTHER_CELL}101" if role == "inspector" else f"c-{OTHER_CELL}"
        stranger = Raw(app, county.phone(county.person(role, scope, cell=OTHER_CELL), pull=False).token)
        assert stranger("GET", LIST).get_json() == {"packs": []}
        there, nowhere = stranger("GET", PACK), stranger("GET", f"{LIST}/none")
        assert problem_of(there) == "not-found"
        assert there.data == nowhere.data


def test_nobody_gets_out_of_the_folder(content, inspector):
    for name in ("..%2f350899%2fown", ".own", "own.json", "own.pmtiles", "OWN", "%2e%2e"):
        assert inspector("GET", f"{LIST}/{name}").status_code == 404, name


def test_who_is_not_signed_in_gets_none(content, app):
    assert Raw(app)("GET", LIST).status_code == Raw(app)("GET", PACK).status_code == 401
