"""Fixtures: an inspector with a site, and a reviewer at a screen."""

from dataclasses import dataclass

import pytest
from county import T1, County, Screen

from fieldsync.demo.phone import Phone, Refused

SITE = {"name": "老鹰硐", "site_kind": "adit", "town_code": T1, "mineral_code": "coal"}


@dataclass
class Scene:
    """Who is there."""

    county: County
    phone: Phone
    reviewer: Screen

    def site(self, **fields) -> str:
        """Open a dossier by phone."""
        site = self.phone.site(**SITE | fields)
        self.phone.sync()
        return site

    def visit(self, site: str = "", **fields) -> str:
        """Hand in an inspection by phone."""
        visit = self.phone.inspect(site or self.site(), **{"activity": "none", "seal_state": "intact"} | fields)
        self.phone.sync()
        return visit

    def body(self, path: str) -> dict:
        """Return a record's body as the county has it."""
        return self.reviewer.get(path)["body"]

    def transit(self, site: str, *statuses: str) -> None:
        """Bring a site through these statuses, passing over what is missing."""
        for status in statuses:
            given = {"to": status, "override": True}
            self.reviewer.act(f"sites/{site}/transit", set=given, reason="历史档案补录")


@pytest.fixture
def scene(county) -> Scene:
    return Scene(county, county.inspector(), county.screen())


@pytest.fixture
def refusal():
    """Return (status, reason or name) of what is refused."""

    def ask(call, *args, **given) -> tuple[int, str]:
        with pytest.raises(Refused) as refused:
            call(*args, **given)
        problem = refused.value.problem
        return refused.value.status, problem.get("reason") or problem["type"].removeprefix("/problems/")

    return ask
