"""Unique words planted into everything that somebody must not see, each with who may, by the table."""

import base64
import hashlib
import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from county import County, Screen
from photos import makers

from fieldsync.demo.phone import Phone
from fieldsync.ids import new_id
from fieldsync.sync import held
from matrix.cast import Person
from matrix.table import COUNTY, READS, parsed

READ = parsed(READS)
# In lower case and plain letters: it stays the same in JSON, HTML, addresses, XML and pinyin.
EVERY = "every township"
WORD = re.compile(rb"zq[a-z]{4}x[0-9]{4}")


@dataclass
class Plants:
    """Words by who may see them, and the ids of the records that hold them, by noun and place."""

    may: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    # Held operations, and all there are.
    held: list[str] = field(default_factory=list)
    ops: list[str] = field(default_factory=list)

    def word(self, kind: str, town: str = "", cell: str = "", user: str = "") -> str:
        """Return a new word: a township's and its county's, a county's, or one person's and his county's."""
        word = f"zq{(kind + 'zzzz')[:4]}x{len(self.may):04d}"
        self.may[word] = town, cell or town[:6], user
        return word

    def sees(self, person: Person, word: str) -> bool:
        """Tell whether somebody may see a word."""
        town, cell, user = self.may[word]
        if person.role in COUNTY or town == EVERY:
            return person.cell == cell
        return user == person.user or bool(town and not user and person.town == town)


def words_in(content: bytes) -> set[str]:
    """Return the planted words in bytes: as they are, in base64, and in the files of a zip."""
    found = {word.decode() for word in WORD.findall(content)}
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                found |= words_in(name.encode()) | words_in(archive.read(name))
    for piece in re.findall(rb"[A-Za-z0-9_-]{40,}", content):
        with_padding = piece + b"=" * (-len(piece) % 4)
        found |= {word.decode() for word in WORD.findall(base64.urlsafe_b64decode(with_padding))}
    return found


