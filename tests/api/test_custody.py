"""Who looks at a photo leaves a line in the chain; who may not learns nothing."""

import io
import json

from county import OTHER_CELL, T2
from photos import makers
from PIL import Image

from fieldsync import db

from .camera import BLOCK, FIX, taken
from .raw import Raw, problem_of


def test_previews_of_both_sizes_without_metadata(app, phone, site):
    content = makers.jpeg(BLOCK, image=makers.picture((4000, 2000)))
    body = taken(phone, site, content)
    client = Raw(app, phone.token)
    for px in (512, 1600):
        answer = client("GET", f"/api/v1/photos/{body['id']}/preview?px={px}")
        assert answer.mimetype == "image/jpeg"
        with Image.open(io.BytesIO(answer.data)) as image:
            # Upright: orientation 6 stands on its side.
            assert image.size == (px // 2, px)
            assert not image.getexif()
    for bad in ("100", "../../1600", ""):
        assert problem_of(client("GET", f"/api/v1/photos/{body['id']}/preview?px={bad}")) == "bad-value"


def lines(app, cell="350899") -> list[tuple]:
    with app.app_context(), db.reading() as connection:
        return [
            tuple(row)
            for row in db.rows(
                connection,
                "SELECT record_id, author, device, content, seq, chain FROM operation"
                " WHERE cell = :cell AND action = 'photo.view' ORDER BY seq",
                cell=cell,
            )
        ]


def test_each_look_leaves_a_line_in_the_chain(app, county, phone, site):
    body = taken(phone, site, makers.jpeg(BLOCK))
    reviewer = county.screen()
    before = phone.base(body["id"]).rev
    for token in (phone.token, reviewer.phone.token):
        for what in ("original", "preview?px=512", "preview?px=1600"):
            assert Raw(app, token)("GET", f"/api/v1/photos/{body['id']}/{what}").status_code == 200
    found = lines(app)
    assert [line[0] for line in found] == [body["id"]] * 6
    assert [line[1] for line in found] == [phone.user] * 3 + [reviewer.phone.user] * 3
    assert [json.loads(line[3])["set"]["what"] for line in found[:3]] == [
        "original",
        "preview-512",
        "preview-1600",
    ]
    assert len({line[5] for line in found}) == 6
    phone.pull()
    assert phone.base(body["id"]).rev == before


def test_who_may_not_look_leaves_no_line_and_learns_nothing(app, county, phone, site):
    body = taken(phone, site, makers.jpeg(BLOCK))
    strangers = county.inspector(T2), county.screen(cell=OTHER_CELL).phone
    for stranger in strangers:
        for what in ("original", "preview?px=512"):
            answer = Raw(app, stranger.token)("GET", f"/api/v1/photos/{body['id']}/{what}")
            nothing = Raw(app, stranger.token)("GET", f"/api/v1/photos/{site}/{what}")
            assert problem_of(answer) == problem_of(nothing) == "not-found"
            assert answer.data == nothing.data
    assert not lines(app)
    assert not lines(app, OTHER_CELL)


def test_leaders_and_departments_look_and_leave_lines_too(app, county, phone, site):
    body = taken(phone, site, makers.jpeg(BLOCK))
    for role in ("leader", "department", "admin"):
        screen = county.screen(role)
        assert Raw(app, screen.phone.token)("GET", f"/api/v1/photos/{body['id']}/original").status_code == 200
        assert lines(app)[-1][1] == screen.phone.user


def test_a_photo_not_yet_there_has_nothing_to_show(app, phone, site):
    photo = phone.photograph(site, makers.jpeg(BLOCK), FIX)
    phone.push()
    assert problem_of(Raw(app, phone.token)("GET", f"/api/v1/photos/{photo}/original")) == "not-found"
    assert not lines(app)
