"""Short scenarios of sync.md section 8 as functions; `test_mutants.py` breaks the engine under them."""

import random
from typing import Any

from flask import Flask
from sync.checker import VOID, Checker, conflict_id
from sync.world import Desk, Ghost, Valley, is_refused

from fieldsync import db
from fieldsync.ids import new_id
from fieldsync.sync.canonical import canon, revision

START = {"remark": "m", "mining_method": "leaching", "lon": 117.1, "violations/unlicensed": True}


class Team(Valley):
    """Two inspectors of one township, a county phone and a desk, as far as they are called for."""

    def __init__(self, app: Flask):
        super().__init__(app)
        self.a, self.r = self.inspector(), self.desk()
        self.site = self.open_site(self.a, 0, **START)
        self.path = f"sites/{self.site}"
        self.a.pull()

    def second(self) -> Ghost:
        return self.inspector()

    def at_desk(self, **fields: Any) -> None:
        self.r.look(self.path)
        self.r.edit(self.path, {name.replace("__", "/"): value for name, value in fields.items()})

    def now(self, path: str) -> Any:
        return self.r.get(self.path)["body"].get(path)

    def candidates(self, path: str) -> list[Any]:
        page = f"conflicts/{conflict_id(self.site, path)}"
        if is_refused(404, lambda: self.r.look(page)):
            return []
        body = self.r.page(page)["body"]
        rows = [p for p in body if p.startswith("candidates/") and p.count("/") == 1]
        return sorted((body.get(f"{row}/value") for row in rows), key=str)

    def check(self) -> None:
        """Hold everything against the outside checker."""
        for phone in self.phones:
            phone.push()
            phone.pull()
        assert Checker(self, self.r).everything(random.Random(1)) == []


