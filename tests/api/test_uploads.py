"""tus 1.0, header by header: what each extension promises, over the application itself."""

import base64
import hashlib
import os
from datetime import UTC, datetime

import pytest
from county import OTHER_CELL, T1, T2, County

from fieldsync import db as database

from .raw import Raw, problem_of

UPLOADS = "/api/v1/uploads"
TUS = {"Tus_Resumable": "1.0.0"}
BYTES = TUS | {"Content_Type": "application/offset+octet-stream"}


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def announce(sha256: str, **more: str) -> str:
    pairs = {"sha256": sha256} | more
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


def begin(client: Raw, content: bytes, sha256: str = "", sent: bytes | None = None, **headers: str):
    given = (TUS if sent is None else BYTES) | {"Upload_Length": str(len(content))}
    given |= {"Upload_Metadata": announce(sha256 or sha(content))} | headers
    return client("POST", UPLOADS, sent, **given)


def send(client: Raw, where: str, offset: int, content: bytes, **headers: str):
    return client("PATCH", where, content, **BYTES | {"Upload_Offset": str(offset)} | headers)


def checksum(content: bytes, name: str = "sha256") -> str:
    return f"{name} {base64.b64encode(hashlib.new(name, content).digest()).decode()}"


@pytest.fixture
def inspector(county, raw) -> Raw:
    return raw.by(county.inspector().token)


def blobs(app):
    return app.extensions["darkroom"].blobs


def test_options_tell_what_is_spoken_here_to_anybody(raw):
    answer = raw("OPTIONS", UPLOADS)
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert set(answer.headers["Tus-Extension"].split(",")) == {
        "creation", "creation-with-upload", "checksum", "expiration", "termination",
    }  # fmt: skip
    assert answer.headers["Tus-Max-Size"] == "64000000"
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"


def test_an_upload_in_pieces(app, inspector):
    content = os.urandom(3000)
    made = begin(inspector, content)
    assert made.status_code == 201
    assert made.headers["Upload-Offset"] == "0"
    where = made.headers["Location"]
    for offset in range(0, 3000, 1000):
        told = inspector("HEAD", where, **TUS)
        assert told.status_code == 200
        assert (told.headers["Upload-Offset"], told.headers["Upload-Length"]) == (str(offset), "3000")
        assert told.headers["Cache-Control"] == "no-store"
        assert told.headers["Upload-Metadata"] == announce(sha(content))
        answer = send(inspector, where, offset, content[offset : offset + 1000])
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(offset + 1000))
        assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert blobs(app).path(sha(content)).read_bytes() == content
    assert inspector("HEAD", where, **TUS).headers["Upload-Offset"] == "3000"


def test_creation_with_upload_whole_and_in_part(app, inspector):
    content = os.urandom(500)
    made = begin(inspector, content, sent=content)
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "500")
    assert blobs(app).has(sha(content))
    other = os.urandom(500)
    part = begin(inspector, other, sent=other[:200])
    assert part.headers["Upload-Offset"] == "200"
    assert send(inspector, part.headers["Location"], 200, other[200:]).headers["Upload-Offset"] == "500"
    assert blobs(app).verify(sha(other))


def test_a_file_of_no_bytes(app, inspector):
    made = begin(inspector, b"")
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "0")
    assert blobs(app).has(sha(b""))
    assert inspector("HEAD", made.headers["Location"], **TUS).headers["Upload-Length"] == "0"
    wrong = begin(inspector, b"", sha256=sha(b"something"))
    assert problem_of(wrong) == "hash-mismatch"


