"""Patrol plans in every state: the five parts, the tasks made of them, and how well they were walked."""

from functools import partial
from typing import Any

from fieldsync.demo.county import CELL, INSPECTORS, TOWNS, Person, Town
from fieldsync.demo.stage import Stage
from fieldsync.demo.visits import findings
from fieldsync.ids import new_id

# One township patrols as it should, one does not; the third has no complete plan, the fourth had one.
_GOOD, _POOR, _BARE, _PAST = TOWNS[:4]
_ITEMS = "封堵、围栏、警示牌是否完好\n有无新渣、新车辙、夜间灯光\n矿产品、设备、火工品是否清出\n隐患与植被恢复"
_CYCLES = {"coal_closed_adit": 7, "key_area": 7, "noncoal": 30, "after_writeoff": 180}
_AHEAD = 25


def play(stage: Stage) -> None:
    """Have three townships plan, and arrange that the tasks are walked on their days."""
    stage.clock.on_day(20)
    _leave(stage)
    for town, ahead in ((_GOOD, _AHEAD), (_POOR, 12)):
        plan = _plan(stage, town)
        _act(stage, town, "activate", plan)
        _act(stage, town, "generate", plan, {"from": stage.clock.day(), "to": stage.clock.day(20 + ahead)})
        _arrange(stage, town, plan)
        if town is _GOOD:
            stage.clock.arrange(0, partial(_rain, stage, plan))
    _plan(stage, _BARE, record_form=None, owners=())
    past = _plan(stage, _PAST)
    _act(stage, _PAST, "activate", past)
    stage.clock.arrange(7, partial(_act, stage, _PAST, "finish", past))


def _manager(town: Town) -> str:
    return f"zhen{TOWNS.index(town) + 1}"


def _staff(town: Town) -> list[Person]:
    return [person for person in INSPECTORS if person.town == town]


def _act(stage: Stage, town: Town, verb: str, plan: str, set_: dict[str, Any] | None = None) -> None:
    stage.act(_manager(town), f"patrol_plan.{verb}", plan, set_)


def _plan(stage: Stage, town: Town, owners: tuple[Person, ...] | None = None, **other: Any) -> str:
    """Draft a township's plan with its five parts, or with some of them left out."""
    fields: dict[str, Any] = {
        "title": f"{town.name}巡查计划", "town_code": town.code, "items": _ITEMS, "area": "全镇在册矿山（点、硐）",
        "record_form": "patrol", "route_text": "村部 - 便道 - 矿点 - 返回", "time_window": "上午",
        "valid_from": stage.clock.day(), "valid_to": stage.clock.day(90),
    }  # fmt: skip
    fields |= {f"cycles/{kind}": days for kind, days in _CYCLES.items()}
    for person in _staff(town) if owners is None else owners:
        fields[f"owners/{stage.people[person.login]}"] = True
    plan = new_id()
    given = {path: value for path, value in (fields | other).items() if value is not None}
    stage.act(_manager(town), "patrol_plan.create", plan, given)
    return plan


def _leave(stage: Stage) -> None:
    """Note next week's leave of one inspector, with a stand-in, and a joint patrol of another next door."""
    one, other = (stage.people[person.login] for person in _staff(_GOOD))
    row, from_, until = f"leave/{new_id()}", stage.clock.day(22), stage.clock.day(26)
    given = {row: True, f"{row}/from": from_, f"{row}/to": until, f"{row}/delegate": one}
    stage.act("admin", "person.edit", other, given)
    role = f"roles/{new_id()}"
    given = {role: True, f"{role}/role": "inspector", f"{role}/scope": f"t-{TOWNS[7].code}"}
    given |= {f"{role}/from": from_, f"{role}/to": until}
    stage.act("admin", "person.edit", stage.people["xuncha7b"], given)


def _arrange(stage: Stage, town: Town, plan: str) -> None:
    """Arrange for each task that it is walked on its day, in part, or not at all."""
    desk = stage.phones[_manager(town)]
    desk.pull()
    tasks = [(row.body["task_date"], task) for task, row in desk.records("patrol_task").items()
             if row.body.get("plan_id") == plan]  # fmt: skip
    past = [(stage.clock.days_ago(day), task) for day, task in sorted(tasks) if stage.clock.days_ago(day) > 0]
    for number, (ago, task) in enumerate(past):
        if town is _POOR and number:
            stage.clock.arrange(max(ago - 2, 0), partial(_miss, stage, task, number))
        elif number != len(past) - 2:
            stage.clock.arrange(ago, partial(_walk, stage, town, task, is_partial=number % 3 == 0))


def _walk(stage: Stage, town: Town, task: str, is_partial: bool) -> None:
    """Visit the sites of a task; the last one, in part, is out of reach."""
    body = stage.phones[_manager(town)].view(task)
    person = next(person for person in _staff(town) if body.get(f"assignees/{stage.people[person.login]}"))
    phone = stage.phones[person.login]
    phone.pull()
    phone.do("patrol_task.take", task)
    *sites, last = [path.removeprefix("sites/") for path in body if path.startswith("sites/")]
    visits = []
    for site in sites if is_partial else [*sites, last]:
        visits.append(phone.inspect(site, task_id=task, **findings(stage, phone, person, site)))
        stage.shoot(phone, visits[-1], (phone.view(site)["lon"], phone.view(site)["lat"]), role="overview")
    if is_partial:
        reason = {"access": "blocked", "access_reason": "便道塌方，车辆和人员无法通过"}
        phone.inspect(last, task_id=task, activity="not_found", could_not__photo_blocked="山体仍在掉石", **reason)
    phone.do("patrol_task.finish", task)
    phone.push()
    ago = stage.clock.days_ago(stage.clock.day())
    stage.clock.arrange(max(ago - 3, 0), partial(_approve, stage, visits))


def _approve(stage: Stage, visits: list[str]) -> None:
    """Have the county approve visits, a few days later."""
    reviewer = stage.engine.actor(CELL, stage.people["shenhe2"])
    with stage.engine.together(CELL) as together:
        for visit in visits:
            together.perform(reviewer, "inspection.approve", visit, op=new_id(), base=stage.rev(visit))


def _miss(stage: Stage, task: str, number: int) -> None:
    """Leave a task undone: with a reason, that the county accepts or has yet to weigh, or without any."""
    if number % 3 == 1:
        stage.act(_manager(_POOR), "patrol_task.explain", task, reason="巡查员住院，乡镇无人可派")
    if number % 3 == 1 and number > 1:
        stage.act("shenhe1", "patrol_task.decide", task, {"to": "accepted_excuse"}, reason="情况属实")
    elif number % 3 == 2:
        stage.act("shenhe1", "patrol_task.decide", task, {"to": "counted_missed"}, reason="未说明原因")


def _rain(stage: Stage, plan: str) -> None:
    """Have every sealed adit looked at after this night's rain."""
    _act(stage, _GOOD, "after_rain", plan, {"on": stage.clock.day()})
