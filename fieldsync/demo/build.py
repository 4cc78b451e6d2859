"""Makes the demonstration county in an empty instance: all of it operations, none of it rows."""

from collections.abc import Callable
from enum import Enum
from functools import partial

from fieldsync import db
from fieldsync.actions import REGISTRY
from fieldsync.demo import cases, closures, county, desk, dossiers, plans, province, rounds, visits
from fieldsync.demo.county import CELL, PASSWORD, PEOPLE
from fieldsync.demo.stage import Stage
from fieldsync.domain import accounts, divisions, forms
from fieldsync.domain.darkroom import Darkroom
from fieldsync.sync.heads import COMMON

SITES = 360


class State(Enum):
    """What an instance holds."""

    EMPTY = "empty"
    DEMO = "demo"
    HALF = "half a demo"
    OTHER = "other data"


def state() -> State:
    """Tell whether the demonstration may be made here."""
    cells = _cells() - {COMMON} - {one.code for one in province.counties()}
    cells -= {cell for cell, _login, _name in province.OFFICERS}
    if not cells:
        return State.EMPTY
    if cells != {CELL}:
        return State.OTHER
    # The sign-ins come last, and together: where they are, everything else is.
    return State.DEMO if accounts.owner_of(PEOPLE[-1].login) else State.HALF


def holds(cell: str) -> bool:
    """Tell whether the instance has a county."""
    return cell in _cells()


def _cells() -> set[str]:
    with db.reading() as connection:
        return {row[0] for row in db.rows(connection, "SELECT cell FROM head")}


def make(room: Darkroom, sites: int = SITES, tell: Callable[[str, str], None] = lambda _zh, _en: None) -> Stage:
    """Make the county with this many sites; return the stage with its people and phones."""
    stage = Stage.over(room, tell)
    tell("行政区划与人员", "divisions and people")
    divisions.load_all(stage.engine, [*divisions.of_fujian(), *county.divisions()])
    forms.load_all(stage.engine, REGISTRY.nouns)
    with stage.engine.together(CELL) as together:
        for person in PEOPLE:
            stage.hire(together, person)
    for person in county.MANAGERS + county.INSPECTORS:
        stage.equip(person.login)
    tell("站点档案", "dossiers")
    stage.clock.on_day(110)
    dossiers.forget(stage)
    stage.clock.on_day(55)
    revs = dossiers.open_all(stage, sites)
    dossiers.rate(stage, revs)
    dossiers.advance_all(stage, revs)
    tell("巡查计划、巡查记录与照片", "plans, inspections and photos")
    for day, scene in ((7, closures.play), (6, cases.play), (6, dossiers.outdate)):
        stage.clock.arrange(day, partial(scene, stage))
    plans.play(stage)
    visits.play(stage)
    tell("巡查任务", "patrol tasks")
    rounds.play(stage)
    tell("冲突、申请、待处置", "conflicts, requests, held work")
    desk.play(stage)
    # Whatever was arranged for these last days.
    stage.clock.on_day(0)
    tell("登录密码", "sign-ins")
    accounts.set_passwords(CELL, {stage.people[person.login]: person.login for person in PEOPLE}, PASSWORD)
    return stage
