"""Several hundred invented dossiers, brought into every status that the work knows."""

from collections import deque
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any

from fieldsync.demo import closures, process
from fieldsync.demo.county import CELL, INSPECTORS, MANAGERS, TOWNS, Town
from fieldsync.demo.stage import Stage
from fieldsync.domain.lifecycle import TRANSITIONS
from fieldsync.domain.words import VIOLATIONS
from fieldsync.ids import new_id
from fieldsync.sync.journal import text_of

# How many of the usual 360 stand in each status.
SHARES = {
    "lead": 24, "verifying": 18, "dismissed": 14, "confirmed": 16, "registered": 24, "handling": 34,
    "suspended": 8, "resumed": 6, "integrated": 8, "closing": 18, "closed_pending": 14, "rectifying": 10,
    "accepted": 24, "monitoring": 96, "writeoff_requested": 8, "written_off": 28, "relapsed": 10,
}  # fmt: skip
_PLACES = (
    "老鹰岩", "白石坑", "竹坪", "水尾", "大岭", "牛角湾", "乌石", "半山亭", "石壁", "龙井", "黄泥墩", "长坑",
    "梨树窠", "上洋", "下洋", "风门坳", "鸡公髻", "罗汉坪", "铁钉岭", "桃源洞", "双溪口", "天池窠", "犁壁寨",
)  # fmt: skip
# kind: (name's ending, minerals, method, weight)
_KINDS: dict[str, tuple[str, tuple[str, ...], str, int]] = {
    "adit": ("硐", ("coal", "iron", "manganese"), "underground", 8),
    "shaft": ("竖井", ("coal", "iron"), "underground", 2),
    "open_pit": ("采石场", ("building_stone", "dimension_stone", "cement_limestone"), "open_pit", 7),
    "point": ("矿点", ("manganese", "iron", "other"), "open_pit", 5),
    "mine": ("矿山", ("cement_limestone", "iron"), "underground", 2),
    "sand": ("采砂点", ("river_sand",), "dredging", 5),
    "leach_field": ("浸矿场", ("rare_earth",), "leaching", 4),
    "tailings_pond": ("尾矿库", ("iron", "manganese"), "unknown", 1),
    "processing": ("洗选点", ("iron", "building_stone"), "unknown", 2),
    "stockpile": ("堆场", ("building_stone", "river_sand", "brick_clay"), "unknown", 2),
}
_MACHINES = ("挖掘机", "装载机", "空压机", "发电机", "抽水泵", "破碎机")
_REMARKS = (
    "", "通行便道已挖断，需步行约半小时。", "雨后道路湿滑，建议两人以上前往。",
    "与村委会核对，历史上曾有零星开采。", "<b>原硐口</b>已用片石封堵 & 覆土。", "附近有饮用水源，巡查时注意水色。",
)  # fmt: skip


def forget(stage: Stage) -> None:
    """Have a township open a few dossiers that nobody touches any more."""
    phone, found_at = stage.phones[MANAGERS[-1].login], text_of(stage.clock() - timedelta(days=9))
    for number in range(3):
        phone.site(**dossier(stage.random, TOWNS[-1], 60 + number, found_at))
    phone.push()


def open_all(stage: Stage, count: int) -> dict[str, str]:
    """Have the townships open `count` dossiers from their phones; return the revision of each."""
    revs: dict[str, str] = {}
    for number, manager in enumerate(MANAGERS):
        town = manager.town
        share = count // len(MANAGERS) + (number < count % len(MANAGERS))
        if town is None:
            continue
        phone = stage.phones[manager.login]
        for each in range(share):
            found_at = text_of(stage.clock() - timedelta(days=stage.random.randint(20, 900)))
            site = phone.site(**dossier(stage.random, town, each, found_at))
            stage.sites.setdefault(town.code, []).append(site)
        ops = list(phone.outbox)
        results = phone.push()
        revs |= {op["id"]: result["rev"] for op, result in zip(ops, results, strict=True)}
    return revs


def dossier(random: Random, town: Town, number: int, found_at: str) -> dict[str, Any]:
    """Return what a township knows of one site."""
    kind = random.choices(list(_KINDS), [weight for *_, weight in _KINDS.values()])[0]
    ending, minerals, method, _ = _KINDS[kind]
    place = _PLACES[number % len(_PLACES)]
    repeated = f"{number // len(_PLACES) + 1}号" if number >= len(_PLACES) else ""
    given = {
        "name": f"{place}{repeated}{ending}", "site_kind": kind, "town_code": town.code,
        "place_name": f"{town.name}{place}", "village": f"{place}村",
        "lon": round(town.west + town.width * random.uniform(0.06, 0.94), 6),
        "lat": round(town.south + town.height * random.uniform(0.06, 0.94), 6),
        "accuracy_m": random.randint(4, 25), "altitude_m": random.randint(180, 1200),
        "coord_source": random.choice(("phone_gnss", "phone_gnss", "survey", "satellite", "legacy")),
        "mineral_code": random.choice(minerals), "mining_method": method, "found_at": found_at,
        "discovery": random.choice(("patrol", "patrol", "tip", "satellite", "campaign")),
        "disturbed_m2": random.randint(40, 9000), "workers": random.choice((0, 0, 0, 2, 4, 7)),
        "power_source": random.choice(("none", "none", "generator", "grid")),
        "geohazard": random.choice(("none", "none", "none", "landslide", "collapse")),
        "remark": random.choice(_REMARKS),
    }  # fmt: skip
    return {path: value for path, value in given.items() if value != ""} | _rows(random, kind, given)


