"""What a dossier needs before its next step: signatures, decisions, checklists, acceptances, endorsements."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from fieldsync import moments
from fieldsync.demo import closures
from fieldsync.demo.county import CELL, INSPECTORS, MANAGERS
from fieldsync.demo.stage import Stage, records
from fieldsync.ids import new_id
from fieldsync.sync.actors import Actor
from fieldsync.sync.push import Engine
from fieldsync.sync.records import Record

# What is passed over: these dossiers were kept on paper before.
OVERRIDE = {"override": True}
REASON = "历史档案补录，原始材料存纸质卷"
_TEAM = (("审一明", "自然资源局", "股长"), ("部一同", "应急管理局", "科员"))
_FAILS = ("K08", "K13", "K17", "K18")


@dataclass
class Process:
    """Prepares dossiers of a stage for their next steps, inside one transaction of the engine."""

    stage: Stage
    engine: Engine
    revs: dict[str, str]
    actors: dict[str, Actor]
    # Photos of openings before and after, by site and path of its closure.
    shots: dict[str, dict[str, Any]] = field(default_factory=dict)

    def prepare(self, site: Record, to: str) -> None:
        """Do what stands before a site's entry into the status `to`."""
        step = _STEPS.get((site.text("lifecycle_status"), to)) or _STEPS.get(("", to))
        if step is not None:
            step(self, site)

    def do(self, login: str, action: str, record: str, set_: dict[str, Any], **more: Any) -> str:
        """Act as somebody; return the record's new revision."""
        outcome = self.engine.perform(self.actors[login], action, record, op=new_id(), set_=set_, **more)
        return str(outcome.rev)

    def edit(self, site: Record, fields: dict[str, Any]) -> None:
        """Have the county write on a dossier."""
        self.revs[site.id] = self.do("shenhe2", "site.edit", site.id, fields, base=self.revs[site.id])

    def sign(self, site: Record) -> None:
        """Have three people sign the dossier as it stands."""
        town = site.text("town_code")
        manager = next(m.login for m in MANAGERS if m.town and m.town.code == town)
        inspector = next((i.login for i in INSPECTORS if i.town and i.town.code == town), "shenhe2")
        for role, login in (("filed_by", inspector), ("supervisor", "shenhe1"), ("responsible", manager)):
            given = {"role": role, "revision": self.revs[site.id]}
            self.do(login, "dossier_signature.sign", new_id(), given, parent=site.id)

    def handle(self, site: Record) -> None:
        """Note why there was no case; where there is one, it is entered with the cases."""
        self.edit(site, {"non_case_handling": "现场制止并拆除设备，情节轻微，不予立案"})

    def decide(self, site: Record) -> None:
        """Note the decision by which the site is closed."""
        number, day = int(site.text("dossier_no")[-4:]), moments.date_of(self.stage.clock()) - timedelta(days=3)
        restored = self.stage.random.choice(("ordered", "in_progress", "accepted", "natural_recovery"))
        given = {
            "closure_doc_no": f"示政关〔{day.year}〕{number}号", "closure_date": day.isoformat(),
            "restoration_status": restored,
        }  # fmt: skip
        self.edit(site, given)

    def fill(self, site: Record) -> None:
        """Fill in the checklist, in which everything is as it should be."""
        closure = new_id()
        rev = self.do("shenhe1", "closure.create", closure, {"executed_by": "示范县联合执法队"}, parent=site.id)
        # The items are the server's copy; every kind of site has these.
        fields: dict[str, Any] = {f"items/{code}/result": "pass" for code in _codes(site)}
        for name, unit, title in _TEAM:
            row = f"team/{new_id()}"
            fields |= {row: True, f"{row}/name": name, f"{row}/unit": unit, f"{row}/title": title}
        self.do("shenhe1", "closure.edit", closure, fields | self.shots.get(site.id, {}), base=rev)

    def accept(self, site: Record, closure: Record) -> None:
        """Have the team accept the closure; of those long watched, some years ago."""
        day = date(2019, 6, 30) if self.stage.random.random() < 0.5 else moments.date_of(self.stage.clock())
        given = {"conclusion": "pass", "accepted_at": day.isoformat()}
        self.do("shenhe1", "closure.conclude", closure.id, given, base=closure.rev)

    def fail(self, site: Record, closure: Record) -> None:
        """Have the team find one fault."""
        code = self.stage.random.choice([c for c in _FAILS if c in closure.rows("items")])
        given = {f"items/{code}/result": "fail", f"items/{code}/remark": "验收时不达标"}
        rev = self.do("shenhe1", "closure.edit", closure.id, given, base=closure.rev)
        self.do("shenhe1", "closure.conclude", closure.id, {"conclusion": "fail"}, base=rev)

    def restore(self, site: Record) -> None:
        """Have the county accept the restoration."""
        self.edit(site, {"restoration_status": self.stage.random.choice(("accepted", "natural_recovery"))})

    def endorse(self, site: Record) -> None:
        """Have the county endorse the write-off and note the city's confirmation."""
        self.revs[site.id] = self.do("shenhe1", "site.endorse", site.id, {}, base=self.revs[site.id])
        today = moments.day_of(self.stage.clock())
        given = {
            "writeoff_city_name": "市自然资源局 示例", "writeoff_city_on": today,
            "writeoff_city_doc_no": "示资销〔2026〕1号",
        }  # fmt: skip
        self.edit(site, given)


