"""Patrol tasks in every status: planned by township managers, taken and finished by inspectors."""

from datetime import timedelta
from typing import Any

from fieldsync.demo.county import INSPECTORS, MANAGERS, Person
from fieldsync.demo.phone import Phone
from fieldsync.demo.stage import Stage
from fieldsync.demo.visits import findings

_TITLES = ("矿区周边日常巡查", "重点硐口复查", "雨后封堵检查", "夜间采砂点巡查")
# Which county decisions end an overdue task, with what is said of it.
_DECISIONS = {
    "overdue": "到期未完成", "explained": "连日暴雨，道路中断", "accepted_excuse": "情况属实，予以认可",
    "counted_missed": "未说明原因，计为漏巡",
}  # fmt: skip


def play(stage: Stage) -> None:
    """Have every township plan its rounds, and the inspectors walk them."""
    for manager in MANAGERS:
        inspector = next(person for person in INSPECTORS if person.town == manager.town)
        _plan(stage, manager, inspector)


def _plan(stage: Stage, manager: Person, inspector: Person) -> None:
    """Make one township's tasks and bring each into a status."""
    stage.clock.on_day(4)
    phone, walker = stage.phones[manager.login], stage.phones[inspector.login]
    who = stage.people[inspector.login]
    _task(stage, phone, manager, -10, "")
    ids = {
        status: _task(stage, phone, manager, days, who)
        for status, days in {
            "assigned": -4, "downloaded": -5, "in_progress": 0, "completed": 1, "partial": 2, "cancelled": -5,
            **dict.fromkeys(_DECISIONS, 6),
        }.items()
    }  # fmt: skip
    phone.push()
    walker.pull()
    _walk(stage, walker, inspector, ids)
    reviewer = "shenhe1"
    for status, reason in _DECISIONS.items():
        stage.act(reviewer, "patrol_task.decide", ids[status], {"to": status}, reason=reason)
    stage.act(reviewer, "patrol_task.cancel", ids["cancelled"], reason="与专项行动合并")


def _task(stage: Stage, phone: Phone, manager: Person, days_ago: int, assignee: str) -> str:
    """Plan a round of three sites; return its id."""
    town = manager.town.code if manager.town else ""
    day = (stage.clock() - timedelta(days=days_ago)).date().isoformat()
    fields: dict[str, Any] = {
        "title": stage.random.choice(_TITLES), "town_code": town, "kind": "routine", "task_date": day,
        "due_on": day, "time_window": "上午", "route_text": "村部 - 便道 - 矿点 - 返回",
    }  # fmt: skip
    fields |= {f"sites/{site}": True for site in stage.random.sample(stage.sites[town], 3)}
    fields |= {f"assignees/{assignee}": True} if assignee else {}
    return phone.create("patrol_task.create", fields)


def _walk(stage: Stage, phone: Phone, person: Person, ids: dict[str, str]) -> None:
    """Take the tasks down, visit some of their sites, and finish two of them."""
    for status in ("downloaded", "in_progress", "completed", "partial"):
        phone.do("patrol_task.take", ids[status])
    for status, most in (("in_progress", 1), ("completed", 3), ("partial", 2)):
        task = phone.view(ids[status])
        sites = [path.removeprefix("sites/") for path in task if path.startswith("sites/")]
        for site in sites[:most]:
            # Without a photo and without a reason, a visit does not count.
            reason = {} if status == "in_progress" else {"could_not__photos__photo_overview": "雨大，手机进水"}
            phone.inspect(site, task_id=ids[status], **findings(stage, phone, person, site), **reason)
        missed = {f"missed/{site}": "河水上涨，未能过河" for site in sites[most:]}
        if status != "in_progress":
            phone.do("patrol_task.finish", ids[status], missed)
    phone.push()
