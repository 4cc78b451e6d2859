"""A county with a record of every noun, each with a marker that no stranger may ever be sent."""

import base64
import hashlib
from dataclasses import dataclass, field
from urllib.parse import quote

from county import T1, County, Screen
from flask import Flask
from photos import makers

from fieldsync.actions import REGISTRY
from fieldsync.demo.phone import Phone
from fieldsync.domain import deliveries, forms
from fieldsync.ids import new_id
from fieldsync.sync import actors

MARKER = "只有本乡镇能看见"
POINTS = b'["2026-10-03T01:11:00Z", 26.1, 117.4, 8]\n' + MARKER.encode()
CONTENT = makers.jpeg(makers.tiff(makers.NANPING, first={0x10F: "vivo"}))


@dataclass
class World:
    """The county, who works in it, and the id of one record of each noun (and what else is in paths)."""

    app: Flask
    county: County
    phone: Phone
    reviewer: Screen
    admin: Screen
    ids: dict[str, str] = field(default_factory=dict)

    def id_for(self, argument: str, path: str) -> str:
        """Return the id that stands for an argument of a path."""
        return self.ids[
            {"record_id": path.split("/")[3], "photo_id": "photos", "person_id": "people"}.get(argument, argument)
        ]


def build(app: Flask) -> World:
    """Fill an application."""
    county = County(app)
    phone = county.inspector()
    world = World(app, county, phone, county.screen(), county.screen("admin"))
    ids = world.ids
    _field_work(world)
    parties = world.reviewer.post("parties", set={"name": MARKER, "role": "suspect"}, parent={"id": ids["sites"]})
    ids["parties"] = parties["id"]
    _case_work(world)
    _closing_work(world)
    _county_work(world)
    ids["people"], ids["devices"] = phone.user, phone.device
    person = {"name": MARKER, "login": f"secret{new_id()[:8]}"}
    world.admin.post("people", set=person)
    ids["divisions"] = new_id()
    with app.app_context():
        county.engine.perform(
            actors.system("common"), "division.load", ids["divisions"], op=new_id(), set_={"code": "350000"}
        )
    with app.app_context():
        ids["forms"] = forms.enter(
            county.engine, forms.compiled(forms.shipped()[0].read_text("utf-8"), REGISTRY.nouns)
        )
    return world


def _county_work(world: World) -> None:
    """Have the admin name a receiver of the county's events."""
    given = {"url": "https://hooks.example.org/fieldsync", "note": MARKER}
    made = world.admin.post("webhooks", set=given)
    world.ids["webhooks"] = made["id"]
    with world.app.app_context():
        deliveries.send_test("350899", made["id"], made["rev"], world.county.engine.now())


def _case_work(world: World) -> None:
    """Enter what the county alone keeps: a case with what hangs on it, and a frozen table."""
    ids, post = world.ids, world.reviewer.post
    case = {"cause": MARKER, "body": "局", "act_county_code": "350899", f"site_ids/{ids['sites']}": True}
    ids["cases"] = post("cases", set=case)["id"]
    parent = {"id": ids["cases"]}
    measure = {"name": MARKER, "type": "fine", "authority": "局", "decided_at": "2026-10-03"}
    ids["person_measures"] = post("person_measures", set=measure, parent=parent)["id"]
    ids["damage_appraisals"] = post("damage_appraisals", set={"no": MARKER, "issuer": "所"}, parent=parent)["id"]
    ids["trade_incidents"] = post("trade_incidents", set={"title": MARKER, "act_county_code": "350899"})["id"]
    ids["period_reports"] = post(f"reports/1/freeze?note={quote(MARKER)}")["id"]
    ids["report_id"], ids["table"] = ids["period_reports"], "1"


def _field_work(world: World) -> None:
    phone, ids = world.phone, world.ids
    ids["sites"] = phone.site(name=f"硐 {MARKER}", site_kind="adit", town_code=T1, mineral_code="coal", remark="a")
    ids["inspections"] = phone.inspect(ids["sites"], activity="none", remark=MARKER)
    ids["photos"] = phone.photograph(ids["inspections"], CONTENT, None, caption=MARKER)
    ids["requests"] = phone.create(
        "request.make", {"target": ids["sites"], "to": "relapsed", "reason": MARKER}, parent=ids["sites"]
    )
    phone.upload(CONTENT)
    phone.sync()
    world.reviewer.patch(f"sites/{ids['sites']}", remark=f"county {MARKER}")
    phone.edit(ids["sites"], remark=f"township {MARKER}")
    (result,) = phone.push()
    ids["conflicts"] = result["conflicts"][0]
    held = phone.do("site.edit", new_id(), {"remark": MARKER})
    phone.push()
    ids["op"] = held["op"]
    plan = {"title": MARKER, "town_code": T1, "items": MARKER}
    ids["patrol_plans"] = world.reviewer.post("patrol_plans", set=plan)["id"]
    task = {"title": MARKER, "town_code": T1, "task_date": "2026-10-03", f"sites/{ids['sites']}": True}
    ids["patrol_tasks"] = world.reviewer.post("patrol_tasks", set=task)["id"]
    track = {
        "town_code": T1,
        "area_note": MARKER,
        "sha256": hashlib.sha256(POINTS).hexdigest(),
        "size": len(POINTS),
    }
    ids["patrol_tracks"] = phone.create("patrol_track.begin", track)
    phone.push()
    phone.upload(POINTS)
    metadata = "sha256 " + base64.b64encode(hashlib.sha256(MARKER.encode()).hexdigest().encode()).decode()
    begun = {"Tus_Resumable": "1.0.0", "Upload_Length": "10", "Upload_Metadata": metadata}
    ids["upload_id"] = phone.send("POST", "/api/v1/uploads", **begun).headers["location"].rpartition("/")[2]
    ids["receipts"] = world.reviewer.get("receipts")["records"][0]["id"]
    ids["verb"] = "close"
    ids["name"] = "no-such-pack"


def _closing_work(world: World) -> None:
    """Close a second site, with what hangs on that; name what is key, and a campaign."""
    ids, reviewer = world.ids, world.reviewer
    site = {"name": MARKER, "site_kind": "adit", "town_code": T1, "mineral_code": "iron"}
    parent = {"id": reviewer.post("sites", set=site)["id"]}
    for to in ("verifying", "confirmed", "registered", "handling"):
        reviewer.act(f"sites/{parent['id']}/transit", set={"to": to, "override": True}, reason=MARKER)
    rev = reviewer.get(f"sites/{parent['id']}")["rev"]
    signed = {"role": "filed_by", "revision": rev, "reason": MARKER}
    days = {"valid_from": "2026-01-01", "source": MARKER}
    item = {"items/A01": True, "items/A01/label_zh": MARKER}
    made = {
        "dossier_signatures": (signed, parent), "closures": ({"executed_by": MARKER}, parent),
        "rectifications": ({"description": MARKER}, parent), "checklists": (item, None),
        "key_areas": (days | {"level": "township", "code": T1, "name": MARKER}, None),
        "key_minerals": (days | {"mineral_code": "coal"}, None), "campaigns": ({"name": MARKER}, None),
    }  # fmt: skip
    for noun, (fields, above) in made.items():
        ids[noun] = reviewer.post(noun, set=fields, **({"parent": above} if above else {}))["id"]