_STEPS: dict[tuple[str, str], Callable[[Process, Record], None]] = {
    ("", "registered"): Process.sign,
    ("registered", "handling"): Process.handle,
    ("", "closing"): Process.decide,
    ("closing", "closed_pending"): Process.fill,
    ("monitoring", "writeoff_requested"): Process.restore,
    ("", "written_off"): Process.endorse,
}


def _codes(site: Record) -> list[str]:
    """Return the items that a site of this kind is checked for; licensed ones apart."""
    special = {"K04": ("adit", "shaft"), "K08": ("adit", "shaft"), "K09": ("adit", "shaft"), "K10": ("open_pit",),
               "K11": ("leach_field",), "K12": ("tailings_pond",)}  # fmt: skip
    codes = [f"K{number:02d}" for number in range(2, 20)]
    return [code for code in codes if site.text("site_kind") in special.get(code, (site.text("site_kind"),))]


def advance(stage: Stage, revs: dict[str, str], steps: dict[str, str], shown: Collection[str]) -> None:
    """Bring sites into their next statuses, each with what stands before it; `shown` are photographed too."""
    sites = {site.id: site for site in records("site", list(steps))}
    closing = [sites[site] for site, to in steps.items() if to == "closed_pending" and site in shown]
    shots = {site.id: closures.photograph(stage, site) for site in closing}
    logins = ("shenhe1", "shenhe2", *(person.login for person in MANAGERS + INSPECTORS))
    actors = {login: stage.engine.actor(CELL, stage.people[login]) for login in logins}
    with stage.engine.together(CELL) as together:
        process = Process(stage, together, revs, actors, shots)
        for site, to in steps.items():
            process.prepare(sites[site], to)
    judged = _conclude(stage, revs, actors, {s: to for s, to in steps.items() if to in ("accepted", "rectifying")})
    reviewer = actors[stage.random.choice(("shenhe1", "shenhe2"))]
    with stage.engine.together(CELL) as together:
        for site in steps.keys() - judged:
            given = (
                {"to": steps[site]}
                | OVERRIDE
                | (_verifier(stage, sites[site]) if steps[site] == "verifying" else {})
            )
            outcome = together.perform(
                reviewer, "site.transit", site, op=new_id(), set_=given, base=revs[site], reason=REASON
            )
            revs[site] = outcome.rev


def _verifier(stage: Stage, site: Record) -> dict[str, str]:
    """Return who verifies a lead, and by when."""
    town = site.text("town_code")
    login = next((i.login for i in INSPECTORS if i.town and i.town.code == town), "shenhe2")
    by = moments.date_of(stage.clock()) + timedelta(days=5)
    return {"verifier": stage.people[login], "verify_by": by.isoformat()}


def _conclude(stage: Stage, revs: dict[str, str], actors: dict[str, Actor], steps: dict[str, str]) -> set[str]:
    """Conclude the closures that can be; return the sites that followed."""
    by_site = {closure.parent_id: closure for closure in records("closure", list(steps), "parent_id")}
    judged = set()
    with stage.engine.together(CELL) as together:
        process = Process(stage, together, revs, actors)
        for site in records("site", list(steps)):
            closure = by_site.get(site.id)
            # Of most of those with openings, the photos are on paper: the county passes over them.
            if closure is not None and (steps[site.id] == "rectifying" or closures.is_shown(site, closure)):
                (process.accept if steps[site.id] == "accepted" else process.fail)(site, closure)
                judged.add(site.id)
    revs |= {site.id: site.rev for site in records("site", list(judged))}
    return judged
