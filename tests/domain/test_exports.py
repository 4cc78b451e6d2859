"""The work of a broken phone is taken in: whole, as its author's, once; and nothing that is not in it."""

import io
import json
import tarfile

import pytest
from broken_phone import PHOTO, POINTS, PREVIEW, entry, files, outbox, sha, tar, work
from county import OTHER_CELL, T1

from fieldsync import db
from fieldsync.domain import exports
from fieldsync.errors import Problem

FILES = files(PHOTO, PREVIEW, POINTS)


class Case:
    """A phone that broke before it could send anything."""

    def __init__(self, county):
        self.county, self.app = county, county.app
        self.login = county.person("inspector", f"t-{T1}")
        self.phone = county.phone(self.login)
        self.site, self.photo, self.track = work(self.phone, T1)
        self.box = outbox(self.phone, self.login)
        self.reviewer = county.screen()
        self.room = self.app.extensions["darkroom"]

    def take(self, content: bytes, by=None) -> exports.Taken:
        with self.app.app_context():
            return exports.take_in(self.room, io.BytesIO(content), by)

    def states(self, content: bytes) -> dict[str, str]:
        return dict(self.take(content).files)

    def body(self, path: str) -> dict:
        return self.reviewer.get(path)["body"]

    def sql(self, statement: str) -> list[tuple]:
        with self.app.app_context(), db.reading() as connection:
            return [tuple(row) for row in db.rows(connection, statement)]

    def everything(self) -> list:
        """Return whatever may change: heads, records, files, what lies in the store."""
        heads = self.sql("SELECT cell, seq, chain FROM head ORDER BY cell")
        stored = sorted(str(p) for p in self.room.blobs.root.rglob("*") if p.is_file())
        return [heads, self.sql("SELECT id, rev FROM record ORDER BY id"), self.sql("SELECT * FROM file"), stored]


@pytest.fixture
def case(county) -> Case:
    return Case(county)


def test_operations_photos_previews_and_tracks_come_in_as_their_authors(case):
    taken = case.take(tar(case.box, *FILES))
    assert {r["status"] for r in taken.ops} == {"applied"}
    assert dict(taken.files) == {sha(c): "stored" for c in (PHOTO, PREVIEW, POINTS)}
    body = case.body(f"photos/{case.photo}")
    assert (body["have"], body["have_preview"], body["make"]) == (True, True, "vivo")
    assert (body["claim_verdict"], body["created_by"]) == ("valid", case.phone.user)
    assert case.body(f"sites/{case.site}")["created_by"] == case.phone.user
    points = case.reviewer.phone.send("GET", f"/api/v1/patrol_tracks/{case.track}/points")
    assert points.body == POINTS


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT], ids=["gnu", "pax"])
def test_other_writers_of_tar_do_too(case, form):
    folder = entry("files/", kind=tarfile.DIRTYPE)
    assert set(case.states(tar(case.box, folder, *FILES, form=form)).values()) == {"stored"}


def test_twice_changes_nothing(case):
    content = tar(case.box, *FILES)
    first = case.take(content)
    before = case.everything()
    again = case.take(content)
    assert case.everything() == before
    assert again.ops == first.ops
    assert {state for _, state in again.files} == {"known"}


def test_after_half_of_it_was_sent_the_rest_comes_in(case):
    case.phone.push()
    case.phone.upload(PREVIEW)
    states = case.states(tar(case.box, *FILES))
    assert states == {sha(PHOTO): "stored", sha(PREVIEW): "known", sha(POINTS): "stored"}
    assert case.body(f"photos/{case.photo}")["have"] is True


def test_who_brought_it_in_is_a_line_in_the_chain(case):
    admin = case.county.screen("admin").phone
    with case.app.app_context():
        actor = case.county.engine.actor("350899", admin.user)
    for by in (actor, actor, None, None):
        case.take(tar(case.box, *FILES), by)
    found = case.sql("SELECT author, record_id FROM operation WHERE action = 'person.import' ORDER BY seq")
    assert found == [(admin.user, case.phone.user), ("system", case.phone.user)]