@pytest.mark.parametrize("version", ["", "0.2.2", "2.0.0"])
@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("HEAD", "/x"), ("PATCH", "/x"), ("DELETE", "/x")])
def test_another_version_is_refused_and_told_which_is_spoken(inspector, method, path, version):
    path = path and begin(inspector, b"12345").headers["Location"].removeprefix(UPLOADS)
    given = {"Upload_Length": "5", "Upload_Offset": "0", "Upload_Metadata": announce(sha(b"12345"))}
    headers = given | ({"Tus_Resumable": version} if version else {})
    answer = inspector(method, UPLOADS + path, **headers)
    assert answer.status_code == 412
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    if method != "HEAD":
        assert problem_of(answer) == "bad-version"


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"Upload_Metadata": ""}, "bad-value"),
        ({"Upload_Metadata": "filename YS5qcGc="}, "bad-value"),
        ({"Upload_Metadata": "sha256 not*base64"}, "bad-value"),
        ({"Upload_Metadata": announce("ab" * 31)}, "bad-value"),
        ({"Upload_Metadata": announce("../" * 21 + "a")}, "bad-value"),
        ({"Upload_Metadata": announce("zz" * 32)}, "bad-value"),
        ({"Upload_Metadata": "sha256 " + "A" * 5000}, "bad-value"),
        ({"Upload_Length": ""}, "bad-value"),
        ({"Upload_Length": "-1"}, "bad-value"),
        ({"Upload_Length": "١٢"}, "bad-value"),
        ({"Upload_Length": "9" * 30}, "bad-value"),
        ({"Upload_Length": "64000001"}, "too-large"),
    ],
)
def test_what_a_creation_must_say(inspector, headers, name):
    given = TUS | {"Upload_Length": "5", "Upload_Metadata": announce(sha(b"12345"))} | headers
    assert problem_of(inspector("POST", UPLOADS, **given)) == name


def test_offsets_that_do_not_fit(inspector):
    where = begin(inspector, b"0123456789").headers["Location"]
    assert problem_of(send(inspector, where, 3, b"34")) == "offset-mismatch"
    assert send(inspector, where, 0, b"0123").status_code == 204
    assert problem_of(send(inspector, where, 0, b"0123")) == "offset-mismatch"
    assert problem_of(send(inspector, where, 9, b"9")) == "offset-mismatch"
    assert inspector("HEAD", where, **TUS).headers["Upload-Offset"] == "4"
    for bad in ("", "x", "-1"):
        assert problem_of(send(inspector, where, 0, b"0", Upload_Offset=bad)) == "bad-value"


def test_bytes_of_another_type_are_refused(inspector):
    where = begin(inspector, b"0123456789").headers["Location"]
    for kind in ("application/octet-stream", "application/json", "image/jpeg", ""):
        answer = send(inspector, where, 0, b"0123", Content_Type=kind)
        assert (answer.status_code, problem_of(answer)) == (415, "bad-type")
    assert inspector("HEAD", where, **TUS).headers["Upload-Offset"] == "0"


def test_more_bytes_than_announced_are_refused(app, inspector):
    where = begin(inspector, b"0123456789").headers["Location"]
    assert problem_of(send(inspector, where, 0, b"0123456789A")) == "too-large"
    assert send(inspector, where, 0, b"01234").status_code == 204
    assert problem_of(send(inspector, where, 5, b"56789A")) == "too-large"
    assert send(inspector, where, 5, b"56789").status_code == 204
    assert blobs(app).has(sha(b"0123456789"))


@pytest.mark.parametrize("name", ["sha1", "sha256"])
def test_a_piece_with_its_checksum(inspector, name):
    where = begin(inspector, b"0123456789").headers["Location"]
    good = send(inspector, where, 0, b"01234", Upload_Checksum=checksum(b"01234", name))
    assert good.headers["Upload-Offset"] == "5"
    bad = send(inspector, where, 5, b"56X89", Upload_Checksum=checksum(b"56789", name))
    assert (bad.status_code, problem_of(bad)) == (460, "checksum-mismatch")
    assert inspector("HEAD", where, **TUS).headers["Upload-Offset"] == "5"
    again = send(inspector, where, 5, b"56789", Upload_Checksum=checksum(b"56789", name))
    assert again.headers["Upload-Offset"] == "10"


@pytest.mark.parametrize("given", ["md5 abc", "sha1", "sha1 ***", "sha256 \xff"])
def test_a_checksum_that_cannot_be_read(inspector, given):
    where = begin(inspector, b"0123456789").headers["Location"]
    assert problem_of(send(inspector, where, 0, b"01234", Upload_Checksum=given)) == "bad-value"
    assert inspector("HEAD", where, **TUS).headers["Upload-Offset"] == "0"


