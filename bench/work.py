"""The measured work: W1 push, W3 pull; each beside a raw limit of the same run."""

import os
import sqlite3
import statistics
import threading
import time
from pathlib import Path
from typing import Any

import orjson

from bench import county
from bench.server import Server
from fieldsync import create_app
from fieldsync.db import db

Row = dict[str, Any]


def push(folder: Path, records: int = 5_000, size: int = 250) -> Row:
    """W1: `records` inspections of 25 fields from 20 phones at once, in batches of `size`, fsynced."""
    setting = county.lay_out(folder)
    bodies = county.batches(setting, records, size)
    server = Server(folder)
    try:
        before, start = server.cpu(), time.perf_counter()
        waits = _send(server, setting.tokens, bodies)
        wall, cpu = time.perf_counter() - start, server.cpu() - before
    finally:
        server.stop()
    raw = raw_push(folder.with_suffix(".raw"), bodies)
    sent = sum(len(body) for phone in bodies for body in phone)
    return {
        "cpu_s_per_1000": cpu / records * 1000, "wall_s": wall, "p50_ms": statistics.median(waits) * 1000,
        "bytes": sent, "raw": raw / records * 1000, "ratio": cpu / raw,
    }  # fmt: skip


def _send(server: Server, tokens: list[str], bodies: list[list[bytes]]) -> list[float]:
    """Let every phone push its batches, all at once; return how long each request took."""
    waits: list[float] = []

    def phone(token: str, mine: list[bytes]) -> None:
        connection = server.connect()
        for body in mine:
            begun = time.perf_counter()
            status, answer = server.ask(connection, "POST", "/api/v1/sync/push", body, token)
            waits.append(time.perf_counter() - begun)
            outcomes = {result["status"] for result in orjson.loads(answer).get("results", [])}
            if status != 200 or outcomes != {"applied"}:
                raise RuntimeError(f"{status} {answer[:300]!r}")

    threads = [threading.Thread(target=phone, args=pair) for pair in zip(tokens, bodies, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(waits) != sum(map(len, bodies)):
        raise RuntimeError("a push failed")
    return waits


def raw_push(path: Path, bodies: list[list[bytes]]) -> float:
    """The limit: CPU seconds to write the same records with bare SQLite, same batches, synchronous=FULL."""
    rows = [
        [(op["id"], orjson.dumps(op["set"]).decode()) for op in orjson.loads(body)["ops"]]
        for phone in bodies
        for body in phone
    ]
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE record (id TEXT PRIMARY KEY, body TEXT NOT NULL)")
    before = _own_cpu()
    for batch in rows:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO record VALUES (?, ?)", batch)
        connection.execute("COMMIT")
    used = _own_cpu() - before
    connection.close()
    return used


def _own_cpu() -> float:
    times = os.times()
    return times.user + times.system


def pull(folder: Path, records: int, changes: int = 50, rounds: int = 60) -> Row:
    """W3: a phone takes `changes` changes among `records` records of its township, again and again."""
    setting = county.lay_out(folder, phones=1, sites=50)
    for phone in county.batches(setting, records, 250):
        _push_inside(folder, setting, phone)
    server = Server(folder)
    try:
        connection, token = server.connect(), setting.tokens[0]
        cursor = _drain(server, connection, token)
        fresh = county.batches(setting, changes * rounds, changes, seed=2)[0]
        waits, cpu, size = [], 0.0, 0
        for body in fresh:
            server.ask(connection, "POST", "/api/v1/sync/push", body, token)
            before, begun = server.cpu(), time.perf_counter()
            _, answer = server.ask(connection, "GET", f"/api/v1/sync/pull?cursor={cursor}", token=token)
            waits.append(time.perf_counter() - begun)
            cpu, size = cpu + server.cpu() - before, len(answer)
            cursor = orjson.loads(answer.splitlines()[-1])["cursor"]
    finally:
        server.stop()
    return {
        "cpu_s_per_1000": cpu / rounds * 1000, "p50_ms": statistics.median(waits) * 1000, "bytes": size,
        "rows_read": steps_of_pull(folder, setting, changes),
    }  # fmt: skip


def _push_inside(folder: Path, setting: county.Setting, bodies: list[bytes]) -> None:
    """Fill the county without a server."""
    app = create_app(folder, **county.FAST)
    with app.app_context():
        engine = app.extensions["darkroom"].engine
        actor = engine.actor(county.CELL, setting.people[0], setting.devices[0])
        for body in bodies:
            engine.push(actor, orjson.loads(body))
        db.engine.dispose()


def _drain(server: Server, connection: Any, token: str) -> str:
    """Take down everything; return the cursor."""
    cursor, more = "", True
    while more:
        _, answer = server.ask(connection, "GET", f"/api/v1/sync/pull?cursor={cursor}", token=token)
        trailer = orjson.loads(answer.splitlines()[-1])
        cursor, more = trailer["cursor"], trailer["more"]
    return str(cursor)


def steps_of_pull(folder: Path, setting: county.Setting, changes: int) -> int:
    """Count the steps of SQLite's machine in one pull of the last changes: what it reads, to the row."""
    app = create_app(folder, **county.FAST)
    client, headers = app.test_client(), {"Authorization": f"Bearer {setting.tokens[0]}"}
    steps = [0]

    def count() -> int:
        steps[0] += 1
        return 0

    with app.app_context():
        cursor, more = "", True
        while more:
            answer = client.get(f"/api/v1/sync/pull?cursor={cursor}", headers=headers)
            trailer = orjson.loads(answer.data.splitlines()[-1])
            cursor, more = trailer["cursor"], trailer["more"]
        body = orjson.loads(county.batches(setting, changes, changes, seed=3)[0][0])
        client.post("/api/v1/sync/push", json=body, headers=headers)
        with db.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            raw.set_progress_handler(count, 1)  # type: ignore[union-attr]
        answer = client.get(f"/api/v1/sync/pull?cursor={cursor}", headers=headers)
        assert len(answer.data.splitlines()) == changes + 2
        db.engine.dispose()
    return steps[0]
