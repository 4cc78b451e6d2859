"""No byte of a foreign scope is ever sent (I14), and nothing reaches into one (I27)."""

import orjson
import pytest
from county import CELL, OTHER_CELL, T1, T2
from stories.fieldwork import ADIT, Line, Team, refused

from fieldsync.demo.phone import Phone
from fieldsync.ids import new_id

MARK = "planted-7f3a"


def plant(team: Team) -> dict[str, str]:
    """Write a marker wherever township one and its county keep words; return the ids."""
    site = team.open(team.r, remark="m", place_name=MARK, **{"openings/x": True, "openings/x/no": MARK})
    visit = team.a.inspect(site, activity="none", opinion=MARK, answers__q=MARK)
    photo = team.a.photograph(visit, MARK.encode(), caption=MARK)
    team.a.upload(MARK.encode())
    asked = team.a.create("request.make", {"target": site, "to": "verifying", "reason": MARK}, parent=site)
    team.a.sync()
    for phone, word in ((team.a, "a"), (team.r, "r")):
        phone.edit(site, remark=f"{MARK} {word}", patrol_class="key")
        phone.push()
    waits = team.a.do("site.edit", site, {"remark": MARK}, after=[new_id()])
    team.a.sync()
    team.a.push_once([waits | {"set": {"remark": MARK * 2}}])
    party = team.screen.post("parties", set={"name": MARK, "id_no": MARK}, parent={"id": site})["id"]
    (conflict, *_) = team.a.records("conflict")
    return {
        "sites": site, "inspections": visit, "photos": photo, "requests": asked, "parties": party,
        "conflicts": conflict, "people": team.a.user, "devices": team.a.device, "op": waits["op"],
    }  # fmt: skip


def pry(phone: Phone, ids: dict[str, str]) -> list[int]:
    """Try every door with the right ids; return the statuses."""
    gets = ["sync/pull?cursor=", "held", f"sync/receipts?op={ids['op']}", f"sync/verify?scope=t-{T1}",
            f"sync/verify?scope=c-{CELL}", f"sync/verify?scope=u-{ids['people']}"]  # fmt: skip
    for noun, record_id in ids.items():
        if noun != "op":
            gets += [
                noun,
                f"{noun}/{record_id}",
                f"{noun}/{record_id}/versions",
                f"{noun}/{record_id}/versions?at=1-0",
            ]
    gets += [f"photos/{ids['photos']}/original", f"photos/{ids['photos']}/preview?px=512"]
    posts = [f"conflicts/{ids['conflicts']}/resolve", f"sites/{ids['sites']}/move", f"held/{ids['op']}/admit",
             f"inspections/{ids['inspections']}/approve", f"requests/{ids['requests']}/grant"]  # fmt: skip
    tries = [("GET", path, None) for path in gets] + [("POST", path, {"choose": "current"}) for path in posts]
    tries += [("PATCH", f"sites/{ids['sites']}", {"set": {"remark": "x"}})]
    tries += [("POST", "sites", {"id": ids["sites"], "set": {**ADIT, "town_code": T2}})]
    statuses = []
    for method, path, given in tries:
        body = b"" if given is None else orjson.dumps(given)
        headers = {
            "Authorization": f"Bearer {phone.token}",
            "Content-Type": "application/json",
            "If-Match": '"1-0"',
        }
        statuses.append(phone.wire(method, f"/api/v1/{path}", headers, body).status)
    return statuses


@pytest.mark.parametrize("outsider", ["township", "county"])
def test_no_byte_of_a_foreign_scope_is_ever_sent(team: Team, far: Phone, outsider: str):
    ids = plant(team)
    spy = far if outsider == "township" else team.county.phone(team.county.person("reviewer", cell=OTHER_CELL))
    spy.wire = line = Line(spy.wire)
    statuses = pry(spy, ids)
    assert 500 not in statuses
    sent = []
    for action, noun in (("site.edit", "sites"), ("site.void", "sites"), ("inspection.edit", "inspections"),
                         ("inspection.withdraw", "inspections"), ("photo.edit", "photos"),
                         ("photo.drop", "photos"), ("party.edit", "parties"), ("conflict.resolve", "conflicts"),
                         ("site.create", "sites")):  # fmt: skip
        for cell in (CELL, OTHER_CELL):
            op = spy.do(action, ids[noun], {"remark": "forged"}, base="1-0000000000000000", choose="current")
            op["cell"] = cell
            op.pop("after", None)
            sent.append(op)
    results = spy.push()
    # In his own county the ids are free; there he may do as he likes.
    abroad = [r for r, op in zip(results, sent, strict=True) if spy is far or op["cell"] == CELL]
    assert {r["status"] for r in abroad} <= {"held", "rejected"}
    spy.pull()
    spy.receipts(*(op["op"] for op in sent))
    pry(spy, ids)
    heard = b"".join(line.heard)
    assert MARK.encode() not in heard
    for digest in (team.rev(ids["sites"]), team.rev(ids["parties"]), team.rev(ids["conflicts"])):
        assert digest.encode() not in heard
    assert team.body(ids["sites"])["remark"] == f"{MARK} a"


def test_what_the_county_keeps_of_persons_never_reaches_a_township(team: Team):
    ids = plant(team)
    team.b.wire = line = Line(team.b.wire)
    party = ids["parties"]
    team.b.do("party.edit", party, {"name": "x"}, base="1-0000000000000000")
    assert team.b.push()[0]["status"] == "rejected"
    team.b.pull()
    for path in (f"parties/{party}", f"parties/{party}/versions"):
        assert refused(lambda path=path: team.b.ask("GET", f"/api/v1/{path}")).status == 404
    assert team.b.ask("GET", "/api/v1/parties")["records"] == []
    assert team.b.ask("GET", "/api/v1/held")["held"] == []
    assert b"id_no" not in b"".join(line.heard)
    assert party.encode() not in b"".join(body for body in line.heard if b"/problems/" not in body)


def test_a_request_cannot_reach_into_another_township(team: Team, far: Phone):
    site = team.open(by=far, town=T2)
    team.a.create("request.make", {"target": site, "to": "verifying"})
    team.a.push()
    assert team.body(site)["lifecycle_status"] == "lead"
    assert len(team.versions(site)) == 1


def test_a_task_cannot_lend_what_its_author_does_not_have(team: Team, far: Phone):
    site = team.open(by=far, town=T2, remark=MARK)
    task = team.lend(team.open(), team.a, T1)
    team.a.pull()
    team.a.wire = line = Line(team.a.wire)
    team.a.change(task, {f"sites/{site}": True})
    manager = team.county.phone(team.county.person("manager", f"t-{T1}"))
    manager.create(
        "patrol_task.create",
        {"town_code": T1, "task_date": "2026-10-03", f"sites/{site}": True, f"assignees/{team.a.user}": True},
    )
    manager.push()
    team.a.sync()
    assert MARK.encode() not in b"".join(line.heard)
    assert site not in team.a.records("site")


def test_a_visit_cannot_set_off_a_task_of_another_township(team: Team, far: Phone):
    theirs = team.lend(team.open(by=far, town=T2), far, T2)
    rev = team.rev(theirs)
    team.a.inspect(team.open(), activity="none", task_id=theirs)
    assert team.a.push()[0]["status"] == "applied"
    assert team.rev(theirs) == rev
