"""A county of its own for each example: people, ghostly phones and screens over one shared application."""

import copy
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from county import FAST, County
from flask import Flask

from fieldsync import create_app
from fieldsync import db as database
from fieldsync.demo.phone import Phone, Refused, Row
from fieldsync.demo.wire import Answer, NoSignal, Wire
from fieldsync.ids import new_id
from fieldsync.sync import audit

_cells = itertools.count(360_001)


def open_app(folder: Path, **settings: Any) -> Flask:
    """Return an application over `folder`; examples live in cells of their own, so one serves them all."""
    return create_app(folder, **FAST, **settings)


def close_app(app: Flask) -> None:
    """Let go of the decoder and the database."""
    app.extensions["darkroom"].decoder.close()
    with app.app_context():
        database.db.engine.dispose()


@dataclass
class Issued:
    """An operation as it was made, with what its author had before him: the ghost's knowledge."""

    op: dict[str, Any]
    user: str
    device: str
    side: str
    # What the screen showed at each path of the operation, and the count of the revision it stood on.
    shown: dict[str, Any] = field(default_factory=dict)
    base_n: int = 0
    acknowledged: bool = False

    @property
    def id(self) -> str:
        return self.op["op"]

    @property
    def given(self) -> dict[str, Any]:
        return self.op.get("set", {})