def test_a_wrong_whole_hash_ends_the_upload_and_the_next_one_is_taken(app, inspector):
    content = os.urandom(400)
    where = begin(inspector, content).headers["Location"]
    answer = send(inspector, where, 0, content[:-1] + bytes([content[-1] ^ 1]))
    assert (answer.status_code, problem_of(answer)) == (422, "hash-mismatch")
    assert inspector("HEAD", where, **TUS).status_code == 410
    assert problem_of(send(inspector, where, 0, content)) == "gone"
    assert not blobs(app).has(sha(content))
    assert not list(blobs(app).partial.iterdir())
    again = begin(inspector, content, sent=content)
    assert again.headers["Upload-Offset"] == "400"
    assert blobs(app).has(sha(content))


def test_termination(app, inspector):
    where = begin(inspector, b"0123456789", sent=b"01234").headers["Location"]
    assert inspector("DELETE", where, **TUS).status_code == 204
    assert inspector("HEAD", where, **TUS).status_code == 410
    assert problem_of(inspector("DELETE", where, **TUS)) == "gone"
    assert not list(blobs(app).partial.iterdir())
    kept = begin(inspector, b"abc", sent=b"abc").headers["Location"]
    assert inspector("DELETE", kept, **TUS).status_code == 204
    assert blobs(app).has(sha(b"abc"))


