"""A phone by script: it keeps and sends what sync.md section 5 demands of a phone, and nothing else."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from fieldsync.demo.uploads import Upload
from fieldsync.demo.wire import Answer, NoSignal, Refused, Wire
from fieldsync.ids import new_id
from fieldsync.sync.canonical import ZERO_SUM, add_digest, equal
from fieldsync.sync.journal import text_of

# Of a long chain of unsent operations an operation names this many; the server takes 100.
MOST_AFTER = 20

Body = dict[str, Any]
Op = dict[str, Any]


@dataclass
class Row:
    """A record as the last pull brought it."""

    type: str
    rev: str
    body: Body


@dataclass
class Phone:
    """One phone in one person's hands; `wire` reaches the server, `clock` may be wrong."""

    wire: Wire
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    make_id: Callable[[], str] = new_id
    device: str = ""
    token: str = ""
    user: str = ""
    cell: str = ""
    scopes: list[str] = field(default_factory=list)
    # What pulls brought: per scope and id.
    members: dict[str, dict[str, Row]] = field(default_factory=dict)
    cursor: str = ""
    # The head of the last complete pull, that of the last page, and the last head that any answer told.
    stood: dict[str, int] = field(default_factory=dict)
    paged: dict[str, int] = field(default_factory=dict)
    # The head of the page that brought a record, where the pull is not complete yet.
    brought: dict[str, int] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    # What was done here and is not acknowledged, in order.
    outbox: list[Op] = field(default_factory=list)
    # Acknowledged operations with their results and the head that acknowledged them.
    journal: dict[str, tuple[Op, dict[str, Any], int]] = field(default_factory=dict)
    diverged: list[str] = field(default_factory=list)
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    _sweeping: dict[str, set[str]] = field(default_factory=dict)
    _made: dict[str, int] = field(default_factory=dict)

    # Getting in

    def enrol(self, code: str, name: str = "测试手机") -> str:
        """Enrol this phone with a one-time code; return its device id."""
        given = {"code": code, "public_key": self.jwk, "name": name, "app": "script/1"}
        self.device = self.ask("POST", "/api/v1/devices/enrol", given)["device"]
        return self.device

    @property
    def jwk(self) -> dict[str, str]:
        """The public half of this phone's key."""
        numbers = self._key.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", "x": _b64(_bytes(numbers.x)), "y": _b64(_bytes(numbers.y))}

    def sign_in(self, username: str, password: str) -> None:
        """Open a session on this phone."""
        given = {"username": username, "password": password, "device": self.device}
        answer = self.ask("POST", "/api/v1/session", given)
        self.token, self.user, self.cell = answer["token"], answer["user"]["id"], answer["user"]["cell"]

    def ask(self, method: str, path: str, given: Any = None, **headers: str) -> dict[str, Any]:
        """Send a JSON request and return the JSON answer; raise Refused on a problem."""
        answer = self.send(method, path, b"" if given is None else orjson.dumps(given), **headers)
        return answer.json if answer.body else {}

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send a request with this phone's token; raise Refused on a problem."""
        sent = {"Content-Type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        answer = self.wire(method, path, sent, body)
        if answer.status >= 400:
            raise Refused(answer)
        return answer

    # What the person sees

    def records(self, kind: str = "") -> dict[str, Row]:
        """Return what the last pulls brought, by id."""
        found: dict[str, Row] = {}
        for rows in self.members.values():
            found.update({i: row for i, row in rows.items() if not kind or row.type == kind})
        return found

    def base(self, record_id: str) -> Row | None:
        """Return a record as the last pull brought it."""
        return next((rows[record_id] for rows in self.members.values() if record_id in rows), None)

    def view(self, record_id: str) -> Body:
        """Return a record as the screen shows it: what was pulled, with what was done here on top."""
        row = self.base(record_id)
        body = dict(row.body) if row else {}
        for op in self._on_top():
            if op["id"] == record_id:
                body.update(op.get("set", {}))
        return {path: value for path, value in body.items() if value is not None}

    def _on_top(self) -> list[Op]:
        """Return, in the order they were made, own operations that the last pulls cannot have brought yet."""
        fresh = [
            op
            for op, result, head in self.journal.values()
            if result["status"] not in ("held", "rejected") and self.stood.get(op["cell"], 0) < head
        ]
        return sorted(
            (*fresh, *self._held(), *self.outbox), key=lambda op: self._made.get(op["op"], len(self._made))
        )

    def _held(self) -> list[Op]:
        """Return acknowledged operations that were held and have no final receipt here yet."""
        held = [op for op, result, _ in self.journal.values() if result["status"] == "held"]
        if not held:
            return []
        final = {row.body["op"] for row in self.records("receipt").values() if row.body["status"] != "held"}
        return [op for op in held if op["op"] not in final]

    # Working, with or without a signal

    def do(self, action: str, record_id: str, set_: Mapping[str, Any] | None = None, **more: Any) -> Op:
        """Note an operation in the outbox; it is sent when there is a signal. It never changes again."""
        op: Op = {
            "op": self.make_id(), "cell": self.cell, "head": 0,
            "at": text_of(self.clock()), "action": action, "id": record_id,
        }  # fmt: skip
        about = (record_id, (more.get("parent") or {}).get("id") or "")
        op["head"] = self._head(*about)
        # The latest on the record and its parent: those before them are named by these.
        after = [o["op"] for o in (*self._held(), *self.outbox) if o["id"] in about][-MOST_AFTER:]
        op |= {"after": after} if after else {}
        op |= {"set": dict(set_)} if set_ else {}
        op |= {name: value for name, value in more.items() if value is not None}
        self.outbox.append(op)
        self._made[op["op"]] = len(self._made)
        return op

    def _head(self, record_id: str, parent_id: str) -> int:
        """Return the head at which this phone knew what an operation is about.

        Between two pages some records are as the last page says and some as the last complete pull did.
        """
        for about in (record_id, parent_id):
            if self.base(about):
                return max(self.stood.get(self.cell, 0), self.brought.get(about, 0))
            for op in self._on_top():
                if op["id"] == about:
                    return int(op["head"])
        return max(self.stood.get(self.cell, 0), self.paged.get(self.cell, 0))

    def create(self, action: str, set_: Mapping[str, Any], parent: str = "", **more: Any) -> str:
        """Make a new record; return its id."""
        record_id = self.make_id()
        self.do(action, record_id, set_, parent={"id": parent} if parent else None, **more)
        return record_id

    def edit(self, record_id: str, action: str = "", **fields: Any) -> Op | None:
        """Change fields of a record (`__` stands for `/`); what is unchanged is not sent."""
        return self.change(record_id, {path.replace("__", "/"): v for path, v in fields.items()}, action)

    def change(self, record_id: str, fields: Mapping[str, Any], action: str = "") -> Op | None:
        """Change paths of a record from what the screen shows; None where nothing differs."""
        shown = self.view(record_id)
        changed = {path: v for path, v in fields.items() if not equal(shown.get(path), v)}
        if not changed:
            return None
        row = self.base(record_id)
        name = action or f"{row.type if row else self._made_here(record_id)}.edit"
        return self.do(
            name, record_id, changed, base=row.rev if row else None,
            **{"from": {path: shown.get(path) for path in changed}},
        )  # fmt: skip

    def _made_here(self, record_id: str) -> str:
        return next(op["action"].partition(".")[0] for op in self._on_top() if op["id"] == record_id)

    def remove(self, record_id: str, reason: str = "") -> Op:
        """Void a record, as this phone has it."""
        row = self.base(record_id)
        kind = row.type if row else self._made_here(record_id)
        return self.do(f"{kind}.void", record_id, base=row.rev if row else None, reason=reason or None)

    def site(self, **fields: Any) -> str:
        """Open a new dossier; return its id."""
        return self.create("site.create", {p.replace("__", "/"): v for p, v in fields.items()})

    def inspect(self, site_id: str, **fields: Any) -> str:
        """Hand in what was seen at a site; return the inspection's id."""
        answers = {"site_id": site_id, "started_at": text_of(self.clock())}
        answers |= {path.replace("__", "/"): value for path, value in fields.items()}
        return self.create("inspection.submit", answers, parent=site_id, form="patrol@1")

    def photograph(self, parent: str, content: bytes, fix: Mapping[str, Any] | None = None, **fields: Any) -> str:
        """Seal a photo with this device's key and announce it; return the photo's id."""
        sha256 = hashlib.sha256(content).hexdigest()
        claim = {
            "sha256": sha256, "size": len(content), "time": text_of(self.clock()), "fix": fix,
            "record": parent, "device": self.device,
        }  # fmt: skip
        sealed = orjson.dumps(claim)
        r, s = decode_dss_signature(self._key.sign(sealed, ec.ECDSA(hashes.SHA256())))
        return self.create(
            "photo.add",
            {
                "sha256": sha256, "size": len(content), "claim": _b64(sealed),
                "signature": _b64(_bytes(r) + _bytes(s)), "capture_source": "in_app_camera",
                "device_time": claim["time"], **fields,
            },
            parent=parent,
        )  # fmt: skip

    # With a signal

    def sync(self, limit: int | None = None) -> None:
        """Hand in everything and take down what changed; send again what a restored server lost."""
        self.push()
        self.pull(limit)
        if self.outbox:
            self.push()
            self.pull(limit)

    def push(self, batch: int = 250, dry_run: bool = False) -> list[dict[str, Any]]:
        """Hand in the outbox in batches, halved where one is too large; nothing leaves it before the 200."""
        results: list[dict[str, Any]] = []
        while self.outbox:
            sent = self.outbox[:batch]
            try:
                answer = self.push_once(sent, dry_run)
            except Refused as refused:
                if refused.status != 413 or len(sent) == 1:
                    raise
                batch = len(sent) // 2
                continue
            results += answer["results"]
            if dry_run:
                break
        return results

    def push_once(self, ops: list[Op], dry_run: bool = False) -> dict[str, Any]:
        """Send these operations once and note what the server answered."""
        given = {
            "app": "script/1",
            "protocol": 1,
            "sent_at": text_of(self.clock()),
            "seen": self.seen,
            "ops": ops,
        }
        path = "/api/v1/sync/push" + ("?dry_run=1" if dry_run else "")
        answer = self.ask("POST", path, given)
        if not dry_run:
            self._acknowledged(ops, answer)
        return answer

    def _acknowledged(self, ops: list[Op], answer: Mapping[str, Any]) -> None:
        """Let go of what was acknowledged, and keep it in the journal."""
        self.seen |= answer["head"]
        for op, result in zip(ops, answer["results"], strict=True):
            head = int(answer["head"].get(op["cell"], "0.").partition(".")[0])
            self.journal[op["op"]] = (op, result, head)
        done = {op["op"] for op in ops}
        self.outbox = [op for op in self.outbox if op["op"] not in done]
        self._send_again(answer["diverged"])

    def _send_again(self, cells: list[str]) -> None:
        """Put the journal of a restored cell back before the outbox."""
        if not cells:
            return
        self.diverged += cells
        waiting = {op["op"] for op in self.outbox}
        promised = [op for op, _, _ in self.journal.values() if op["cell"] in cells and op["op"] not in waiting]
        for op in promised:
            del self.journal[op["op"]]
        self.outbox = promised + self.outbox

    def pull(self, limit: int | None = None) -> int:
        """Take down all pages; return how many there were. The digest of each scope must agree."""
        pages = 0
        while True:
            pages += 1
            if not self.pull_page(limit):
                return pages

    def pull_page(self, limit: int | None = None, cut: float | None = None) -> bool:
        """Take down one page, all or nothing; return whether more are to come."""
        seen = ",".join(f"{cell}:{head}" for cell, head in self.seen.items())
        path = f"/api/v1/sync/pull?cursor={self.cursor}&seen={seen}" + (f"&limit={limit}" if limit else "")
        lines = self.send("GET", path, Accept="application/x-ndjson").body.splitlines()
        if cut is not None:
            lines = lines[: max(1, int(len(lines) * cut))]
        trailer = orjson.loads(lines[-1])
        if "cursor" not in trailer:
            raise NoSignal("the page was cut: nothing of it counts")
        header = orjson.loads(lines[0])
        rows = [orjson.loads(line) for line in lines[1:-1]]
        self._take(header, rows)
        self.cursor, more = trailer["cursor"], trailer["more"]
        self.paged = {cell: int(head.partition(".")[0]) for cell, head in trailer["head"].items()}
        self.brought |= dict.fromkeys((row["id"] for row in rows), self.paged.get(self.cell, 0))
        self.seen |= trailer["head"]
        self._send_again(header["diverged"])
        if not more:
            self._complete(trailer)
        return bool(more)

    def _take(self, header: Mapping[str, Any], lines: list[dict[str, Any]]) -> None:
        """Drop, reset, put, remove: each idempotent."""
        self.scopes = header["scopes"]
        self.members = {scope: self.members.get(scope, {}) for scope in self.scopes}
        for scope in header["reset"]:
            self._sweeping[scope] = set(self.members[scope])
        for line in lines:
            scope = self.scopes[line["s"]]
            self._sweeping.get(scope, set()).discard(line["id"])
            if "out" in line:
                self.members[scope].pop(line["id"], None)
            else:
                self.members[scope][line["id"]] = Row(line["type"], line["rev"], line["body"])

    def _complete(self, trailer: Mapping[str, Any]) -> None:
        """Sweep what a reset did not bring again, and prove that phone and county have the same."""
        for scope, gone in self._sweeping.items():
            for record_id in gone:
                self.members.get(scope, {}).pop(record_id, None)
        self._sweeping, self.brought = {}, {}
        self.stood = {cell: int(head.partition(".")[0]) for cell, head in trailer["head"].items()}
        for scope, told in trailer["digest"].items():
            if told != self.digest(scope):
                raise AssertionError(f"{scope}: the county says {told}, this phone has {self.digest(scope)}")

    def digest(self, scope: str) -> dict[str, Any]:
        """Return number and sum of what this phone has of a scope."""
        total = ZERO_SUM
        for row in self.members.get(scope, {}).values():
            total = add_digest(total, 1, row.rev)
        return {"n": len(self.members.get(scope, {})), "sum": total}

    def receipts(self, *ops: str) -> list[dict[str, Any]]:
        """Return the present state of own operations."""
        found: list[dict[str, Any]] = self.ask("GET", f"/api/v1/sync/receipts?op={','.join(ops)}")["receipts"]
        return found

    def upload(self, content: bytes, chunk: int = 1 << 18, tries: int = 50) -> None:
        """Upload a photo's bytes by tus, resuming where the line was cut."""
        Upload(self, content).finish(chunk, tries)

    def _begin(self, sha256: str, size: int) -> str:
        metadata = "sha256 " + base64.b64encode(sha256.encode()).decode()
        answer = self.send(
            "POST",
            "/api/v1/uploads",
            Tus_Resumable="1.0.0",
            Upload_Length=str(size),
            Upload_Metadata=metadata,
        )
        return answer.headers["location"]


def _bytes(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
