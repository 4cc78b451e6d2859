"""What stands in the addresses and forms of the routes: ids of the stage's records, and values that go through."""

import base64
import hashlib
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from api.world import CONTENT
from forms.writing import sheets

from fieldsync.actions import REGISTRY
from fieldsync.api.forms import EXCEL
from fieldsync.demo.pictures import Shot, jpeg
from fieldsync.domain import divisions, forms
from fieldsync.forms.sheets import to_workbook
from fieldsync.geo import packs
from fieldsync.ids import new_id
from fieldsync.sync import held
from matrix.cast import CELLS, Person
from matrix.table import Route
from matrix.tries import CASE, PLURALS, TODAY, TOWN, Stage

Typed = dict[str, Any]
Key = tuple[str, str]

# Nouns that nobody edits: the action whose try leaves a record, or nothing where one is made here.
WITHOUT_EDIT = {
    "request": "request.refuse", "conflict": "conflict.resolve", "dossier_signature": "dossier_signature.void",
    "receipt": "receipt.close", "period_report": "period_report.supersede", "checklist": "", "division": "",
    "form": "",
}  # fmt: skip
# Arguments that name no record.
PLAIN = {
    "table": "1", "format_": "csv", "form": "csv", "kind": "csv", "day": "2026-10-03", "language": "zh",
    "noun": "person_measure", "verb": "close", "filename": "style.css",
}  # fmt: skip
QUERIES = {
    "/api/v1/reports/<table>/records": "?column=unlicensed", "/api/v1/sync/verify": "?scope=common",
    "/console/reports/<table>/records": "?column=unlicensed",
}  # fmt: skip
HEAD = "名称,乡镇,类型,矿种"
LIST, OTHER_LIST = (f"{HEAD}\n{name},{TOWN},硐,煤\n".encode("utf-8-sig") for name in ("新点", "又一点"))
BOOK = to_workbook(sheets("type,name,label\ntext,a,甲"))
PICTURE, OTHER_PICTURE = (jpeg(Shot(datetime.now(UTC), 26.1, 117.4), Random(seed)) for seed in (5, 6))
TUS = {"Tus_Resumable": "1.0.0"}
BYTES = "application/offset+octet-stream"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def announced(content: bytes) -> str:
    """Return the metadata of an upload."""
    return "sha256 " + base64.b64encode(sha256(content).encode()).decode()


