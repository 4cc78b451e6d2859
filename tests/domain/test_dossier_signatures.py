"""Signatures: three people, one content, and what happens when it changes."""

from county import OTHER_CELL, T1, Screen

from fieldsync import db
from fieldsync.domain import dossier_signatures, guards
from fieldsync.sync.records import Record

from .life import Life
from .test_life import missing


def test_what_changed_after_signing_is_named_and_must_be_signed_again(scene):
    life = Life(scene)
    life.force("verifying", "confirmed")
    life.sign_all()
    # The county's own plan is not what was signed.
    scene.reviewer.patch(life.path, patrol_cycle_days=15, remark="路已断")
    scene.reviewer.patch(life.path, name="老鹰一号硐")
    assert missing(life.go, "registered") == ["signed-older"]
    with scene.county.app.app_context(), db.reading() as connection:
        statement = "SELECT * FROM record WHERE type = 'dossier_signature'"
        signature = Record.from_row(next(iter(db.rows(connection, statement))))
        site = guards.load(connection, "350899", life.id)
        assert dossier_signatures.changed_since(connection, site, signature) == ["name"]
    scene.reviewer.patch(life.path, name="老鹰硐")
    life.go("registered")


def test_an_incomplete_dossier_says_what_it_lacks(scene):
    life = Life(scene, licence_no="C350899")
    life.force("verifying", "confirmed")
    scene.reviewer.patch(life.path, dossier_track="department", place_name=None)
    life.sign_all()
    assert missing(life.go, "registered") == ["dossier-incomplete"]
    scene.reviewer.patch(life.path, competent_dept="县自然资源局", place_name="老鹰岩")
    life.sign_all()
    life.go("registered")


def test_who_may_sign_as_what(scene, refusal):
    life = Life(scene)
    inspector = life.phone_screen()
    assert refusal(life.sign, inspector, "responsible") == (403, "signer-role")
    assert refusal(life.sign, life.reviewer, "responsible") == (403, "signer-role")
    life.sign(inspector, "filed_by")
    assert refusal(life.sign, inspector, "supervisor") == (403, "same-signer")
    life.sign(scene.county.screen("leader"), "responsible")
    assert refusal(life.sign, life.reviewer, "witness") == (400, "choice")
    stranger = scene.county.screen(cell=OTHER_CELL)
    given = {"role": "supervisor", "revision": "1-0000000000000000"}
    assert refusal(stranger.post, "dossier_signatures", set=given, parent={"id": life.id}) == (404, "not-found")


def test_an_older_revision_may_be_signed_but_no_invented_one(scene, refusal):
    life = Life(scene)
    old = scene.reviewer.get(life.path)["rev"]
    scene.reviewer.patch(life.path, name="改名硐")
    signed = life.sign(scene.reviewer, "supervisor", old)["body"]
    assert (signed["revision"], signed["person"]) == (old, scene.reviewer.phone.user)
    assert signed["sha256"] != guards.fingerprint(life.body())
    for wrong in ("1-0000000000000000", "2026-01-01", "x"):
        assert refusal(life.sign, scene.reviewer, "supervisor", wrong) == (400, "revision")


def test_a_signature_never_changes_and_is_taken_back_with_a_reason(scene, refusal):
    life = Life(scene)
    path = f"dossier_signatures/{life.sign(scene.reviewer, 'supervisor')['id']}"
    assert refusal(scene.reviewer.patch, path, role="filed_by")[0] == 405
    assert refusal(scene.reviewer.act, f"{path}/void") == (400, "reason")
    scene.reviewer.act(f"{path}/void", reason="签错")
    life.force("verifying", "confirmed")
    assert missing(life.go, "registered") == ["unsigned"]


def test_a_phone_signs_what_it_last_saw(scene):
    life = Life(scene)
    manager = scene.county.phone(scene.county.person("manager", f"t-{T1}"))
    given = {"role": "responsible", "revision": manager.base(life.id).rev, "strokes": "M0 0L9 9"}
    manager.create("dossier_signature.sign", given, parent=life.id)
    (result,) = manager.push()
    assert result["status"] == "applied"
    assert isinstance(life.manager, Screen)
