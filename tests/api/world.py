"""A county with a record of every noun, each with a marker that no stranger may ever be sent."""

import base64
import hashlib
from dataclasses import dataclass, field

from county import T1, T2, T3, County, Screen
from flask import Flask
from photos import makers

from fieldsync.actions import REGISTRY
from fieldsync.demo.phone import Phone
from fieldsync.domain import forms
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


def outsiders(world: World) -> dict[str, Screen]:
    """Return people who have no business in this township."""
    county = world.county
    return {
        "a reviewer of another county": county.screen(cell="350898"),
        "an admin of another county": county.screen("admin", cell="350898"),
        "an inspector of another township": Screen(county, county.person("inspector", f"t-{T2}")),
        "a manager of two other townships": Screen(county, county.person("manager", f"t-{T2}", f"t-{T3}")),
    }