class Desk:
    """Makes requests out of routes."""

    def __init__(self, stage: Stage):
        self.stage = stage
        self._revs: dict[str, str] = {}
        self.clerk = stage.cast["reviewer", "own"]
        self.ids = self._records() | self._common()
        self.ids |= {"list": sha256(LIST), "pack": "own", "upload": self._upload(), "picture": sha256(PICTURE)}
        self.clerk.page("POST", "/console/imports", {"file": (io.BytesIO(LIST), "list.csv")})
        self.clerk.page("POST", "/console/pictures", {"files": (io.BytesIO(PICTURE), "x.jpg")})
        original = {"sha256": sha256(CONTENT), "size": len(CONTENT)}
        stage.post("photos", original, self.ids["site"], stage.field)
        body = stage.clerk.get(f"conflicts/{self.ids['conflict']}")["body"]
        self.ids["conflicted"] = body["record_id"]

    def _records(self) -> dict[str, str]:
        """Return a record of each noun: one that an action was made ready on."""
        ids = {}
        for noun in PLURALS:
            action = WITHOUT_EDIT.get(noun, f"{noun}.edit")
            if action:
                ids[noun] = self.stage.attempt(action, self.clerk).id
        ids["held"], ids["receipt"] = ids["receipt"], held.receipt_id(ids["receipt"])
        ids["checklist"] = self.stage.post("checklists", {"items/A01": True, "items/A01/label_zh": "x"})
        return ids

    def _common(self) -> dict[str, str]:
        """Load what is everybody's, and lay down a pack of the county."""
        app, engine = self.stage.county.app, self.stage.county.engine
        folder = packs.folder(Path(app.instance_path), CELLS["own"])
        folder.mkdir(parents=True)
        (folder / "own.pmtiles").write_bytes(b"x")
        (folder / "own.json").write_text(json.dumps({"name": "own", "size": 1, "sha256": sha256(b"x")}))
        with app.app_context():
            divisions.load_all(engine, [{"code": CELLS["own"], "name": "县", "level": "county"}])
            return {
                "division": divisions.division_id(CELLS["own"]),
                "form": forms.enter(engine, forms.compiled(BOOK, REGISTRY.nouns)),
            }

    def _upload(self) -> str:
        """Begin an upload as somebody who has no part in the matrix."""
        begun = TUS | {"Upload_Length": "10", "Upload_Metadata": announced(b"never sent")}
        answer = self.stage.field.phone.send("POST", "/api/v1/uploads", **begun)
        return answer.headers["location"].rpartition("/")[2]

    def target(self, route: Route, person: Person) -> str:
        """Return the id of what a route is about for this person, empty where it is about nothing."""
        if "." not in route.what:
            return self.ids.get(route.what, "")
        made = self.stage.attempt(route.what, person)
        if (route.method, route.path) == ("POST", "/console/conflicts/of/<record_id>"):
            return self.stage.clerk.get(f"conflicts/{made.id}")["body"]["record_id"]
        return made.id or made.parent

    def path(self, route: Route, target: str) -> str:
        """Return the address of a route about one record."""
        filled = route.path.replace("<kind>/<record_id>", "area/<record_id>")
        for name, value in PLAIN.items():
            filled = filled.replace(f"<{name}>", value)
        before, opened, rest = filled.partition("<")
        filled = f"{before}{target}{rest.partition('>')[2]}" if opened else filled
        return filled + QUERIES.get(route.path, "")

    def rev(self, noun: str, record_id: str) -> str:
        """Return the revision that stands on the screen: always the same, since all is put back."""
        if noun == "receipt":
            record_id = held.receipt_id(record_id)
        if record_id not in self._revs:
            self._revs[record_id] = self.stage.rev(PLURALS[noun], record_id)
        return self._revs[record_id]

    def form(self, route: Route, person: Person, target: str, shown: str) -> Typed:
        """Return what is typed into a page about `target`; its revision is that of the record `shown`."""
        noun, _dot, verb = route.what.partition(".")
        has_rev = noun in PLURALS and verb and self.stage.attempt(route.what, person).id
        rev = {"rev": self.rev(noun, self.stage.attempt(route.what, person).id)} if has_rev else {}
        return {"op": new_id(), "reason": "x"} | rev | FORMS[route.method, route.path](self, person, target, shown)


def _conflicts(desk: Desk, person: Person, _target: str, _shown: str) -> Typed:
    conflict = desk.stage.attempt("conflict.resolve", person).id
    return {f"choose:{conflict}": "current", f"rev:{conflict}": desk.rev("conflict", conflict)}


def _sign(desk: Desk, person: Person, _target: str, shown: str) -> Typed:
    role = "responsible" if (person.role, person.scope) == ("leader", "own") else "filed_by"
    return {"role": role, "rev": desk.rev("site", shown)}


def _export(_desk: Desk, person: Person, _target: str, _shown: str) -> Typed:
    outbox = {"login": person.login, "ops": []}
    return {"file": (io.BytesIO(json.dumps(outbox).encode()), "outbox.json")}


def _hired(desk: Desk, person: Person, _target: str, _shown: str) -> Typed:
    login = f"hired{next(desk.stage.numbers)}"
    return {"name": "x", "login": login, "role": "reviewer", "scope": f"c-{person.cell}"}


def plain(**fields: str) -> Callable[..., Typed]:
    """Return a form that is the same for everybody."""
    return lambda *_any: {name.replace("__", "/").replace("_of_", ":"): value for name, value in fields.items()}