def only(results: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(results) == 1
    return results[0]


def push(phone: Ghost) -> str:
    """Hand in one operation; return its status."""
    return str(only(phone.push())["status"])


def county_owned(app: Flask) -> None:
    """12: what the county owns stays the county's, stale or fresh, in any order."""
    for fresh in (False, True):
        for county_first in (True, False):
            team = Team(app)
            if county_first:
                team.at_desk(patrol_class="key")
            if fresh:
                team.a.pull()
            team.a.edit(team.site, patrol_class="coal")
            assert push(team.a) == "merged"
            if not county_first:
                team.at_desk(patrol_class="key")
            assert (team.now("patrol_class"), team.candidates("patrol_class")) == ("key", ["coal"])


def township_owned(app: Flask) -> None:
    """13: what the township owns stays the township's; two of its people open a conflict."""
    team, b = Team(app), None
    b = team.second()
    team.at_desk(mining_method="dredging")
    assert team.now("mining_method") == "leaching"
    team.a.edit(team.site, mining_method="open_pit")
    b.edit(team.site, mining_method="underground")
    assert (push(team.a), push(b)) == ("applied", "conflict")
    assert team.now("mining_method") == "open_pit"
    assert team.candidates("mining_method") == ["dredging", "underground"]


def three_writers(app: Flask) -> None:
    """14: the first arrival is displayed, the others are candidates."""
    team = Team(app)
    b = team.second()
    team.a.edit(team.site, remark="x")
    b.edit(team.site, remark="y")
    team.at_desk(remark="z")
    assert (push(team.a), push(b)) == ("conflict", "conflict")
    assert (team.now("remark"), team.candidates("remark")) == ("z", ["x", "y"])


def stale_edit(app: Flask) -> None:
    """5 in sync.md's invariants: an unseen value is not replaced."""
    team = Team(app)
    team.at_desk(remark="county")
    team.a.edit(team.site, remark="township")
    assert push(team.a) == "conflict"
    assert team.now("remark") == "county"


def there_and_back(app: Flask) -> None:
    """16: a value that was changed and changed back is another one."""
    team = Team(app)
    team.at_desk(remark="h")
    team.at_desk(remark="m")
    team.a.edit(team.site, remark="l")
    assert push(team.a) == "conflict"


def clones(app: Flask) -> None:
    """36: two phones with one storage conflict with each other, and both values stay."""
    team = Team(app)
    twin = team.a.clone()
    team.watch(twin)
    team.a.edit(team.site, remark="x")
    twin.edit(team.site, remark="y")
    assert (push(team.a), push(twin)) == ("applied", "conflict")
    assert (team.now("remark"), team.candidates("remark")) == ("x", ["y"])


def own_chain(app: Flask) -> None:
    """5, 6: a phone that saw no pull since its own edit does not conflict with itself."""
    team = Team(app)
    for value in ("h", "l", "h"):
        team.a.edit(team.site, remark=value)
        assert push(team.a) == "applied"
    assert team.now("remark") == "h"


def same_value(app: Flask) -> None:
    """15: both wrote the same: no conflict, no version."""
    team = Team(app)
    team.at_desk(remark="same")
    rev = team.r.get(team.path)["rev"]
    team.a.edit(team.site, remark="same")
    assert only(team.a.push()).get("fields") == {"remark": "noop"}
    assert team.r.get(team.path)["rev"] == rev


def other_fields(app: Flask) -> None:
    """What others did to other fields is no conflict (ODK Central #698 the other way round)."""
    team = Team(app)
    b = team.second()
    team.at_desk(place_name="north")
    b.edit(team.site, remark="x")
    assert push(b) == "applied"


def no_voiding_over_edits(app: Flask) -> None:
    """19: an offline void over an unseen edit is a conflict; the record lives."""
    team = Team(app)
    county = team.county_phone()
    team.a.edit(team.site, remark="x")
    team.a.push()
    county.remove(team.site, "double")
    assert push(county) == "conflict"
    assert not team.r.get(team.path)["voided"]
    assert team.candidates(VOID) == [True]


def no_resurrection(app: Flask) -> None:
    """20: an edit of a voided record waits beside it; restored by a decision, with its values."""
    team = Team(app)
    team.a.edit(team.site, remark="x")
    team.r.look(team.path)
    team.r.act(team.path, "void", reason="double")
    result = only(team.a.push())
    assert team.r.get(team.path)["voided"]
    assert team.candidates(VOID) == [{"remark": "x"}]
    conflict = f"conflicts/{result['conflicts'][0]}"
    team.r.look(conflict)
    team.r.act(conflict, "resolve", choose=result["op"])
    assert not team.r.get(team.path)["voided"]
    assert team.now("remark") == "x"
    team.check()


def nothing_is_discarded(app: Flask) -> None:
    """4: what was refused is kept whole, and a value that did not win is a candidate."""
    team = Team(app)
    op = team.a.edit(team.site, remark="x")
    team.a.push()
    other = op | {"set": {"remark": "y"}}
    assert only(team.a.resend([other]))["status"] == "rejected"
    kept = [receipt["set"] for receipt in team.a.receipts(op["op"])]
    assert kept == [{"remark": "x"}, {"remark": "y"}]
    team.at_desk(remark="county")
    team.a.edit(team.site, remark="z")
    team.a.push()
    assert team.candidates("remark") == ["z"]


def once_only(app: Flask) -> None:
    """1, I2: sent again, nothing happens again."""
    team = Team(app)
    op = team.a.edit(team.site, remark="x")
    team.a.push()
    head, rev = team.a.blank_head(), team.r.get(team.path)["rev"]
    assert only(team.a.resend([op]))["status"] == "applied"
    assert (team.a.blank_head(), team.r.get(team.path)["rev"]) == (head, rev)


def moved_away(app: Flask) -> None:
    """27: who does not have the township any more loses the dossier, and the digests say so."""
    team = Team(app)
    other = team.inspector(1)
    team.r.look(team.path)
    team.r.act(team.path, "move", {"town_code": team.towns[1]})
    team.homes[team.site] = f"t-{team.towns[1]}"
    team.a.pull()
    other.pull()
    assert team.a.base(team.site) is None
    assert other.base(team.site)
    team.check()


def reassigned(app: Flask) -> None:
    """28: unsent work of the old township is taken in; its dossiers leave the phone."""
    team = Team(app)
    team.a.edit(team.site, remark="x")
    path = f"people/{team.a.user}"
    team.r.look(path)
    team.r.act(path, "reassign", {"towns": [team.towns[1]]})
    team.scopes[team.a.user] = {f"t-{team.towns[1]}"}
    assert push(team.a) == "applied"
    team.a.pull()
    assert team.a.base(team.site) is None


def never_had_it(app: Flask) -> None:
    """29, I14: a guess at another township's dossier is held, and tells nothing."""
    team = Team(app)
    other = team.inspector(1)
    other.do("site.edit", team.site, {"remark": "x"}, base="1-0123456789abcdef")
    result = only(other.push())
    assert (result["status"], result.get("why")) == ("held", "out-of-scope")
    assert set(result) <= {"op", "status", "why", "issues"}
    assert team.now("remark") == "m"


def unknown_base(app: Flask) -> None:
    """35: on a base that this server never gave, values decide."""
    team = Team(app)
    team.at_desk(remark="y")
    n = int(team.r.get(team.path)["rev"].partition("-")[0])
    given = {"base": f"{n}-0123456789abcdef", "from": {"remark": "x"}}
    team.a.do("site.edit", team.site, {"remark": "z"}, **given)
    assert push(team.a) == "conflict"
    assert team.now("remark") == "y"


def waits_for_its_forerunner(app: Flask) -> None:
    """8, I19: nothing takes effect before what it was built on."""
    team = Team(app)
    first, second = (team.a.edit(team.site, remark=value) for value in ("1", "2"))
    assert only(team.a.push_once([second])["results"])["status"] == "held"
    assert team.now("remark") == "m"
    assert only(team.a.push_once([first])["results"])["status"] == "applied"
    assert team.now("remark") == "2"


def long_offline(app: Flask) -> None:
    """21: tombstones that a phone never saw are pruned: it starts anew and forgets what is gone."""
    team = Team(app)
    team.r.look(team.path)
    team.r.act(team.path, "void", reason="double")
    team.prune()
    team.a.pull()
    assert team.a.base(team.site) is None


def prune_during_first_sync(app: Flask) -> None:
    """22, I13: a first sync ends, whatever is pruned meanwhile."""
    team = Team(app)
    gone = [team.open_site(team.a) for _ in range(6)]
    for _ in range(3):
        team.open_site(team.a)
    fresh = team.a.blank()
    for site in [*gone, *[""] * 30]:
        if site:
            path = f"sites/{site}"
            team.r.look(path)
            team.r.act(path, "void", reason="double")
            team.prune()
        if not fresh.pull_page(limit=2):
            return
    raise AssertionError("the first sync never ends")


def restored_server(app: Flask) -> None:
    """32: a head that this history does not have is told as diverged."""
    team = Team(app)
    seq = team.a.seen[team.cell].partition(".")[0]
    team.a.seen[team.cell] = f"{seq}.0123456789abcdef"
    team.a.pull()
    assert team.a.diverged == [team.cell]


def every_operation_is_a_link(app: Flask) -> None:
    """34: also what changed no record moves the head, so that a restored server is found out."""
    team = Team(app)
    before = team.a.blank_head()
    team.a.do("site.edit", team.site, {"remark": "m"}, base=team.a.base(team.site).rev)
    assert only(team.a.push()).get("fields") == {"remark": "noop"}
    assert team.a.blank_head() != before
    assert team.findings() == []


def revision_is_of_the_content(app: Flask) -> None:
    """35: two histories never share a revision."""
    record = Team(app).r
    listed = record.get("sites")["records"]
    for site in listed:
        n = int(site["rev"].partition("-")[0])
        assert site["rev"] == revision("site", site["id"], n, canon(site["body"]))


def confirmed(app: Flask) -> None:
    """F6: what the county confirmed the township only proposes."""
    team = Team(app)
    team.a.edit(team.site, lon=117.2)
    assert push(team.a) == "applied"
    team.at_desk(lon=117.3)
    team.a.pull()
    team.a.edit(team.site, lon=117.4)
    assert push(team.a) == "merged"
    assert (team.now("lon"), team.candidates("lon")) == (117.3, [117.4])


def markers(app: Flask) -> None:
    """49, 50: present wins over an unseen removal; two removals are one."""
    team = Team(app)
    b = team.second()
    for phone in (team.a, b):
        phone.edit(team.site, violations__unlicensed=None)
    # a removes, and adds again; b's removal has not seen that.
    team.a.edit(team.site, violations__unlicensed=True)
    team.a.push()
    b.push()
    assert team.now("violations/unlicensed") is True
    team.a.pull()
    b.pull()
    for phone in (team.a, b):
        phone.edit(team.site, violations__unlicensed=None)
        phone.push()
    assert team.now("violations/unlicensed") is None
    # An unseen addition goes through.
    b.edit(team.site, violations__illegal_power=True)
    b.push()
    team.a.edit(team.site, violations__illegal_power=True)
    team.a.push()
    assert team.now("violations/illegal_power") is True


def rows(app: Flask) -> None:
    """49: who edits a cell of a row stands by the row."""
    team = Team(app)
    team.at_desk(openings__a=True, openings__a__size_m=3)
    team.a.pull()
    team.at_desk(openings__a=None)
    team.a.edit(team.site, openings__a__size_m=4)
    team.a.push()
    assert (team.now("openings/a"), team.now("openings/a/size_m")) == (True, 4)


def set_once(app: Flask) -> None:
    """F7: the township of a dossier is set once."""
    team = Team(app)
    created = only(team.a.receipts(*team.a.journal))
    assert created["fields"]["town_code"] == "applied"
    team.a.do("site.edit", team.site, {"town_code": team.towns[1]}, base=team.a.base(team.site).rev)
    assert only(team.a.push()).get("fields") == {"town_code": "ignored"}
    assert team.now("town_code") == team.towns[0]


def forged(app: Flask) -> None:
    """48: what belongs to the server is ignored, and the rest counts."""
    team = Team(app)
    given = {"lifecycle_status": "written_off", "rev": "9-0123456789abcdef", "remark": "x"}
    team.a.do("site.edit", team.site, given, base=team.a.base(team.site).rev)
    assert only(team.a.push()).get("fields") == {
        "lifecycle_status": "ignored",
        "rev": "ignored",
        "remark": "applied",
    }
    assert (team.now("lifecycle_status"), team.now("remark")) == ("lead", "x")


def contested(app: Flask) -> None:
    """14, I18: an open conflict never changes what is displayed, not even by a fresh edit."""
    team = Team(app)
    team.at_desk(remark="z")
    team.a.edit(team.site, remark="x")
    team.a.push()
    team.a.pull()
    team.a.edit(team.site, remark="w")
    assert push(team.a) == "conflict"
    assert (team.now("remark"), team.candidates("remark")) == ("z", ["w", "x"])


def stale_decision(app: Flask) -> None:
    """18: a candidate, or another value, that came while somebody looked makes a decision 412."""
    team = Team(app)
    b = team.second()
    team.at_desk(remark="z", patrol_class="key")
    team.a.edit(team.site, remark="x", patrol_class="coal")
    team.a.push()
    pages = [f"conflicts/{conflict_id(team.site, path)}" for path in ("remark", "patrol_class")]
    for page in pages:
        team.r.look(page)
    b.edit(team.site, remark="y")
    b.push()
    team.at_desk(patrol_class="general")
    for page in pages:
        assert is_refused(412, lambda page=page: team.r.act(page, "resolve", choose="current"))
    assert (team.now("remark"), team.now("patrol_class")) == ("z", "general")
    decide(team.r, pages[0])


def decide(desk: Desk, page: str) -> None:
    desk.look(page)
    assert desk.act(page, "resolve", choose="current")["body"]["status"] == "resolved"


def elsewhere(app: Flask) -> None:
    """I1: also what names another county has its receipt where its author looks."""
    team = Team(app)
    with app.app_context(), db.reading() as connection:
        cells = [row[0] for row in db.rows(connection, "SELECT cell FROM head WHERE cell <> :own", own=team.cell)]
    op = team.a.do("site.create", new_id(), {"name": "x"})
    op["cell"] = cells[0]
    result = only(team.a.push_once([op])["results"])
    assert (result["status"], result.get("why")) == ("held", "out-of-scope")
    assert only(team.a.receipts(op["op"]))["set"] == {"name": "x"}


ALL = (
    county_owned, township_owned, three_writers, stale_edit, there_and_back, clones, own_chain, same_value,
    other_fields, no_voiding_over_edits, no_resurrection, nothing_is_discarded, once_only, moved_away, reassigned,
    never_had_it, unknown_base, waits_for_its_forerunner, long_offline, prune_during_first_sync, restored_server,
    every_operation_is_a_link, revision_is_of_the_content, confirmed, markers, rows, set_once, forged, contested,
    stale_decision, elsewhere,
)  # fmt: skip
