"""Somebody of another county, who has every address of this one: whatever he opens or sends is not found."""

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from api import world as worlds
from api.world import MARKER
from county import OTHER_CELL, County

from fieldsync import db

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Pages differ by a record, or by a day.
NAMED = re.compile(rf"{ID.pattern}|\d{{4}}-\d\d-\d\d")
# What is nobody's record: the language, one's own session.
NOT_RECORDS = ("/console/language/", "/console/sign-")
# Of pages that differ in their record or their question alone, so many are read.
EACH = 2
READ = """(text) => {
  const page = new DOMParser().parseFromString(text, "text/html");
  const address = (it) => it.getAttribute("href") || it.getAttribute("src");
  const told = (form) => [form.getAttribute("action"), Object.fromEntries(new FormData(form)),
    [...form.querySelectorAll("button")].map((it) => it.value), form.enctype];
  return {
    links: [...page.querySelectorAll("[href], [src]")].map(address),
    forms: [...page.forms].filter((it) => it.method === "post").map(told),
  };
}"""


@dataclass
class Walk:
    """Everything that somebody of the county comes to: addresses, and forms with what they hold."""

    page: object
    links: set[str] = field(default_factory=set)
    forms: list = field(default_factory=list)
    broken: list = field(default_factory=list)
    _read: dict[str, int] = field(default_factory=dict)

    def go(self, *starts: str) -> None:
        """Follow every link, except where it leads to more of the same."""
        waiting = list(starts)
        while waiting:
            link = waiting.pop(0)
            if link in self.links or not link.startswith("/console/") or link.startswith(NOT_RECORDS):
                continue
            self.links.add(link)
            kind = NAMED.sub("{}", urlsplit(link).path)
            self._read[kind] = self._read.get(kind, 0) + 1
            if self._read[kind] <= EACH:
                waiting += self._links_of(link)

    def _links_of(self, link: str) -> list[str]:
        answer = self.page.request.get(link)
        if not answer.ok:
            self.broken.append((link, answer.status))
        if "text/html" not in answer.headers["content-type"]:
            return []
        found = self.page.evaluate(READ, answer.text())
        self.forms += [(urljoin(link, action or ""), *rest) for action, *rest in found["forms"]]
        return [urljoin(link, href) for href in found["links"] if href]


def head(app) -> int:
    """Return how many operations the county has taken in."""
    with app.app_context(), db.reading() as connection:
        return db.row(connection, "SELECT seq FROM head WHERE cell = '350899'")[0]


def pages_of_records(app) -> set[str]:
    """Return the addresses of all pages that are about one record, without its id."""
    rules = (rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console."))
    return {
        re.sub(r"<uuid:\w+>", "{}", rule.rule) for rule in rules if "GET" in rule.methods and "uuid" in rule.rule
    }


def disputed(world: worlds.World) -> worlds.World:
    """Let township and county disagree on a second field of the dossier."""
    site = world.ids["sites"]
    world.phone.pull()
    world.reviewer.patch(f"sites/{site}", place_name=f"县 {MARKER}")
    world.phone.edit(site, place_name=f"乡 {MARKER}")
    world.phone.push()
    return world


def test_nothing_of_a_county_is_found_by_any_address(app, seat):
    world = disputed(worlds.build(app))
    insider = Walk(seat(world.admin.login))
    insider.go("/console/inspections", "/console/people")
    assert insider.broken == []
    records = {link for link in insider.links if ID.search(urlsplit(link).path)}
    seen = {
        re.sub("/(records|notices)/[a-z_]+", r"/\1/<noun>", NAMED.sub("{}", urlsplit(link).path))
        for link in records
    }
    assert pages_of_records(app) - seen == set()

    # An administrator there may do more than a reviewer, and finds as little.
    outsider = seat(County(app).person("admin", cell=OTHER_CELL))
    before = head(app)
    for link in sorted(insider.links):
        answer = outsider.request.get(link)
        assert MARKER not in answer.text(), link
        assert link not in records or answer.status == 404, (link, answer.status)
    check_forms(outsider, insider.forms)
    assert head(app) == before, "nothing was done in the county"
    outsider.goto(next(link for link in records if "/console/sites/" in link))
    assert "没有找到" in outsider.inner_text("main")


def check_forms(outsider, forms: list) -> None:
    """Send every form with all that it holds; what names a record of the county is not found."""
    csrf = outsider.get_attribute("input[name=csrf_token]", "value")
    seen = set()
    for action, fields, verbs, encoding in forms:
        if action.startswith(NOT_RECORDS) or encoding.startswith("multipart"):
            continue
        for verb in verbs:
            if (action, verb) in seen:
                continue
            seen.add((action, verb))
            given = fields | {"csrf_token": csrf, "verb": verb, "reason": "试试看"}
            answer = outsider.request.post(action, form=given, max_redirects=0)
            if ID.search(urlsplit(action).path):
                assert answer.status == 404, (action, verb, answer.status)
            assert MARKER not in answer.text(), (action, verb)
    assert len(seen) > 30
