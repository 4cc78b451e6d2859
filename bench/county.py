"""A county to measure in: 20 phones with sites, and inspections of 25 fields."""

import random
from dataclasses import dataclass
from pathlib import Path

import orjson

from fieldsync import create_app
from fieldsync.domain import accounts
from fieldsync.domain.darkroom import Darkroom
from fieldsync.ids import new_id
from fieldsync.sync import actors
from fieldsync.sync.push import Engine

CELL = "350899"
FAST = {"ARGON2_TIME_COST": 1, "ARGON2_MEMORY_KIB": 64}
Op = dict[str, object]


@dataclass
class Setting:
    """What was laid out: tokens of the phones, their people and devices, and the sites of each."""

    tokens: list[str]
    people: list[str]
    devices: list[str]
    sites: list[list[str]]
    head: int = 0


def lay_out(instance: Path, phones: int = 20, sites: int = 25) -> Setting:
    """Make people, enrolled phones and sites; return what the phones need."""
    app = create_app(instance, **FAST)
    setting = Setting([], [], [], [])
    with app.app_context():
        room: Darkroom = app.extensions["darkroom"]
        for number in range(phones):
            _phone(room.engine, setting, f"350899{101 + number % 10}", number, sites)
        room.decoder.close()
    setting.head = 10_000_000
    return setting


def _phone(engine: Engine, setting: Setting, town: str, number: int, sites: int) -> None:
    system, person, device = actors.system(CELL), new_id(), new_id()
    role = {"roles/r": True, "roles/r/role": "inspector", "roles/r/scope": f"t-{town}"}
    login = {"name": f"p{number}", "login": f"p{number}"}
    engine.perform(system, "person.create", person, op=new_id(), set_=login | role)
    engine.perform(system, "device.enrol", device, op=new_id(), set_={"name": "bench"})
    setting.tokens.append(accounts.open_session(CELL, person, device)[0])
    setting.people.append(person)
    setting.devices.append(device)
    ids = [new_id() for _ in range(sites)]
    ops = [
        {"op": new_id(), "cell": CELL, "action": "site.create", "id": site,
         "set": {"name": f"硐 {i}", "site_kind": "adit", "town_code": town, "mineral_code": "coal"}}
        for i, site in enumerate(ids)
    ]  # fmt: skip
    engine.push(engine.actor(CELL, person, device), {"ops": ops})
    setting.sites.append(ids)


def inspection(site: str, rng: random.Random) -> Op:
    """Return the operation of one inspection with 25 fields, as a phone would send it."""
    values = {
        "site_id": site, "kind": "routine", "unit": "云溪镇巡查队", "started_at": "2026-11-20T01:11:09Z",
        "ended_at": "2026-11-20T01:40:00Z", "weather": "晴", "route_text": "村口—老矿区—水库", "access": "reached",
        "lon": round(117 + rng.random(), 6), "lat": round(25 + rng.random(), 6), "accuracy_m": rng.randint(3, 40),
        "fix_time": "2026-11-20T01:12:00Z", "activity": rng.choice(["none", "suspected"]),
        "signs/fresh_cut": True, "seal_state": "intact", "fence_state": "damaged", "sign_state": "intact",
        "shed_present": False, "equipment_present": False, "power_present": False, "vegetation": "partial",
        "stop_action": "none", "mark_renewed": True, "opinion": "继续巡查，硐口封堵完好。",
        "remark": f"第 {rng.randint(1, 99999)} 次巡查",
    }  # fmt: skip
    assert len(values) == 25
    return {
        "op": new_id(), "cell": CELL, "head": 10_000_000, "at": "2026-11-20T01:41:00Z",
        "action": "inspection.submit", "id": new_id(), "form": "patrol@1", "parent": {"id": site}, "set": values,
    }  # fmt: skip


def batches(setting: Setting, records: int, size: int, seed: int = 1) -> list[list[bytes]]:
    """Return, per phone, the bodies of its pushes."""
    rng = random.Random(seed)
    share = records // len(setting.tokens)
    found = []
    for sites in setting.sites:
        ops = [inspection(rng.choice(sites), rng) for _ in range(share)]
        chunks = [ops[i : i + size] for i in range(0, share, size)]
        found.append([orjson.dumps({"app": "bench", "protocol": 1, "ops": chunk}) for chunk in chunks])
    return found
