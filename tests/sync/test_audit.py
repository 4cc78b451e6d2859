"""The audit notices whatever was changed behind the engine's back."""

from collections.abc import Callable
from typing import Any

import pytest
import stranger
from county import CELL, T1

from fieldsync import db
from fieldsync.sync import audit
from fieldsync.sync.canonical import canon, revision

REMARK = "as it was"


@pytest.fixture
def site(county) -> str:
    """A dossier with a few versions, and operations around it."""
    phone, reviewer = county.inspector(), county.screen()
    site = phone.site(name="老鹰硐", town_code=T1, remark=REMARK)
    phone.sync()
    reviewer.patch(f"sites/{site}", patrol_class="key", remark="b")
    phone.edit(site, remark="c", patrol_class="coal")
    phone.sync()
    return site


@pytest.fixture
def tamper(app) -> Callable[..., list[dict[str, Any]]]:
    """Return a function that runs SQL past the engine and returns what the audit then finds."""

    def run(statement: str, *parameters: Any) -> list[dict[str, Any]]:
        assert stranger.change(stranger.url_of(app), statement, *parameters) > 0
        with app.app_context(), db.reading() as reading:
            return list(audit.findings(reading, CELL))

    return run


def kinds(findings: list[dict[str, Any]]) -> set[str]:
    return {finding["what"] for finding in findings}


def test_an_untouched_county_has_no_findings(app, site):
    with app.app_context(), db.reading() as connection:
        assert audit.cells(connection) == [CELL]
        assert list(audit.findings(connection, CELL)) == []


def test_a_changed_body(site, tamper):
    found = tamper("UPDATE record SET body = replace(body, '老鹰', '老虎') WHERE id = ?", site)
    assert {"revision", "history"} <= kinds(found)
    assert {finding["record"] for finding in found if "record" in finding} == {site}


def test_a_changed_body_with_its_revision_made_to_fit(site, tamper):
    body = {"name": "改"}
    fitting = revision("site", site, 2, canon(body))
    found = tamper("UPDATE record SET body = ?, rev = ?, n = 2 WHERE id = ?", canon(body).decode(), fitting, site)
    assert {"history", "digest"} <= kinds(found)


def test_a_changed_version(site, tamper):
    found = tamper("UPDATE version SET patch = replace(patch, ?, 'never was') WHERE record_id = ?", "b", site)
    assert "history" in kinds(found)


def test_a_version_changed_with_all_that_follows_from_it(site, tamper):
    """Body, patch and revision made to fit each other: the chain still knows what there was."""
    body = {"name": "改"}
    fitting = revision("site", site, 1, canon(body))
    patch = canon({path: [None, value] for path, value in body.items()}).decode()
    tamper("DELETE FROM version WHERE record_id = ? AND n > 1", site)
    tamper("UPDATE version SET patch = ?, rev = ? WHERE record_id = ?", patch, fitting, site)
    found = tamper("UPDATE record SET body = ?, rev = ?, n = 1 WHERE id = ?", canon(body).decode(), fitting, site)
    assert kinds(found) == {"versions", "digest"}


def test_a_changed_digest(site, tamper):
    assert kinds(tamper("UPDATE digest SET n = n + 1 WHERE scope = ?", f"t-{T1}")) == {"digest"}


def test_a_member_taken_from_the_feed(site, tamper):
    assert kinds(tamper("DELETE FROM feed WHERE record_id = ? AND scope = ?", site, f"t-{T1}")) == {"digest"}


def test_changed_content_of_an_operation(site, tamper):
    found = tamper("UPDATE operation SET content = replace(content, ?, 'something else')", REMARK)
    assert kinds(found) == {"content"}


def test_changed_content_with_its_hash_made_to_fit(site, tamper):
    found = tamper(
        "UPDATE operation SET op_hash = ? WHERE record_id = ? AND action = 'site.create'", "0" * 64, site
    )
    assert {"content", "chain"} <= kinds(found)


def test_a_removed_operation(site, tamper):
    assert "chain" in kinds(tamper("DELETE FROM operation WHERE record_id = ? AND action = 'site.create'", site))


def test_the_last_operation_removed(site, tamper):
    found = tamper("DELETE FROM operation WHERE seq = (SELECT MAX(seq) FROM operation)")
    assert "head" in kinds(found)


def test_operations_in_another_order(site, tamper):
    found = tamper(
        "UPDATE operation SET seq = (SELECT MIN(seq) + MAX(seq) FROM operation) - seq WHERE cell = ?", CELL
    )
    assert "chain" in kinds(found)


def test_a_forged_outcome_at_first_receipt(site, tamper):
    found = tamper("UPDATE operation SET received_status = 'applied' WHERE received_status = 'conflict'")
    assert kinds(found) == {"chain"}


def test_a_head_put_back(site, tamper):
    assert kinds(tamper("UPDATE head SET seq = seq - 1 WHERE cell = ?", CELL)) == {"head"}


def test_findings_go_on_behind_a_break(site, tamper):
    """One broken link is one finding: what follows it is held against the chain as it stands."""
    found = tamper("UPDATE operation SET chain = '0123456789abcdef' WHERE seq = (SELECT MIN(seq) FROM operation)")
    assert [finding["what"] for finding in found] == ["chain", "chain"]
