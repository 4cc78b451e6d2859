"""A dossier's next steps in a real browser: all fits the office's screen, and axe finds nothing."""

import pytest
from browser.axe import prepare, violations
from browser.test_console import fits, page
from county import PASSWORD
from domain.conftest import Scene
from domain.life import Life

__all__ = ["page"]


@pytest.fixture
def life(county) -> Life:
    """A site whose closure has begun, with one near it and one that relapsed."""
    scene = Scene(county, county.inspector(), county.screen())
    other, life = Life(scene), Life(scene)
    other.force("verifying", "confirmed", "registered", "handling", "closing", "closed_pending", "accepted")
    other.force("relapsed")
    life.force("verifying", "confirmed")
    life.sign_all()
    life.force("registered", "handling")
    life.decide("2026-03-20")
    life.go("closing")
    return life


def sign_in(page, county, path: str) -> None:
    login = county.person("reviewer")
    page.goto(path)
    page.fill("#username", login)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector("h1")


def test_the_pages_fit_and_axe_finds_nothing(county, page, life):
    closure = life.check(items__K17__result="fail", items__K17__remark="未复绿")
    life.go("closed_pending")
    life.team(closure, "自然资源局", "林业局")
    life.conclude(closure, "fail")
    campaign = life.reviewer.post("campaigns", set={"name": "春季行动", "status": "running"})["id"]
    sign_in(page, county, f"/console/sites/{life.id}")
    found = {}
    for path in [
        f"sites/{life.id}", closure, f"dossier_signatures/{life.id}", f"campaigns/{campaign}", "closures",
        "closures/faults", "rectifications", "watch/stale", "watch/relapses", "watch/duplicates", "checklists",
        "key_areas", "campaigns", "dossier_signatures",
    ]:  # fmt: skip
        page.goto(f"/console/{path}")
        if not fits(page):
            found[path] = ["too wide"]
        assert page.locator("h1").count() == 1, path
    assert found == {}


def test_the_pages_are_usable_by_everybody(county, page, life):
    closure = life.check(items__K17__result="fail")
    sign_in(page, county, f"/console/sites/{life.id}")
    found = {}
    for path in (f"sites/{life.id}", closure, "checklists", "key_areas", "rectifications", "watch/relapses"):
        page.goto(f"/console/{path}")
        prepare(page)
        found[path] = violations(page)
    assert {path: seen for path, seen in found.items() if seen} == {}


def test_closing_by_mouse_and_keyboard(county, page, life):
    sign_in(page, county, f"/console/sites/{life.id}")
    assert "还没有关闭检查表" in page.inner_text("#process")
    page.click("button[value=open]")
    page.wait_for_selector(".flash")
    page.emulate_media(media="print")
    assert page.locator(".checklist input:visible, .checklist select:visible").count() == 0
    assert "□合格" in page.inner_text(".checklist tbody tr")
    page.emulate_media(media="screen")
    assert not page.is_visible("text=□合格")
    for choice in page.locator("select[name$='/result']").all():
        choice.select_option("pass")
    page.locator("select[name='items/K19/result']").select_option("na")
    page.click("button[value=edit]")
    page.wait_for_selector(".flash")
    page.goto(f"/console/sites/{life.id}")
    said = page.inner_text("#process")
    assert "不适用的检查项须写明理由" in said
    assert "每个硐口都须有关闭前、关闭后照片" in said
