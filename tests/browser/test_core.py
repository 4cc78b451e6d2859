"""The phone's sync core in a real browser against the real server, over a line that fails in every way."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

MODEL = Path(__file__).parents[1] / "js" / "phone_model.mjs"
SITE = {"town_code": "350899101", "name": "后山硐", "site_kind": "adit", "mineral_code": "coal"}
# More stories for a long run: FIELDSYNC_SOAK=200.
STORIES = int(os.environ.get("FIELDSYNC_SOAK", "12"))


@pytest.fixture
def page(url, open_phone) -> Iterator:
    """A page that has the sync core at hand and nothing else."""
    context = open_phone(base_url=url)
    page = context.new_page()
    page.route("**/model.mjs", lambda route: route.fulfill(path=MODEL, content_type="text/javascript"))
    page.goto("/static/docs.css")
    page.evaluate("import('/model.mjs').then((model) => { self.model = model; })")
    return page


@pytest.fixture
def session(county) -> Callable[..., dict]:
    """Enrol a phone by script and hand its session over to the browser."""

    def make(login: str = "", **more) -> dict:
        phone = county.phone(login, pull=False) if login else county.inspector(pull=False)
        return {"cell": phone.cell, "user": phone.user, "token": phone.token, **more}

    return make


def new_site(county) -> str:
    phone = county.inspector()
    site = phone.site(**SITE)
    phone.push()
    return site


def test_one_editor_under_any_faults_never_conflicts_with_himself(county, page, session):
    login = county.person("inspector", "t-350899101")
    for seed in range(STORIES):
        site = new_site(county)
        mine = session(login, skew=(seed - 5) * 86_400_000 * 100)
        end = page.evaluate("([...given]) => model.alone(...given)", [mine, site, seed])
        told = f"seed {seed}: {end['steps']}"
        assert end["conflicts"] == [], told
        assert (end["waiting"], end["tops"], end["differing"]) == (0, 0, []), told
        assert {path: end["body"].get(path) for path in end["last"]} == end["last"], told
        assert end["body"] == end["base"], told


def test_several_editors_lose_nothing_and_end_with_the_same(county, page, session):
    screen = county.screen()
    site = new_site(county)
    sessions = [session(), session()]

    def edit(path: str, draw: float) -> None:
        value = ["key", "general"][draw < 0.5] if path == "patrol_class" else f"县 {draw:.2f}"
        screen.patch(f"sites/{site}", **{path: value})

    page.expose_function("county", edit)
    for seed in range(max(3, STORIES // 4)):
        ends = page.evaluate(
            "([sessions, site, seed]) => model.together(sessions, site, seed, self.county)", [sessions, site, seed]
        )
        one, other = ends
        assert one["body"] == other["body"], seed
        for end in ends:
            assert (end["waiting"], end["tops"], end["differing"]) == (0, 0, []), seed
            assert end["receipts"] == end["made"] > 0, seed
            candidates = [value for c in end["conflicts"] for path, value in c.items() if path.endswith("/value")]
            assert None not in candidates