class Line:
    """A wire whose next request meets the fate that the test chose; it logs what each answer carried."""

    def __init__(self, wire: Wire):
        self.wire, self.fate, self.doubled = wire, "ok", 0
        self.listeners: list[Callable[[bytes], None]] = []

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        fate, self.fate = self.fate, "ok"
        if fate == "request lost":
            raise NoSignal(fate)
        if fate == "doubled":
            self._carry(method, path, headers, body)
        answer = self._carry(method, path, headers, body)
        if fate == "answer lost":
            raise NoSignal(fate)
        return answer

    def _carry(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = self.wire(method, path, headers, body)
        for listen in self.listeners:
            listen(answer.body)
        return answer


@dataclass
class Ghost(Phone):
    """A phone that remembers what its person saw when he acted, and watches what it is told (I10)."""

    side: str = "township"
    issued: dict[str, Issued] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    lines_taken: int = 0

    def do(
        self, action: str, record_id: str, set_: Mapping[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        view, row = self.view(record_id), self.base(record_id)
        op = super().do(action, record_id, set_, **more)
        shown = {path: view.get(path) for path in op.get("set", {})}
        self.issued[op["op"]] = Issued(op, self.user, self.device, self.side, shown, count(row.rev) if row else 0)
        return op

    def _acknowledged(self, ops: list[dict[str, Any]], answer: Mapping[str, Any]) -> None:
        for cell, head in answer["head"].items():
            self._watch_head(cell, head)
        super()._acknowledged(ops, answer)
        for op in ops:
            self.issued[op["op"]].acknowledged = True

    def _take(self, header: Mapping[str, Any], lines: list[dict[str, Any]]) -> None:
        known = {scope: dict(rows) for scope, rows in self.members.items()}
        super()._take(header, lines)
        self.lines_taken += len(lines)
        for line in lines:
            scope = header["scopes"][line["s"]]
            before = known.get(scope, {}).get(line["id"])
            if (
                before
                and "rev" in line
                and scope not in header["reset"]
                and count(line["rev"]) < count(before.rev)
            ):
                self.complaints.append(f"I10: {line['id']} went from {before.rev} back to {line['rev']}")
        unknown = set(self.members) - set(header["scopes"])
        if unknown:
            self.complaints.append(f"I15: still holds {unknown}")

    def pull_page(self, limit: int | None = None, cut: float | None = None) -> bool:
        before = dict(self.seen)
        more = super().pull_page(limit, cut)
        for cell, head in before.items():
            self._watch_head(cell, self.seen[cell], head)
        return more

    def _watch_head(self, cell: str, head: str, before: str = "") -> None:
        before = before or self.seen.get(cell, "0.")
        if int(head.partition(".")[0]) < int(before.partition(".")[0]):
            self.complaints.append(f"I10: the head of {cell} went from {before} back to {head}")

    def clone(self) -> "Ghost":
        """Return a phone with this one's storage: same device, same session (scenario 36)."""
        other = Ghost(Line(self.wire.wire), side=self.side, _key=self._key)
        other.wire.listeners = self.wire.listeners
        for name in (
            "device", "token", "user", "cell", "scopes", "members", "cursor", "stood", "paged", "brought", "seen",
            "outbox", "journal", "issued", "_sweeping", "_made",
        ):  # fmt: skip
            setattr(other, name, copy.deepcopy(getattr(self, name)))
        return other

    def blank(self) -> "Ghost":
        """Return the same person's phone without anything on it."""
        other = Ghost(Line(self.wire.wire), side=self.side, _key=self._key)
        other.device, other.token, other.user, other.cell = self.device, self.token, self.user, self.cell
        return other

    def resend(self, ops: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send operations again, and let the phone not notice."""
        given = {"app": "ghost/1", "protocol": 1, "seen": {}, "ops": ops}
        results: list[dict[str, Any]] = self.ask("POST", "/api/v1/sync/push", given)["results"]
        return results

    def blank_head(self) -> dict[str, str]:
        """Return the head that an empty push is answered with."""
        heads: dict[str, str] = self.ask("POST", "/api/v1/sync/push", {"protocol": 1, "ops": []})["head"]
        return heads

    def verify(self, scope: str) -> dict[str, str]:
        """Return id and revision of every member that the server lists."""
        members = self.ask("GET", f"/api/v1/sync/verify?scope={scope}")["members"]
        return {member["id"]: member["rev"] for member in members}

    def whole(self) -> dict[str, dict[str, Row]]:
        """Return what a first pull brings today."""
        fresh = self.blank()
        fresh.pull()
        return fresh.members


class Desk:
    """A county person at a screen; keeps what each page showed, and edits on that."""

    def __init__(self, valley: "Valley", login: str):
        self.phone = Phone(valley.wire)
        self.phone.sign_in(login, valley.password)
        self.issued: dict[str, Issued] = {}
        self.pages: dict[str, dict[str, Any]] = {}

    def get(self, path: str) -> dict[str, Any]:
        return self.phone.ask("GET", f"/api/v1/{path}")

    def look(self, path: str) -> dict[str, Any]:
        """Open a page and keep it open."""
        self.pages[path] = self.get(path)
        return self.pages[path]

    def page(self, path: str) -> dict[str, Any]:
        return self.pages[path] if path in self.pages else self.look(path)

    def edit(self, path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Send changed fields on the open page; Refused 412 where it is stale."""
        page = self.page(path)
        changed = {p: v for p, v in fields.items() if page["body"].get(p) != v}
        return (
            self._send("PATCH", path, f"{page['type']}.edit", page, changed, {"set": changed}) if changed else {}
        )

    def act(self, path: str, verb: str, fields: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Do a strict action on the open page."""
        page = self.page(path)
        given = {"set": dict(fields or {})} | more
        return self._send("POST", f"{path}/{verb}", f"{page['type']}.{verb}", page, fields or {}, given, path)

    def _send(
        self, method: str, path: str, action: str, page: dict[str, Any], fields: Mapping[str, Any],
        given: dict[str, Any], shown: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        op = {"op": new_id(), "action": action, "id": page["id"], "set": dict(fields), "base": page["rev"]}
        answer = self.phone.ask(
            method, f"/api/v1/{path}", given, If_Match=f'"{page["rev"]}"', Operation_Id=op["op"]
        )
        seen = {p: page["body"].get(p) for p in fields}
        self.issued[op["op"]] = Issued(op, self.phone.user, "", "county", seen, count(page["rev"]), True)
        self.pages[shown or path] = answer | {"type": page["type"]}
        return answer


class Valley(County):
    """A cell that nobody used before, with two townships."""

    password = "correct-horse"

    def __init__(self, app: Flask):
        super().__init__(app)
        self.cell = str(next(_cells))
        self.towns = (f"{self.cell}101", f"{self.cell}102")
        self.phones: list[Ghost] = []
        self.desks: list[Desk] = []
        # Who has which scopes now, and where each site is: what the checker holds answers against.
        self.scopes: dict[str, set[str]] = {}
        self.homes: dict[str, str] = {}
        # Texts that only those may read who have the site: {text: site}.
        self.planted: dict[str, str] = {}

    def ghost(self, role: str, *scopes: str) -> Ghost:
        """Hand a new person an enrolled phone, signed in and pulled."""
        login = self.person(role, *scopes, cell=self.cell, login=f"{role}{self.cell}-{len(self.phones)}")
        cell, person_id = self.person_id(login)
        self.scopes[person_id] = set(scopes)
        lender = self.phone(login, pull=False)
        ghost = Ghost(Line(self.wire), side="county" if role == "reviewer" else "township", _key=lender._key)
        ghost.device, ghost.token, ghost.user, ghost.cell = lender.device, lender.token, person_id, cell
        self.watch(ghost)
        ghost.pull()
        return ghost

    def watch(self, ghost: Ghost) -> None:
        """Have a phone's answers searched for what its person must not read (I14)."""
        self.phones.append(ghost)
        ghost.wire.listeners = [lambda body: self._search(ghost, body)]

    def _search(self, ghost: Ghost, body: bytes) -> None:
        mine = self.scopes[ghost.user]
        for text, site in self.planted.items():
            if text.encode() in body and self.homes[site] not in mine and f"c-{self.cell}" not in mine:
                ghost.complaints.append(f"I14: {ghost.user} of {mine} was sent {text} of {self.homes[site]}")

    def inspector(self, town: int = 0) -> Ghost:
        return self.ghost("inspector", f"t-{self.towns[town]}")

    def county_phone(self) -> Ghost:
        return self.ghost("reviewer", f"c-{self.cell}", *(f"t-{town}" for town in self.towns))

    def desk(self, role: str = "admin") -> Desk:
        login = self.person(role, f"c-{self.cell}", cell=self.cell, login=f"{role}{self.cell}-d{len(self.desks)}")
        self.desks.append(Desk(self, login))
        return self.desks[-1]

    def open_site(self, phone: Ghost, town: int = 0, **fields: Any) -> str:
        """Open a dossier and hand it in; its name is a planted text."""
        name = f"secret-{self.cell}-{len(self.homes)}"
        given = {"name": name, "site_kind": "adit", "mineral_code": "coal", "town_code": self.towns[town]}
        site = phone.site(**given, **fields)
        self.homes[site], self.planted[name] = f"t-{self.towns[town]}", site
        phone.push()
        return site

    def prune(self) -> None:
        """Forget tombstones, as the command does."""
        with self.app.app_context(), database.writing("journal") as connection:
            audit.prune(connection, self.cell, "9999")

    def findings(self) -> list[dict[str, Any]]:
        """Return what the audit of this cell finds."""
        with self.app.app_context(), database.reading() as connection:
            return list(audit.findings(connection, self.cell))


def count(rev: str) -> int:
    """Return the count of a revision."""
    return int(rev.partition("-")[0])


def is_refused(status: int, do: Callable[[], Any]) -> bool:
    """Tell whether the server refuses with this status; any other refusal is raised."""
    try:
        do()
    except Refused as refused:
        if refused.status != status:
            raise
        return True
    return False