FORMS: dict[Key, Callable[[Desk, Person, str, str], Typed]] = {
    ("POST", "/console/inspections"): lambda d, p, t, s: {
        "verb": "approve_chosen", "chosen": f"{t} {d.rev('inspection', s)}",
    },
    ("POST", "/console/inspections/<inspection_id>"): plain(verb="begin_review"),
    ("POST", "/console/conflicts/<conflict_id>"): plain(choose="current"),
    ("POST", "/console/conflicts/of/<record_id>"): _conflicts,
    ("POST", "/console/held/<op>"): plain(verb="close"),
    ("POST", "/console/held/import"): _export,
    ("POST", "/console/requests/<request_id>"): plain(verb="refuse"),
    ("POST", "/console/sites/<site_id>"): lambda d, p, t, s: {"verb": "transit"} | d.stage.verifying(),
    ("POST", "/console/imports"): lambda *_any: {"file": (io.BytesIO(OTHER_LIST), "other.csv")},
    ("POST", "/console/imports/<sha256>"): plain(verb="take"),
    ("POST", "/console/pictures"): lambda *_any: {"files": (io.BytesIO(OTHER_PICTURE), "y.jpg")},
    ("POST", "/console/pictures/decide"): lambda *_any: {f"to/{sha256(PICTURE)}": "dismiss"},
    ("POST", "/console/closures"): lambda d, p, t, s: {"site_id": t},
    ("POST", "/console/closures/<closure_id>"): plain(verb="edit", executed_by="x"),
    ("POST", "/console/rectifications"): lambda d, p, t, s: {"site_id": t, "description": "x"},
    ("POST", "/console/rectifications/<rectification_id>"): plain(verb="edit", owner="x"),
    ("POST", "/console/checklists"): plain(row0__there="1", row0__code="A01", row0__label_zh="x"),
    ("POST", "/console/key_areas"): lambda d, p, t, s: {"verb": "area", "code": p.cell, "valid_from": TODAY},
    ("POST", "/console/key_areas/<kind>/<record_id>"): plain(valid_to="2030-01-01"),
    ("POST", "/console/campaigns"): plain(name="x"),
    ("POST", "/console/campaigns/<campaign_id>"): plain(name="y"),
    ("POST", "/console/cases/new"): lambda *_any: {f"f:{path}": value for path, value in CASE.items()},
    ("POST", "/console/cases/<record_id>"): plain(verb="edit", f_of_cause="y"),
    ("POST", "/console/cases/add/<noun>"): lambda d, p, t, s: {"f:name": "x", "f:type": "fine", "case": t},
    ("POST", "/console/cases/records/<noun>/<record_id>"): plain(verb="edit", f_of_name="y"),
    ("POST", "/console/reports"): plain(table="1", **{"from": "1999-01-01", "to": "1999-01-01"}),
    ("POST", "/console/reports/frozen/<report_id>"): plain(),
    ("POST", "/console/notices"): plain(newest="1", now="2026-10-03T00:00:00Z"),
    ("POST", "/console/webhooks"): plain(url="https://93.184.216.34/hook"),
    ("POST", "/console/webhooks/<webhook_id>"): plain(verb="off"),
    ("POST", "/console/people"): _hired,
    ("POST", "/console/people/<person_id>"): plain(verb="leave", to=TODAY, **{"from": TODAY}),
    ("POST", "/console/people/<person_id>/code"): plain(),
    ("POST", "/console/people/<person_id>/password"): plain(),
    ("POST", "/console/people/devices/<device_id>"): plain(erase="now"),
    ("POST", "/console/dossier_signatures/<site_id>"): _sign,
    ("POST", "/console/patrol_plans"): plain(title="x", town_code=TOWN),
    ("POST", "/console/patrol_plans/<plan_id>"): plain(verb="edit", note="x"),
    ("POST", "/console/patrol_tasks"): lambda d, p, t, s: {"tasks": t, "day": "2026-01-05"},
    ("POST", "/console/patrol_tasks/<task_id>"): plain(verb="cancel"),
    ("POST", "/console/patrol_tasks/handover"): lambda d, p, t, s: {
        "tasks": t, "old": "x", "new": d.stage.field.phone.user,
    },
}  # fmt: skip

# What REST sends besides actions: body, then headers.
SENT: dict[Key, tuple[Any, dict[str, str]]] = {
    ("PUT", "/api/v1/people/<person_id>/password"): ({"password": "long-enough"}, {}),
    ("POST", "/api/v1/forms/upload"): (BOOK, {"Content_Type": EXCEL}),
    ("POST", "/api/v1/held/<op>/<verb>"): ({"reason": "x"}, {}),
    ("POST", "/api/v1/sync/push"): ({"ops": []}, {}),
    ("POST", "/api/v1/uploads"): (None, TUS | {"Upload_Length": "9", "Upload_Metadata": announced(b"something")}),
    ("HEAD", "/api/v1/uploads/<upload_id>"): (None, TUS),
    ("PATCH", "/api/v1/uploads/<upload_id>"): (b"0123", TUS | {"Content_Type": BYTES, "Upload_Offset": "0"}),
    ("DELETE", "/api/v1/uploads/<upload_id>"): (None, TUS),
    ("POST", "/api/v1/uploads/<upload_id>"): (None, TUS | {"X_HTTP_Method_Override": "DELETE"}),
}