@dataclass
class Sower:
    """Fills one township of one county; the first of a county fills what is the county's, too."""

    plants: Plants
    county: County
    cell: str
    town: str

    def __post_init__(self) -> None:
        self.desk = self.county.screen(cell=self.cell)
        self.admin = self.county.screen("admin", cell=self.cell)
        self.login = self.county.person("inspector", f"t-{self.town}", cell=self.cell)
        self.phone: Phone = self.county.phone(self.login)

    def note(self, noun: str, record_id: str) -> str:
        self.plants.ids[noun, self.town] = record_id
        return record_id

    def t(self, kind: str) -> str:
        return self.plants.word(kind, town=self.town)

    def c(self, kind: str) -> str:
        return self.plants.word(kind, cell=self.cell)

    def post(
        self, noun: str, plural: str, fields: dict[str, Any], parent: str = "", by: Screen | None = None
    ) -> str:
        above = {"parent": {"id": parent}} if parent else {}
        return self.note(noun, (by or self.desk).post(plural, set=fields, **above)["id"])

    def township(self) -> None:
        """Fill what phones of the township get."""
        phone = self.phone
        site = phone.site(
            name=self.t("site"), site_kind="adit", town_code=self.town, mineral_code="coal", lat=26.1, lon=117.4,
            place_name=self.t("plac"), remark=self.t("rema"),
        )  # fmt: skip
        visit = phone.inspect(
            self.note("site", site),
            activity="none",
            remark=self.t("visi"),
            opinion=self.t("opin"),
            lat=26.1,
            lon=117.4,
        )
        picture = makers.jpeg(makers.tiff(makers.NANPING, first={0x10F: self.t("exif")}))
        fix = {"lat": 26.1, "lon": 117.4, "word": self.t("clai")}
        photo = phone.photograph(self.note("inspection", visit), picture, fix, caption=self.t("phot"))
        self.note("photo", photo)
        wish = {"target": site, "to": "relapsed", "reason": self.t("requ")}
        self.note("request", phone.create("request.make", wish, parent=site))
        phone.upload(picture)
        points = f'["2026-10-03T01:11:00Z", 26.1, 117.4, 8]\n{self.t("poin")}'.encode()
        going = {"town_code": self.town, "area_note": self.t("trac"), "companions_text": self.t("comp")}
        facts = {"sha256": hashlib.sha256(points).hexdigest(), "size": len(points)}
        self.note("patrol_track", phone.create("patrol_track.begin", going | facts))
        phone.sync()
        phone.upload(points)
        self._disputes(site)
        self._planned(site)
        self._closing()

    def _disputes(self, site: str) -> None:
        """Open a conflict, make a proposal, void one that is then edited, and let work be held."""
        self.desk.patch(f"sites/{site}", remark=self.t("coun"))
        self.phone.edit(site, remark=self.t("towns"), patrol_class=self.t("prop"))
        (result,) = self.phone.push()
        self.note("conflict", result["conflicts"][0])
        held_word = self.plants.word("held", cell=self.cell, user=self.phone.user)
        op = self.phone.do("site.edit", new_id(), {"remark": held_word})
        self.phone.push()
        self.plants.held.append(op["op"])
        self.note("receipt", held.receipt_id(op["op"]))
        lost = self.post("lost", "sites", {"name": self.t("void"), "site_kind": "adit", "town_code": self.town})
        self.phone.pull()
        self.desk.act(f"sites/{lost}/void", reason=self.t("whyv"))
        self.phone.edit(lost, remark=self.t("late"))
        self.phone.push()
        self.phone.pull()

    def _planned(self, site: str) -> None:
        plan = {"title": self.t("plan"), "town_code": self.town, "items": self.t("item")}
        self.post("patrol_plan", "patrol_plans", plan)
        task = {"title": self.t("task"), "town_code": self.town, "task_date": "2026-10-03", f"sites/{site}": True}
        self.post("patrol_task", "patrol_tasks", task | {f"assignees/{self.phone.user}": True})

    def _closing(self) -> None:
        site = self.post("shut", "sites", {"name": self.t("clos"), "site_kind": "adit", "town_code": self.town})
        over = self.t("over")
        for to in ("verifying", "confirmed", "registered", "handling"):
            self.desk.act(f"sites/{site}/transit", set={"to": to, "override": True}, reason=over)
        signed = {"role": "filed_by", "revision": self.desk.get(f"sites/{site}")["rev"], "reason": self.t("sign")}
        self.post("dossier_signature", "dossier_signatures", signed, site)
        self.post("closure", "closures", {"executed_by": self.t("exec")}, site)
        self.post("rectification", "rectifications", {"description": self.t("rect")}, site)

    def snoop(self, there: str) -> dict[str, str]:
        """Name the records of another township wherever a field refers to one; return what was made."""
        phone, foreign = self.phone, {noun: i for (noun, town), i in self.plants.ids.items() if town == there}
        visit = phone.create("inspection.submit", {
            "site_id": foreign["site"], "task_id": foreign["patrol_task"], "town_code": self.town,
            "activity": "none", "lat": 26.1, "lon": 117.4, "started_at": "2026-10-03T01:00:00Z",
        })  # fmt: skip
        picture = makers.jpeg(makers.tiff(makers.NANPING, first={0x10F: "snoop"}))
        photo = phone.photograph(visit, picture, {"lat": 26.1, "lon": 117.4, "accuracy": 5})
        points = b'["2026-10-03T01:11:00Z", 26.1, 117.4, 8]\n'
        facts = {"sha256": hashlib.sha256(points).hexdigest(), "size": len(points)}
        going = {"task_id": foreign["patrol_task"], "started_at": "2026-10-03T01:00:00Z"}
        track = phone.create("patrol_track.begin", going | facts)
        wish = {"target": foreign["site"], "to": "relapsed", "reason": "x"}
        request = phone.create("request.make", wish)
        phone.push()
        phone.upload(picture)
        phone.upload(points)
        phone.pull()
        closure, fault = self.plants.ids["closure", self.town], self.plants.ids["rectification", self.town]
        row = {"openings/r1": True, "openings/r1/before": foreign["photo"], "items/A01/photo": foreign["photo"]}
        phone.change(closure, row)
        phone.change(fault, {"before": foreign["photo"], "after": foreign["inspection"]})
        phone.push()
        manager = Screen(self.county, self.county.person("manager", f"t-{self.town}", cell=self.cell))
        task = {"title": "x", "town_code": self.town, "task_date": "2026-10-03", f"sites/{foreign['site']}": True}
        task = manager.post("patrol_tasks", set=task | {f"assignees/{phone.user}": True})["id"]
        return {
            "inspection": visit,
            "photo": photo,
            "patrol_track": track,
            "request": request,
            "patrol_task": task,
        }

    def countys(self) -> None:
        """Fill what is the county's alone."""
        site, desk, c = self.plants.ids["site", self.town], self.desk, self.c
        suspect = {"name": c("part"), "phone": c("fone"), "address": c("addr"), "role": "suspect"}
        party = self.post("party", "parties", suspect, site)
        desk.patch(f"parties/{party}", remark=c("pnot"))
        case = {"cause": c("caus"), "body": c("body"), "act_county_code": self.cell, f"site_ids/{site}": True}
        case |= {"parties/r1": True, "parties/r1/name": c("cpar")}
        case = self.post("case", "cases", case)
        self.post("person_measure", "person_measures", {"name": c("meas"), "type": "fine"}, case)
        self.post("damage_appraisal", "damage_appraisals", {"no": c("appr"), "issuer": "x"}, case)
        self.post("trade_incident", "trade_incidents", {"title": c("trad"), "act_county_code": self.cell})
        days = {"valid_from": "2026-01-01", "source": c("sour")}
        self.post("key_area", "key_areas", days | {"level": "township", "code": self.town, "name": c("area")})
        self.post("key_mineral", "key_minerals", days | {"mineral_code": "coal"})
        self.post("campaign", "campaigns", {"name": c("camp"), "summary": c("summ")})
        # What is to be checked is copied onto the closures of every township.
        label = self.plants.word("chec", town=EVERY, cell=self.cell)
        item = {"items/A01": True, "items/A01/label_zh": label, "source": c("chso")}
        self.post("checklist", "checklists", item)
        self.note("period_report", desk.post(f"reports/1/freeze?note={quote(c('froz'))}")["id"])
        hired = {"name": c("pers"), "login": c("logi"), "phone": c("pfon")}
        self.post("person", "people", hired, by=self.admin)
        self.note("device", self.phone.device)
        self.admin.patch(f"devices/{self.phone.device}", name=c("devi"))
