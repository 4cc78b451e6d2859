"""What every scene of the demonstration works with: the engine, a clock of its own, people and their phones."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from fieldsync import db, moments
from fieldsync.demo import pictures
from fieldsync.demo.county import CELL, Person
from fieldsync.demo.inside import Inside
from fieldsync.demo.phone import Phone
from fieldsync.demo.wire import Offline
from fieldsync.domain import accounts
from fieldsync.domain.darkroom import Darkroom
from fieldsync.ids import new_id
from fieldsync.sync import actors
from fieldsync.sync.operations import Outcome
from fieldsync.sync.push import Engine
from fieldsync.sync.records import Record

DAYS = 120


@dataclass
class Clock:
    """A clock that only goes on when it is told to: four months pass in a few seconds."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(days=DAYS))
    # What is to happen on the way: days before today, and the scene.
    _arranged: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def __call__(self) -> datetime:
        """Return the present moment of the demonstration, never one to come."""
        self.now = min(self.now + timedelta(milliseconds=100), datetime.now(UTC))
        return self.now

    def arrange(self, number: float, scene: Callable[[], None]) -> None:
        """Let a scene happen on the day `number` before today, when the clock comes to it."""
        self._arranged.append((number, scene))
        self._arranged.sort(key=lambda one: -one[0])

    def on_day(self, number: float) -> None:
        """Go on to the day `number` before today, at nine in the morning; what was arranged happens on the way."""
        while self._arranged and self._arranged[0][0] >= number:
            day, scene = self._arranged.pop(0)
            self._turn(day)
            scene()
        self._turn(number)

    def _turn(self, number: float) -> None:
        day = datetime.now(moments.CHINA) - timedelta(days=number)
        moment = day.replace(hour=9, minute=0, second=0, microsecond=0).astimezone(UTC)
        self.now = max(self.now, min(moment, datetime.now(UTC)))

    def day(self, later: int = 0) -> str:
        """Return the day in China that it is, or one so many days later."""
        return (moments.date_of(self.now) + timedelta(days=later)).isoformat()

    def days_ago(self, day: str) -> int:
        """Return how many days before today a day is; negative for one to come."""
        return (datetime.now(moments.CHINA).date() - date.fromisoformat(day)).days


@dataclass
class Stage:
    """The instance being filled: who is there, which phones, which sites by township."""

    room: Darkroom
    clock: Clock
    random: Random
    people: dict[str, str] = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)
    sites: dict[str, list[str]] = field(default_factory=dict)
    tell: Callable[[str, str], None] = lambda _zh, _en: None

    @classmethod
    def over(cls, room: Darkroom, tell: Callable[[str, str], None]) -> "Stage":
        """Return a stage over an instance; its engine follows the stage's clock."""
        clock = Clock()
        own = replace(room, engine=replace(room.engine, now=clock))
        return cls(own, clock, Random(350899), tell=tell)  # noqa: S311 (a demonstration, to be repeated exactly)

    @property
    def engine(self) -> Engine:
        """The engine, by the stage's clock."""
        return self.room.engine

    # People

    def hire(self, engine: Engine, person: Person) -> None:
        """Enter a person into the county's roster."""
        self.people[person.login] = new_id()
        engine.perform(
            actors.system(CELL), "person.create", self.people[person.login], op=new_id(), set_=person.fields
        )

    def equip(self, login: str) -> Phone:
        """Hand somebody an enrolled phone that has taken down his scopes."""
        phone = Phone(Offline(), clock=self.clock, cell=CELL, user=self.people[login])
        code = accounts.issue_code(CELL, phone.user)
        phone.device = accounts.enrol(self.engine, code, phone.jwk, f"手机 {login}", "script/1")
        phone.wire = Inside(self.engine, CELL, phone.user, phone.device)
        phone.pull()
        self.phones[login] = phone
        return phone

    # Acting at a screen

    def act(self, login: str, action: str, record: str, set_: Any = None, **more: Any) -> Outcome:
        """Do something as somebody at a screen, on the revision that stands."""
        actor = self.engine.actor(CELL, self.people[login])
        base = self.rev(record)
        return self.engine.perform(actor, action, record, op=new_id(), set_=set_, base=base, **more)

    def rev(self, record: str) -> str:
        """Return the present revision of a record; nothing where there is none."""
        with db.reading() as connection:
            row = db.row(
                connection, "SELECT rev FROM record WHERE cell = :cell AND id = :id", cell=CELL, id=record
            )
        return row[0] if row else ""

    # Photos

    def shoot(
        self, phone: Phone, parent: str, place: tuple[float, float], gps: str = "full", *, arrives: bool = True,
        drift: float = 0, sealed: bool = False, **more: Any,
    ) -> str:  # fmt: skip
        """Photograph near a place (lon, lat); the bytes arrive, unless they are still on the phone.

        `drift` is how far, in degrees, the camera's position is from the phone's own; `sealed` shows the
        opening walled up.
        """
        lon, lat = (angle + self.random.uniform(-2e-4, 2e-4) for angle in place)
        shot = pictures.Shot(self.clock(), lat + drift, lon, gps, sealed=sealed)
        content = pictures.jpeg(shot, self.random)
        fix = {"lat": round(lat + 2e-5, 7), "lon": round(lon - 2e-5, 7), "accuracy": self.random.randint(4, 18)}
        if arrives:
            self.store(content)
        return phone.photograph(parent, content, fix, **more)

    def store(self, content: bytes) -> None:
        """Keep a file as an upload would, and read it."""
        sha256, name = hashlib.sha256(content).hexdigest(), new_id()
        self.room.blobs.append(name, 0, [content], len(content))
        self.room.blobs.finish(name, sha256)
        self.room.read(CELL, sha256)


def records(kind: str, ids: Collection[str], column: str = "id") -> list[Record]:
    """Return the records of a kind whose `column` is among these."""
    statement = (
        "SELECT cell, id, type, n, rev, home, scopes, lent, parent_id, root_id, voided, seq, body, meta"
        " FROM record WHERE cell = :cell AND type = :kind ORDER BY id"
    )
    wanted = set(ids)
    with db.reading() as connection:
        rows = [Record.from_row(row) for row in db.rows(connection, statement, cell=CELL, kind=kind)]
    return [record for record in rows if getattr(record, column) in wanted]