def test_a_closed_account_and_a_revoked_phone_wait_on_the_desk(case):
    admin = case.county.screen("admin")
    admin.act(f"devices/{case.phone.device}/revoke", reason="坏了")
    assert {r["why"] for r in case.take(tar(case.box, *FILES)).ops} == {"revoked-device"}
    admin.act(f"people/{case.phone.user}/deactivate")
    late = [case.phone.do("site.edit", case.site, {"remark": "x"})]
    assert {r["status"] for r in case.take(tar(case.box | {"ops": late})).ops} == {"held"}


def test_a_poisoned_operation_does_not_cost_the_others(case):
    bad = {"op": case.phone.make_id(), "action": "site.edit", "id": case.site, "set": {"remark": "\ud800"}}
    taken = case.take(tar(case.box | {"ops": [bad, "nothing", None, *case.phone.outbox]}, *FILES))
    assert [r["status"] for r in taken.ops] == ["rejected"] * 3 + ["applied"] * 3


# Whose work


def test_only_of_ones_own_county(case):
    admin = case.county.person("admin", cell=OTHER_CELL)
    with case.app.app_context():
        actor = case.county.engine.actor(*case.county.person_id(admin))
    before = case.everything()
    for login in (case.login, "nobody", "nul\0", "half\ud800"):
        with pytest.raises(Problem) as problem:
            case.take(tar(case.box | {"login": login}, *FILES), actor)
        assert problem.value.reason == "export-person"
    assert case.everything() == before


# Hostile and broken files


def test_a_wrong_hash_is_kept_aside_and_never_attached(case):
    wrong = entry(f"files/{sha(PHOTO)}", PHOTO[:-1] + b"x")
    for _ in range(2):
        states = case.states(tar(case.box, wrong, *files(PREVIEW, POINTS)))
        assert states[sha(PHOTO)] == "wrong-hash"
    assert case.body(f"photos/{case.photo}")["have"] is False
    assert not case.room.blobs.has(sha(PHOTO))
    aside = list((case.room.blobs.root / "aside").iterdir())
    assert [(p.name[:64], p.read_bytes()) for p in aside] == [(sha(PHOTO), PHOTO[:-1] + b"x")]
    assert list(case.room.blobs.partial.iterdir()) == []
    # The right one may still come.
    assert case.states(tar(case.box, *FILES))[sha(PHOTO)] == "stored"
    assert case.body(f"photos/{case.photo}")["have"] is True


