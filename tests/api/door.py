"""A phone's door into the server that sends whatever bytes it is told, and checks every refusal."""

import json
from dataclasses import dataclass
from typing import Any

from county import CELL, T1, County

from fieldsync.demo.phone import Phone
from fieldsync.ids import new_id

PUSH = "/api/v1/sync/push"
SITE = {"name": "老鹰硐", "site_kind": "adit", "town_code": T1, "mineral_code": "coal", "remark": "m"}


@dataclass
class Door:
    """An inspector's phone, and raw requests with its token."""

    county: County
    phone: Phone

    def send(self, body: bytes, method: str = "POST", path: str = PUSH, **headers: str) -> Any:
        """Send bytes; whatever the answer, it is never a failure of the server and never vague."""
        given = {"Authorization": f"Bearer {self.phone.token}", "Content-Type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.county.app.test_client().open(path, method=method, headers=given, data=body, buffered=True)
        if answer.status_code >= 400:
            check_problem(answer)
        return answer

    def push(self, *ops: Any, **members: Any) -> list[dict]:
        """Push operations as any JSON writer would, and return their results in order."""
        text = json.dumps({"app": "script/1", "protocol": 1, "ops": list(ops), **members})
        answer = self.send(text.encode())
        assert answer.status_code == 200, answer.data
        results = answer.json["results"]
        assert len(results) == len(ops)
        return results

    def op(self, action: str = "site.edit", record_id: str = "", **parts: Any) -> dict:
        """Return a fresh operation."""
        return {"op": new_id(), "cell": CELL, "action": action, "id": record_id or new_id(), **parts}

    def good(self) -> dict:
        """Return an operation that nothing is wrong with."""
        return self.op("site.create", set=SITE)

    def receipts(self, *ops: str) -> list[dict]:
        """Return the receipts of operations."""
        return self.phone.receipts(*ops)


def check_problem(answer: Any) -> None:
    """Check that an error is a problem of the catalogue (RFC 9457) and not a failure of the server."""
    assert answer.status_code < 500 or answer.status_code == 503, answer.data
    assert answer.mimetype == "application/problem+json"
    assert answer.json["type"].startswith("/problems/")
    assert answer.json["status"] == answer.status_code
    assert answer.json["title"]
    assert answer.headers["Cache-Control"] == "no-store"
