"""One long stream of operations, the same every time: clock, ids and salts are given, nobody throws dice."""

import hashlib
import itertools
import random
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from flask import Flask

from fieldsync import db
from fieldsync.errors import Problem
from fieldsync.sync import actors, audit, pull, tables
from fieldsync.sync.journal import text_of
from fieldsync.sync.push import Engine

CELL, TOWNS = "350899", ("350899101", "350899102")
PLACES: dict[str, list[Any]] = {
    "remark": ["a", "b", "café\u0301 ", None],
    "mining_method": ["open_pit", "underground"],
    "patrol_class": ["key", "coal"],
    "lon": [117.1, 117.25, 117.1234567],
    "violations/unlicensed": [True, None],
    "openings/a": [True, None],
    "openings/a/size_m": [3, 4.5],
    "no_such_field": [1],
    "lifecycle_status": ["forged"],
}


class Stream:
    """Plays a stream on an application and keeps every answer."""

    def __init__(self, app: Flask, seed: int = 1, clocks: tuple[timedelta, ...] = ()):
        self.random = random.Random(seed)
        # How wrong the phones' clocks are, one after the other; empty: they say nothing.
        self.clocks = itertools.cycle(clocks) if clocks else None
        self._ids, self._ticks, self._salts = itertools.count(1), itertools.count(), itertools.count()
        self.engine: Engine = replace(
            app.extensions["darkroom"].engine, now=self._now, salt=lambda: f"{next(self._salts):032x}"
        )
        self.answers: list[bytes] = []
        self.heads, self.cursor = 0, ""
        self.sites: list[str] = []
        self.revs: dict[str, list[str]] = {}
        self.sent: list[dict[str, Any]] = []
        self.people: list[tuple[str, str]] = []

    def _now(self) -> datetime:
        return datetime(2026, 10, 3, tzinfo=UTC) + timedelta(seconds=next(self._ticks))

    def id(self) -> str:
        return str(uuid.UUID(bytes=hashlib.sha256(b"%d" % next(self._ids)).digest()[:16]))

    def play(self, pushes: int = 200) -> bytes:
        """Return all that was answered, and all that the engine then holds."""
        self._hire("inspector", f"t-{TOWNS[0]}")
        self._hire("inspector", f"t-{TOWNS[1]}")
        self._hire("reviewer", f"c-{CELL}", f"t-{TOWNS[0]}")
        for _ in range(pushes):
            self._step()
        self._pull()
        return b"\n".join([*self.answers, *self._tables()])

    def _hire(self, role: str, *scopes: str) -> None:
        person, fields = self.id(), {"name": role, "login": f"p{len(self.people)}"}
        for number, scope in enumerate(scopes):
            row = f"roles/r{number}"
            fields |= {row: True, f"{row}/role": role, f"{row}/scope": scope}
        self.engine.perform(actors.system(CELL), "person.create", person, op=self.id(), set_=fields)
        self.people.append((person, self.id()))

    def _step(self) -> None:
        draw = self.random.random()
        if draw < 0.2:
            self._desk()
        elif draw < 0.21:
            with db.writing("journal") as connection:
                audit.prune(connection, CELL, "9999")
        elif draw < 0.3:
            self._pull()
        else:
            self._push()

    def _push(self) -> None:
        who = self.random.choice(self.people)
        ops = [self._op() for _ in range(self.random.randint(1, 4))]
        if self.sent and self.random.random() < 0.3:
            ops.append(self.random.choice(self.sent))
        self.random.shuffle(ops)
        self.sent += ops
        answer = self.engine.push(self.engine.actor(CELL, *who), {"ops": ops, "seen": {CELL: f"{self.heads}.0"}})
        self.heads = int(answer["head"][CELL].partition(".")[0])
        for op, result in zip(ops, answer["results"], strict=True):
            if "rev" in result:
                self.revs.setdefault(op["id"], []).append(result["rev"])
        self.answers.append(orjson.dumps(answer))

    def _op(self) -> dict[str, Any]:
        op: dict[str, Any] = {"op": self.id(), "cell": CELL, "head": self.random.randint(0, self.heads + 3)}
        if self.clocks:
            op["at"] = text_of(datetime(2026, 10, 3, tzinfo=UTC) + next(self.clocks))
        if len(self.sites) < 4 or self.random.random() < 0.04:
            self.sites.append(self.id())
            town = self.random.choice(TOWNS)
            return op | {"action": "site.create", "id": self.sites[-1], "set": {"name": "矿", "town_code": town}}
        op["id"] = self.random.choice(self.sites)
        if self.random.random() < 0.1:
            op["after"] = [self.random.choice(self.sent)["op"] if self.random.random() < 0.8 else self.id()]
        if self.revs.get(op["id"]):
            op["base"] = self.random.choice(self.revs[op["id"]])
        if self.random.random() < 0.06:
            return op | {"action": "site.void", "reason": "double"}
        paths = self.random.sample(sorted(PLACES), self.random.randint(1, 3))
        shown = {path: self.random.choice(PLACES[path]) for path in paths}
        given = {path: self.random.choice(PLACES[path]) for path in paths}
        return op | {"action": "site.edit", "set": given, "from": shown}

    def _desk(self) -> None:
        """Settle what waits longest, or move a dossier; what is refused is an answer too."""
        actor = self.engine.actor(CELL, self.people[2][0])
        with db.reading() as connection:
            row = db.row(
                connection,
                "SELECT r.id, r.rev, r.body FROM conflict AS c JOIN record AS r ON r.cell = c.cell AND r.id = c.id"
                " WHERE c.cell = :cell AND c.status <> 'resolved' ORDER BY c.seq LIMIT 1",
                cell=CELL,
            )
        if row is not None and self.random.random() < 0.5:
            rows = [p.split("/")[1] for p in orjson.loads(row[2]) if p.count("/") == 1]
            choose = self.random.choice(["current", *sorted(rows)])
            self._answer(
                lambda: self.engine.perform(
                    actor, "conflict.resolve", row[0], op=self.id(), base=row[1], choose=choose
                )
            )
        elif self.sites:
            site, town = self.random.choice(self.sites), self.random.choice(TOWNS)
            with db.reading() as connection:
                row = db.row(
                    connection, "SELECT rev FROM record WHERE cell = :cell AND id = :id", cell=CELL, id=site
                )
            base = row[0] if row and self.random.random() < 0.8 else "1-0123456789abcdef"
            self._answer(
                lambda: self.engine.perform(
                    actor, "site.move", site, op=self.id(), base=base, set_={"town_code": town}
                )
            )

    def _answer(self, do: Callable[[], Any]) -> None:
        try:
            self.answers.append(do().text().encode())
        except Problem as problem:
            self.answers.append(str(problem).encode())

    def _pull(self) -> None:
        scopes = (f"t-{TOWNS[0]}", f"c-{CELL}", "common", f"u-{self.people[0][0]}")
        more = True
        while more:
            with db.reading() as connection:
                lines = list(pull.Page(connection, CELL, scopes, 7, 10**6).lines(self.cursor))
            self.answers += lines
            trailer = orjson.loads(lines[-1])
            self.cursor, more = trailer["cursor"], trailer["more"]

    def _tables(self) -> list[bytes]:
        """Return the rows of every table of the engine, in the order of their keys."""
        found = []
        with db.reading() as connection:
            for table in tables.TABLES:
                rows = connection.execute(table.select()).all()
                found += sorted(orjson.dumps([table.name, *row]) for row in rows)
        return found


def outcomes(app: Flask, seed: int, clocks: tuple[timedelta, ...]) -> list[Any]:
    """Return what a stream came to, apart from the times that were noted: records, order, outcomes."""
    with app.app_context():
        Stream(app, seed, clocks).play()
        with db.reading() as connection:
            return [
                tuple(row)
                for statement in (
                    "SELECT id, n, rev, home, body FROM record WHERE type = 'site' ORDER BY id",
                    "SELECT op, seq, status, received_status FROM operation ORDER BY seq",
                    "SELECT cell, scope, record_id, seq, out FROM feed ORDER BY cell, scope, seq",
                )
                for row in db.rows(connection, statement)
            ]


def play(app: Flask, seed: int = 1, pushes: int = 200) -> bytes:
    """Return the record of one whole stream on a fresh application."""
    with app.app_context():
        return Stream(app, seed).play(pushes)
