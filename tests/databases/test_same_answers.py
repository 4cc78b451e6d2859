"""What the county is shown does not depend on the database: every page, list, export and table, byte for byte."""

import re
from collections import deque
from difflib import unified_diff
from urllib.parse import urldefrag

import orjson
import pytest
from console.desk import Desk
from county import PASSWORD, County

from fieldsync import db
from fieldsync.actions import NOUNS, REGISTRY
from fieldsync.ids import new_id
from fieldsync.sync import audit

# Of the moment: tokens, the hour, and the ids that forms would give to what they make.
FLEETING = re.compile(
    rb'(?P<before>name="csrf_token" value=")[^"]+|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::[\d.]+)?'
    rb"|(?P<id>[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f-]{17})"
)
LINK = re.compile(r'href="(/console/[^"]+)"')
# Looking at a photo writes a line into the chain; the others answer with the time in them, or lead away.
PASSED_OVER = re.compile(r"/original|/preview|\.zip|\.docx|\.xlsx|/language/|/at\?|sign-out|\.jpg")
STARTS = (
    "/console/sites?order=name", "/console/sites?q=%E7%A1%90", "/console/sites?q=b", "/console/sites/export.csv",
    "/console/sites/export.geojson", "/console/reports?table=1", "/console/reports?table=2", "/console/held",
    "/console/reports/1.csv", "/console/reports/2.csv", "/console/watch/duplicates", "/console/watch/stale",
    "/console/ledger/statement", "/console/people", "/console/cases?q=%25", "/console/out", "/console/overview",
)  # fmt: skip
# One page of each kind is enough: not one for every record and every day.
VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d(?:-\d\d)?")
MOST_PAGES = 120


@pytest.fixture(scope="module")
def both(world, copied) -> tuple[Desk, Desk]:
    """The same admin at a screen on PostgreSQL and on SQLite."""
    login = world.admin.login
    return Desk(world.county, login), Desk(County(copied), login)


def answer(desk: Desk, path: str, start: bytes) -> tuple[int, bytes]:
    """Return status and content of a page, without what is of the moment: made after `start`."""

    def lasting(found: re.Match[bytes]) -> bytes:
        made = found["id"] or b""
        return (found["before"] or b"") if not made or made > start else made

    page = desk.client.get(path, buffered=True)
    return page.status_code, FLEETING.sub(lasting, page.data)


def difference(one: bytes, other: bytes) -> str:
    lines = (each.decode("utf-8", "replace").splitlines() for each in (one, other))
    return "\n".join(list(unified_diff(*lines, "postgresql", "sqlite", lineterm="", n=0))[:12])


def test_every_page_that_can_be_reached_is_the_same(both):
    found, start = set(), new_id().encode()
    ahead, known = deque(["/console/", *STARTS]), {"/console/", *STARTS}
    while ahead and len(found) < MOST_PAGES:
        path = ahead.popleft()
        (status, one), (status_there, other) = [answer(desk, path, start) for desk in both]
        assert status == status_there < 400, path
        if one != other:
            pytest.fail(f"{path}\n{difference(one, other)}")
        found.add(VARYING.sub("...", path.partition("?")[0]))
        for link in LINK.findall(one.decode("utf-8", "replace")):
            link = urldefrag(link.replace("&amp;", "&"))[0]
            shape = VARYING.sub("...", link.partition("?")[0])
            if shape not in known and not PASSED_OVER.search(link):
                known.add(shape)
                ahead.append(link)
    assert len(found) > 55, sorted(found)


def test_every_list_record_and_history_of_the_api_is_the_same(world, copied):
    clients = [(app.test_client(), signed_in(app, world.admin.login)) for app in (world.app, copied)]
    for noun in NOUNS:
        known = world.ids.get(noun.plural)
        paths = [noun.plural, f"{noun.plural}?limit=3"]
        paths += [f"{noun.plural}/{known}", f"{noun.plural}/{known}/versions"] if known else []
        for path in paths:
            one, other = (client.get(f"/api/v1/{path}", headers=headers) for client, headers in clients)
            assert (one.status_code, one.data) == (other.status_code, other.data), path
            assert one.status_code in (200, 403), path


def signed_in(app, login: str) -> dict[str, str]:
    given = {"username": login, "password": PASSWORD}
    token = app.test_client().post("/api/v1/session", json=given).json["token"]
    return {"Authorization": f"Bearer {token}"}


def test_a_phone_is_sent_the_same_bytes(world, copied):
    answers = []
    for app in (world.app, copied):
        client, headers, cursor, lines = app.test_client(), signed_in(app, "inspector1"), "", []
        more = True
        while more:
            page = client.get(f"/api/v1/sync/pull?limit=7&cursor={cursor}", headers=headers).data
            lines.append(page)
            trailer = orjson.loads(page.splitlines()[-1])
            cursor, more = trailer["cursor"], trailer["more"]
        answers.append(lines)
    assert answers[0] == answers[1]
    assert len(answers[0]) > 3


def projections(app) -> dict[str, set[str]]:
    tables = {noun.table for noun in NOUNS if noun.table is not None}
    tables |= {table for reckoning in REGISTRY.reckonings for table in reckoning.tables}
    with app.app_context(), db.reading() as connection:
        return {table.name: {repr(row) for row in connection.execute(table.select())} for table in tables}


def test_what_was_written_there_is_sound_and_filled_anew_alike(world, copied):
    before = projections(world.app)
    for app in (world.app, copied):
        with app.app_context(), db.writing("journal") as connection:
            for cell in audit.cells(connection):
                assert list(audit.findings(connection, cell)) == []
                audit.reindex(connection, cell, REGISTRY)
    assert projections(world.app) == projections(copied) == before
    assert sum(map(bool, before.values())) > 20