def _rows(random: Random, kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return violations, openings and equipment: markers with their cells."""
    fields: dict[str, Any] = {f"violations/{code}": True for code in random.sample(list(VIOLATIONS)[:10], 2)}
    for number in range(random.randint(1, 3) if kind in ("adit", "shaft") else 0):
        row = f"openings/{new_id()}"
        fields |= {
            row: True, f"{row}/no": f"K{number + 1}", f"{row}/lon": round(given["lon"] + number * 1e-4, 6),
            f"{row}/lat": round(given["lat"] + number * 1e-4, 6), f"{row}/size_m": random.choice((1.2, 1.8, 2.4)),
            f"{row}/kind": "平硐" if kind == "adit" else "竖井", f"{row}/sealed": random.random() < 0.6,
        }  # fmt: skip
    for machine in random.sample(_MACHINES, random.choice((0, 0, 1, 2))):
        row = f"equipment/{new_id()}"
        fields |= {row: True, f"{row}/kind": machine, f"{row}/count": random.randint(1, 3)}
    return fields


def rate(stage: Stage, revs: dict[str, str]) -> None:
    """Have the county add what is its own to say: track, class and cycle of patrols."""
    reviewer = stage.engine.actor(CELL, stage.people["shenhe1"])
    with stage.engine.together(CELL) as together:
        for site in list(revs):
            urgent = stage.random.random() < 0.3
            track = stage.random.choice(("township_unlicensed", "township_unlicensed", "department"))
            fields = {
                "dossier_track": track, "competent_dept": "县自然资源局" if track == "department" else None,
                "patrol_class": "key" if urgent else "general", "patrol_cycle_days": 7 if urgent else 30,
            }  # fmt: skip
            fields = {path: value for path, value in fields.items() if value is not None}
            outcome = together.perform(reviewer, "site.edit", site, op=new_id(), set_=fields, base=revs[site])
            revs[site] = outcome.rev


def advance_all(stage: Stage, revs: dict[str, str]) -> None:
    """Bring the dossiers into their statuses, step by step over a month."""
    plans = dict(zip(revs, _statuses(stage.random, len(revs)), strict=True))
    ways = {site: way(status) for site, status in plans.items()}
    longest = max(map(len, ways.values()))
    shown = closures.choose(plans)
    for step in range(longest):
        stage.clock.on_day(50 - 25 * step / longest)
        steps = {site: path[step] for site, path in ways.items() if step < len(path)}
        process.advance(stage, revs, steps, shown)


def outdate(stage: Stage) -> None:
    """Have two signed dossiers change, so that their signatures are older; and one wait for the others to sign."""
    phone, inspector = stage.phones[MANAGERS[0].login], stage.phones[INSPECTORS[0].login]
    phone.pull()
    sites = {site: phone.view(site) for site in stage.sites[TOWNS[0].code]}
    signed = [site for site, body in sites.items() if "filed_by" in body]
    for site in signed[:2]:
        phone.edit(site, disturbed_m2=sites[site]["disturbed_m2"] + 150)
    phone.push()
    waiting = next((site for site, body in sites.items() if body["lifecycle_status"] == "confirmed"), "")
    if waiting:
        inspector.create("dossier_signature.sign", {"role": "filed_by", "revision": stage.rev(waiting)}, waiting)
        inspector.push()


def _statuses(random: Random, count: int) -> list[str]:
    """Return `count` statuses: each at least once, the rest by their shares."""
    rest = random.choices(list(SHARES), list(SHARES.values()), k=max(0, count - len(SHARES)))
    statuses = (list(SHARES) + rest)[:count]
    random.shuffle(statuses)
    return statuses


@cache
def way(status: str) -> tuple[str, ...]:
    """Return the shortest way from a lead to a status."""
    queue = deque([("lead", ())])
    seen: dict[str, tuple[str, ...]] = {"lead": ()}
    while queue:
        here, path = queue.popleft()
        for start, end in TRANSITIONS:
            if start == here and end not in seen:
                seen[end] = (*path, end)
                queue.append((end, seen[end]))  # type: ignore[arg-type]
    return seen[status]
