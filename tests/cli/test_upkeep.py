"""Upkeep from the command line: checks, repairs, what is forgotten, and the work of those who are gone."""

import hashlib
import io
import json
import tarfile
from datetime import UTC, datetime, timedelta

import pytest
from cli.shell import CELL, TOWN, Shell

from fieldsync.ids import new_id


def edit_once(shell: Shell) -> str:
    """Let the inspector open a dossier; return its id."""
    site = new_id()
    fields = {"name": "老鹰硐", "site_kind": "adit", "town_code": TOWN, "mineral_code": "coal"}
    ops = [{"op": new_id(), "cell": CELL, "action": "site.create", "id": site, "set": fields}]
    (shell.folder / "out.json").write_text(json.dumps({"login": "walker", "device": "", "ops": ops}))
    assert "applied" in shell.ok("import", "outbox", str(shell.folder / "out.json"))
    return site


def test_check_finds_nothing_in_a_sound_instance(staffed):
    edit_once(staffed)
    assert "everything agrees" in staffed.ok("check")


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE digest SET n = n + 1", "what=digest"),
        ("UPDATE operation SET content = '{}'", "what=content"),
        ("UPDATE record SET body = '{}' WHERE type = 'site'", "what=revision"),
        ("UPDATE head SET chain = '0000000000000000'", "what=head"),
        ("DELETE FROM version WHERE record_id IN (SELECT id FROM site)", "what=history"),
    ],
)
def test_check_finds_what_somebody_changed_behind_its_back(staffed, statement, what):
    edit_once(staffed)
    staffed.sql(statement)
    assert what in staffed.fails("check")


def test_check_finds_spoilt_and_missing_files(staffed):
    good = staffed.folder / "blobs" / "ab" / ("ab" + "0" * 62)
    good.parent.mkdir(parents=True)
    good.write_bytes(b"other bytes")
    staffed.sql(
        "INSERT INTO photo (cell, id, parent_id, sha256, have, voided)"
        f" VALUES ('{CELL}', 'p', 's', '{'cd' + '0' * 62}', 1, 0)"
    )
    said = staffed.fails("check")
    assert "what=spoilt-file" in said
    assert "what=missing-file" in said


def test_reindex_fills_what_was_lost(staffed):
    site = edit_once(staffed)
    staffed.sql("DELETE FROM site")
    staffed.ok("reindex")
    assert staffed.sql("SELECT id FROM site") == [(site,)]
    assert "everything agrees" in staffed.ok("check")


def test_prune_forgets_tombstones_and_expired_uploads(staffed):
    site = edit_once(staffed)
    staffed.sql(f"UPDATE feed SET out = 'voided' WHERE record_id = '{site}'")
    partial = staffed.folder / "blobs" / "partial" / "u1"
    partial.write_bytes(b"half")
    staffed.sql(
        "INSERT INTO upload (cell, id, person_id, sha256, size, metadata, expires_at, state)"
        f" VALUES ('{CELL}', 'u1', 'p', '{'a' * 64}', 9, '', '2020-01-01', 'open')"
    )
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    assert "1 tombstones, 1 uploads" in staffed.ok("prune", "--before", tomorrow)
    assert not partial.exists()
    assert "what" not in staffed.ok("prune", "--before", tomorrow)


def test_prune_wants_a_day(staffed):
    assert "yesterday" in staffed.fails("prune", "--before", "yesterday")


# Work of those who are gone


def test_the_outbox_of_a_closed_account_waits_on_the_desk(staffed):
    edit_once(staffed)
    staffed.ok("user", "deactivate", "walker")
    op = {
        "op": new_id(),
        "cell": CELL,
        "action": "site.create",
        "id": new_id(),
        "set": {"name": "x", "town_code": TOWN},
    }
    file = staffed.folder / "late.json"
    file.write_text(json.dumps({"login": "walker", "ops": [op]}))
    assert "inactive-author" in staffed.ok("import", "outbox", str(file))
    assert "inactive-author" in staffed.ok("import", "outbox", str(file))


def test_a_phones_export_with_its_files(staffed):
    points = b"[1, 26.1, 117.4, 8]\n"
    sha256, track = hashlib.sha256(points).hexdigest(), new_id()
    fields = {"town_code": TOWN, "sha256": sha256, "size": len(points)}
    op = {"op": new_id(), "cell": CELL, "action": "patrol_track.begin", "id": track, "set": fields}
    box = json.dumps({"login": "walker", "ops": [op], "tracks": [{"id": track, "sha256": sha256}]}).encode()
    file = staffed.folder / "export.tar"
    with tarfile.open(file, "w") as archive:
        for name, content in (("outbox.json", box), (f"files/{sha256}", points), ("[/red]\x1b", b"x")):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    said = staffed.ok("import", "outbox", str(file))
    assert "applied" in said
    assert "Stored" in said
    assert "Not part of a phone's export" in said
    assert "The county has it already" in staffed.ok("import", "outbox", str(file))
    assert "everything agrees" in staffed.ok("check")


def test_prune_deletes_the_points_of_old_tracks_and_keeps_their_records(staffed, monkeypatch):
    test_a_phones_export_with_its_files(staffed)
    ((sha256, body),) = staffed.sql("SELECT t.sha256, r.body FROM patrol_track t JOIN record r ON r.id = t.id")
    stored = staffed.folder / "blobs" / sha256[:2] / sha256
    assert "points of 0 tracks" in staffed.ok("prune", "--before", "2026-01-01")
    assert stored.exists()
    monkeypatch.setenv("FIELDSYNC_TRACK_DAYS", "0")
    assert "points of 1 tracks" in staffed.ok("prune", "--before", "2026-01-01")
    assert not stored.exists()
    assert staffed.sql("SELECT * FROM file") == []
    ((after,),) = staffed.sql("SELECT r.body FROM patrol_track t JOIN record r ON r.id = t.id")
    erased = json.loads(after)
    assert erased.pop("points_erased_at")
    assert erased == json.loads(body)
    assert "points of 0 tracks" in staffed.ok("prune", "--before", "2026-01-01")
    # A phone that brings them once more brings them in vain.
    staffed.ok("import", "outbox", str(staffed.folder / "export.tar"))
    staffed.ok("prune", "--before", "2026-01-01")
    assert not stored.exists()
    assert "everything agrees" in staffed.ok("check")


@pytest.mark.parametrize("content", ["", "[]", '{"ops": []}', '{"login": "walker", "ops": {}}', "\xff"])
def test_what_is_no_outbox_is_refused(staffed, content):
    file = staffed.folder / "bad.json"
    file.write_bytes(content.encode("latin-1"))
    assert "not an exported outbox" in staffed.fails("import", "outbox", str(file))