def test_unfinished_uploads_expire_and_say_when(make_app):
    app = make_app("short", UPLOAD_HOURS=1)
    client = Raw(app, County(app).inspector().token)
    made = begin(client, b"0123456789", sent=b"01234")
    until = datetime.strptime(made.headers["Upload-Expires"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    assert 3500 < (until - datetime.now(UTC)).total_seconds() < 3700
    where = made.headers["Location"]
    assert send(client, where, 5, b"5").headers["Upload-Expires"] == made.headers["Upload-Expires"]
    with app.app_context(), database.writing() as connection:
        database.execute(connection, "UPDATE upload SET expires_at = '2020-01-01T00:00:00.000Z'")
    assert client("HEAD", where, **TUS).status_code == 410
    assert problem_of(send(client, where, 6, b"6789")) == "gone"
    begin(client, b"another")
    assert not list(blobs(app).partial.iterdir())


def test_a_complete_upload_does_not_expire_and_repeats_its_answer(inspector):
    made = begin(inspector, b"0123456789", sent=b"01234")
    where = made.headers["Location"]
    last = send(inspector, where, 5, b"56789")
    assert "Upload-Expires" not in inspector("HEAD", where, **TUS).headers
    # The answer was lost: the phone sends the last piece again.
    again = send(inspector, where, 5, b"56789")
    assert (again.status_code, again.headers["Upload-Offset"]) == (204, last.headers["Upload-Offset"])


def test_a_known_hash_is_complete_at_once_for_the_whole_county(app, county, inspector, raw):
    content = os.urandom(600)
    begin(inspector, content, sent=content)
    for other in (county.inspector(T2).token, county.screen().phone.token):
        made = begin(raw.by(other), content)
        assert (made.status_code, made.headers["Upload-Offset"]) == (201, "600")
        told = raw.by(other)("HEAD", made.headers["Location"], **TUS)
        assert told.headers["Upload-Offset"] == told.headers["Upload-Length"] == "600"
    # The same hash under another size is another file, and cannot be one.
    assert begin(inspector, content[:-1], sha256=sha(content)).headers["Upload-Offset"] == "0"


def test_another_county_does_not_learn_that_a_hash_exists(app, county, inspector, raw):
    content = os.urandom(600)
    begin(inspector, content, sent=content)
    stranger = raw.by(county.screen(cell=OTHER_CELL).phone.token)
    made = begin(stranger, content)
    assert made.headers["Upload-Offset"] == "0"
    where = made.headers["Location"]
    assert stranger("HEAD", where, **TUS).headers["Upload-Offset"] == "0"
    unknown = begin(stranger, content, sha256=sha(b"nobody has this"))
    assert set(made.headers.keys()) == set(unknown.headers.keys())
    assert send(stranger, where, 0, content).headers["Upload-Offset"] == "600"
    assert blobs(app).verify(sha(content))


def test_an_upload_is_its_owners_alone(county, inspector, raw):
    where = begin(inspector, b"0123456789", sent=b"01234").headers["Location"]
    others = county.inspector(), county.screen().phone, county.screen(cell=OTHER_CELL).phone
    for other in (phone.token for phone in others):
        client = raw.by(other)
        assert client("HEAD", where, **TUS).status_code == 404
        assert problem_of(send(client, where, 5, b"56789")) == "not-found"
        assert problem_of(client("DELETE", where, **TUS)) == "not-found"
    assert inspector("HEAD", where, **TUS).headers["Upload-Offset"] == "5"


def test_post_with_another_method_meant(app, inspector):
    content = b"0123456789"
    where = begin(inspector, content).headers["Location"]
    meant = {"X_HTTP_Method_Override": "PATCH", "Upload_Offset": "0"}
    assert inspector("POST", where, content, **BYTES | meant).headers["Upload-Offset"] == "10"
    assert blobs(app).has(sha(content))
    assert inspector("POST", where, **TUS, X_HTTP_Method_Override="DELETE").status_code == 204
    assert problem_of(inspector("POST", where, **TUS, X_HTTP_Method_Override="GET")) == "not-found"
    assert problem_of(inspector("POST", where, **TUS)) == "not-found"


def test_the_last_byte_came_and_the_server_died_behind_it(app, inspector):
    content = os.urandom(300)
    where = begin(inspector, content, sent=content[:-1]).headers["Location"]
    # What a kill between the fsync of the last byte and the verification leaves behind.
    with (blobs(app).partial / where.rpartition("/")[2]).open("ab") as file:
        file.write(content[-1:])
    assert inspector("HEAD", where, **TUS).headers["Upload-Offset"] == "300"
    assert blobs(app).verify(sha(content))


def test_the_last_byte_was_wrong_and_the_server_died_behind_it(app, inspector):
    content = os.urandom(300)
    where = begin(inspector, content, sent=content[:-1]).headers["Location"]
    with (blobs(app).partial / where.rpartition("/")[2]).open("ab") as file:
        file.write(bytes([content[-1] ^ 1]))
    assert inspector("HEAD", where, **TUS).status_code == 422
    assert inspector("HEAD", where, **TUS).status_code == 410


def test_verified_but_not_noted_before_the_server_died(app, inspector):
    content = os.urandom(300)
    where = begin(inspector, content, sent=content[:200]).headers["Location"]
    begin(inspector, content, sent=content)
    assert inspector("HEAD", where, **TUS).headers["Upload-Offset"] == "300"
    assert not list(blobs(app).partial.iterdir())


def test_an_offset_is_told_only_after_fsync(app, inspector, monkeypatch):
    """Every offset that the server tells was covered by an fsync of that many bytes before."""
    content, synced = os.urandom(5000), [0]
    real = os.fsync

    def fsync(descriptor):
        synced.append(os.fstat(descriptor).st_size)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    where = begin(inspector, content).headers["Location"]
    for offset in range(0, 4000, 1000):
        told = int(send(inspector, where, offset, content[offset : offset + 1000]).headers["Upload-Offset"])
        assert told <= max(synced)
        synced[:] = [0]
        assert int(inspector("HEAD", where, **TUS).headers["Upload-Offset"]) <= max(synced)


def test_no_hash_is_a_path(app):
    for name in ("../../secret_key", "/etc/passwd", "", "AB" * 32, "ab" * 32 + "\n"):
        assert not blobs(app).has(name)
        with pytest.raises(ValueError, match="not a SHA-256"):
            blobs(app).path(name)


def test_nobody_reads_the_servers_files_by_a_photo_whose_hash_is_a_path(app, county):
    phone = county.inspector()
    site = phone.site(name="硐", site_kind="adit", town_code=T1, mineral_code="coal")
    for path in ("/etc/passwd", "../../../../../../etc/passwd", f"{app.instance_path}/secret_key"):
        photo = phone.create("photo.add", {"sha256": path, "size": 1}, parent=site)
        phone.push()
        phone.pull()
        assert phone.base(photo).body["have"] is False
        answer = Raw(app, phone.token)("GET", f"/api/v1/photos/{photo}/original")
        assert problem_of(answer) == "not-found"
