"""Who plays: an admin and a reviewer at their screens, two inspectors with new phones, three new dossiers."""

import time
from dataclasses import dataclass, field
from random import Random
from typing import Any

from fieldsync.demo.county import PASSWORD, TOWNS
from fieldsync.demo.phone import Phone, Refused
from fieldsync.demo.story.narrator import Narrator
from fieldsync.demo.story.server import NoServer
from fieldsync.demo.wire import Http
from fieldsync.ids import new_id

T1, T2 = TOWNS[0], TOWNS[1]
_BASE = {"remark": "便道可通行，洞口已封。", "patrol_class": "general", "patrol_cycle_days": 30}


class Screen:
    """A person at a screen: REST with the revision that is shown in If-Match."""

    def __init__(self, wire: Http, login: str, password: str, narrator: Narrator):
        self.phone = Phone(wire)
        sign_in(self.phone, login, password, narrator)

    def get(self, path: str) -> dict[str, Any]:
        """Read something."""
        return self.phone.ask("GET", f"/api/v1/{path}")

    def post(self, path: str, given: Any = None, method: str = "POST") -> dict[str, Any]:
        """Send something that needs no revision."""
        return self.phone.ask(method, f"/api/v1/{path}", {} if given is None else given)

    def patch(self, path: str, rev: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Edit a record on the revision that was on the screen."""
        return self.phone.ask("PATCH", f"/api/v1/{path}", {"set": fields}, If_Match=f'"{rev}"')

    def act(self, path: str, rev: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do a strict action on the revision that was on the screen."""
        return self.phone.ask("POST", f"/api/v1/{path}", given or {}, If_Match=f'"{rev}"')


def sign_in(phone: Phone, login: str, password: str, narrator: Narrator) -> None:
    """Sign in; where the server allows only so many sign-ins a minute, wait for the next one."""
    for _ in range(5):
        try:
            phone.sign_in(login, password)
            return
        except Refused as refused:
            if refused.status != 429:
                raise
            narrator.say("登录次数受限，等一分钟", "the server limits sign-ins; waiting a minute")
            time.sleep(61)
    raise NoServer("登录次数受限", "the server takes no more sign-ins for now")


def status_of(step: Any, *given: Any) -> tuple[int, str]:
    """Return status and problem type of a step that should be refused; (200, "") where it was not."""
    try:
        step(*given)
    except Refused as refused:
        return refused.status, str(refused.problem.get("type", ""))
    return 200, ""


@dataclass
class Inspector:
    """A township's inspector: his phone, what he calls his work, and the photos he took."""

    name: tuple[str, str]
    town: str
    phone: Phone
    ops: dict[str, dict[str, Any]] = field(default_factory=dict)
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Photo id to the bytes and the position (lat, lon) that the camera wrote, or why there is none.
    photos: dict[str, tuple[bytes, Any]] = field(default_factory=dict)
    visit: str = ""


@dataclass
class Cast:
    """Everybody, and the three dossiers that the story is about."""

    url: str
    narrator: Narrator
    # Chance on the line can be repeated; no two photos are alike.
    random: Random
    shutter: Random
    admin: Screen
    reviewer: Screen
    a: Inspector
    b: Inspector
    # Of A's township; of A's until the county moves it to B's; of B's.
    mouth: str
    moving: str
    pit: str

    @property
    def wire(self) -> Http:
        """The good line."""
        return Http(self.url)

    @property
    def both(self) -> tuple[Inspector, Inspector]:
        """The two inspectors."""
        return self.a, self.b


def assemble(url: str, narrator: Narrator, random: Random) -> Cast:
    """Sign in, hire two inspectors, hand them enrolled phones, and open three dossiers."""
    wire = Http(url)
    narrator.act("准备：管理员、审核员、两部乡镇手机", "Setting out: admin, reviewer, two township phones")
    try:
        admin = Screen(wire, "admin", PASSWORD, narrator)
        reviewer = Screen(wire, "shenhe1", PASSWORD, narrator)
    except Refused as refused:
        raise NoServer(
            f"{url} 上没有示范县（登录被拒：{refused.status}）；请先在其实例中运行 fieldsync demo",
            f"{url} has no demonstration county (sign-in refused: {refused.status}); run `fieldsync demo` there",
        ) from None
    tag = new_id()[-6:]
    a = _inspector(wire, admin, narrator, (f"{T1.name}手机甲", "phone A"), T1.code, f"story-{tag}-a")
    b = _inspector(wire, admin, narrator, (f"{T2.name}手机乙", "phone B"), T2.code, f"story-{tag}-b")
    sites = [
        _open(reviewer, town, f"{name} {tag}")
        for town, name in ((T1, "老鹰岩硐"), (T1, "白石坑硐"), (T2, "竹坪硐"))
    ]
    narrator.show("县里新开三份档案", "the county opens three dossiers", *sites)
    shutter = Random(tag)  # noqa: S311 (for pictures)
    return Cast(url, narrator, random, shutter, admin, reviewer, a, b, *sites)


def _inspector(
    wire: Http, admin: Screen, narrator: Narrator, name: tuple[str, str], town: str, login: str
) -> Inspector:
    """Hire an inspector and hand him a phone, enrolled by a one-time code."""
    scope = {"roles/r": True, "roles/r/role": "inspector", "roles/r/scope": f"t-{town}"}
    person = admin.post("people", {"set": {"name": name[0], "login": login, "active": True} | scope})["id"]
    admin.post(f"people/{person}/password", {"password": PASSWORD}, "PUT")
    code = admin.post(f"people/{person}/enrolment")["code"]
    phone = Phone(wire)
    phone.enrol(code, name[0])
    sign_in(phone, login, PASSWORD, narrator)
    narrator.say(f"{name[0]}：{login} 以一次性注册码入网", f"{name[1]}: {login} enrols with a one-time code")
    is_used_up = status_of(Phone(wire).enrol, code)[0] == 403
    narrator.promise("注册码只能用一次", "the code works only once", is_used_up)
    return Inspector(name, town, phone)


def _open(reviewer: Screen, town: Any, name: str) -> str:
    """Open a dossier at the county's desk; return its id."""
    fields = {
        "name": name, "site_kind": "adit", "town_code": town.code, "mineral_code": "coal",
        "coord_source": "survey", "lon": round(town.west + town.width / 2, 6),
        "lat": round(town.south + town.height / 2, 6),
    }  # fmt: skip
    return str(reviewer.post("sites", {"set": fields | _BASE})["id"])