STRANGE = {
    "absolute path": lambda: entry("/etc/cron.d/x", b"x"),
    "absolute file": lambda: entry(f"/files/{sha(PHOTO)}", PHOTO),
    "climbing": lambda: entry(f"files/../../{sha(PHOTO)}", PHOTO),
    "upper case": lambda: entry(f"files/{sha(PHOTO).upper()}", PHOTO),
    "symbolic link": lambda: entry(f"files/{sha(PHOTO)}", kind=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "hard link": lambda: entry(f"files/{sha(PHOTO)}", kind=tarfile.LNKTYPE, linkname="outbox.json"),
    "device": lambda: entry(f"files/{sha(PHOTO)}", kind=tarfile.CHRTYPE),
    "fifo": lambda: entry(f"files/{sha(PHOTO)}", kind=tarfile.FIFOTYPE),
    "control characters": lambda: entry("a\x1b[31m\nb", b"x"),
    "second outbox": lambda: entry("outbox.json", b"{}"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_no_phone_writes_is_refused_and_the_rest_taken(case, name):
    states = case.states(tar(case.box, STRANGE[name](), *files(PREVIEW, POINTS)))
    assert states.pop(sha(PHOTO)) == "missing"
    assert (states.pop(sha(PREVIEW)), states.pop(sha(POINTS))) == ("stored", "stored")
    ((shown, state),) = states.items() or [("", "refused")]
    assert state == "refused"
    assert shown.isprintable()
    inside = {p.relative_to(case.room.blobs.root).parts[0] for p in case.room.blobs.root.rglob("*")}
    assert all(len(part) == 2 or part in ("partial", "previews", "aside") for part in inside)


def test_a_file_that_the_outbox_does_not_name_is_not_taken(case):
    states = case.states(tar(case.box, *FILES, *files(b"stowaway")))
    assert states[sha(b"stowaway")] == "unnamed"
    assert not case.room.blobs.has(sha(b"stowaway"))


def test_a_file_beyond_the_limit_is_not_taken(case):
    case.app.config["MAX_UPLOAD_BYTES"] = len(PHOTO) - 1
    states = case.states(tar(case.box, *FILES))
    assert states == {sha(PHOTO): "too-large", sha(PREVIEW): "stored", sha(POINTS): "stored"}


def test_a_size_that_nothing_stands_behind(case):
    """A header that promises 8 GiB: nothing is set aside for it, and what came before counts."""
    head, content = entry(f"files/{sha(PHOTO)}", PHOTO)
    head.size = 8**11 - 1
    good = tar(case.box, *files(PREVIEW))
    cut = good[: 512 + -(-len(json.dumps(case.box)) // 512) * 512 + 512 + -(-len(PREVIEW) // 512) * 512]
    case.app.config["MAX_UPLOAD_BYTES"] = 8**11
    states = case.states(cut + head.tobuf(tarfile.USTAR_FORMAT) + content)
    assert states == {"": "cut-off", sha(PHOTO): "truncated", sha(PREVIEW): "stored", sha(POINTS): "missing"}
    assert list(case.room.blobs.partial.iterdir()) == []


def test_a_cut_file_gives_what_is_whole_and_says_what_is_missing(case):
    content = tar(case.box, *FILES)
    start = content.index(b"files/" + sha(PREVIEW).encode())
    for end in (start, start + 100, start + 512 + 10):
        states = case.states(content[:end])
        assert states.pop("") == "cut-off"
        assert states.pop(sha(PHOTO)) in ("stored", "known")
        assert set(states.values()) <= {"missing", "truncated"}
        assert set(states) == {sha(PREVIEW), sha(POINTS)}
    assert case.body(f"photos/{case.photo}")["have"] is True
    assert case.body(f"sites/{case.site}")


def test_without_its_end_mark_it_is_said_to_be_cut(case):
    content = tar(case.box, *FILES).rstrip(b"\0")
    states = case.states(content + bytes(-len(content) % 512))
    assert states.pop("") == "cut-off"
    assert set(states.values()) == {"stored"}


def test_a_damaged_header_ends_it(case):
    content = bytearray(tar(case.box, *FILES))
    at = content.index(b"files/" + sha(POINTS).encode())
    content[at + 3] ^= 1
    states = case.states(bytes(content))
    assert states[""] == "cut-off"
    assert states[sha(POINTS)] == "missing"


def no_tar(case) -> dict[str, bytes]:
    good = tar(case.box, *FILES)
    return {
        "empty": b"",
        "text": b"hello" * 300,
        "zeroes": bytes(4096),
        "gzip": b"\x1f\x8b" + good,
        "cut in the outbox": good[:700],
        "no outbox first": good[512 + -(-len(json.dumps(case.box)) // 512) * 512 :],
        "outbox is a link": linked(),
        "not json": tar(b"{nothing"),
        "a list": tar(b"[]"),
        "nobody": tar(b'{"ops": []}'),
        "no operations": tar(b'{"login": "x", "ops": {}}'),
        "deep": tar(b'{"login": "x", "ops": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    }


def linked() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(entry("outbox.json", kind=tarfile.SYMTYPE, linkname="/etc/passwd")[0])
    return out.getvalue()


def test_what_is_no_export_is_refused(case):
    before = case.everything()
    for name, content in no_tar(case).items():
        with pytest.raises(Problem) as problem:
            case.take(content)
        assert problem.value.reason in ("export", "export-person"), name
    assert case.everything() == before


def test_a_huge_extended_header_is_never_held_in_memory(case, monkeypatch):
    """Readers of pax take such a header as a whole."""
    largest = [0]
    content = tar(case.box, entry("x", bytes(30_000_000), kind=tarfile.XHDTYPE), *FILES)

    class Watched(io.BytesIO):
        def read(self, size=-1):
            piece = super().read(size)
            largest[0] = max(largest[0], len(piece))
            return piece

    with case.app.app_context():
        taken = exports.take_in(case.room, Watched(content))
    assert ("stored" in dict(taken.files).values(), largest[0] <= 1 << 20) == (True, True)
