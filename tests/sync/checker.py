"""The outside checker: holds what the server tells over HTTP against what the phones know (sync.md section 7).

Each check returns what it found, in words; nothing found is an empty list. It looks at receipts, versions,
conflicts, pulls and `verify` only, and at the ghosts' own knowledge.
"""

import random
import uuid
from collections.abc import Iterator
from typing import Any

from sync.world import Desk, Ghost, Issued, Valley, count

from fieldsync.actions import REGISTRY
from fieldsync.sync.canonical import canon, equal, revision

NOUNS = {noun.name: noun for noun in REGISTRY.nouns.values()}
MERGING = (".create", ".edit", ".submit")
KEPT_WHOLE = ("held", "rejected", "closed")
VOID = "$void"


def conflict_id(record_id: str, path: str) -> str:
    """UUIDv5(record, path), as sync.md section 4 says."""
    return str(uuid.uuid5(uuid.UUID(record_id), path))


class Checker:
    """Everything that a county tells of itself, gathered once, and the invariants on it."""

    def __init__(self, valley: Valley, reader: Desk):
        self.valley, self.reader = valley, reader
        self.issued: dict[str, Issued] = {}
        for source in (*valley.phones, *valley.desks):
            for op_id, issued in source.issued.items():
                known = self.issued.get(op_id)
                self.issued[op_id] = known if known and known.acknowledged else issued
        self.receipts = self._receipts(list(self.issued))
        self.records = self._records()
        self.versions = {r: self._versions(self.records[r]) for r in self.records}
        self.by_op: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        for record_id, versions in self.versions.items():
            for version in versions:
                self.by_op.setdefault(version["op"], []).append((record_id, version))

    # Gathering

    def _receipts(self, ops: list[str]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(ops), 100):
            asked = ",".join(ops[start : start + 100])
            for receipt in self.reader.get(f"sync/receipts?op={asked}")["receipts"]:
                found[receipt["op"]] = receipt
        return found

    def _records(self) -> dict[str, dict[str, Any]]:
        """Return what is listed, and what operations named: voided records are in no list."""
        found: dict[str, dict[str, Any]] = {}
        for noun in ("site", "inspection", "conflict"):
            after = ""
            while after is not None:
                page = self.reader.get(f"{NOUNS[noun].plural}?limit=500&after={after}")
                found.update({record["id"]: record for record in page["records"]})
                after = page["next"]
        named = {
            (i.op["id"], i.op["action"].partition(".")[0])
            for i in self.issued.values()
            if self.receipts.get(i.id, {}).get("status") in ("applied", "merged", "conflict")
        }
        for record_id, noun in named:
            if record_id not in found:
                found[record_id] = self.reader.get(f"{NOUNS[noun].plural}/{record_id}")
        return found

    def _versions(self, record: dict[str, Any]) -> list[dict[str, Any]]:
        path = f"{NOUNS[record['type']].plural}/{record['id']}/versions"
        versions: list[dict[str, Any]] = self.reader.get(path)["versions"]
        return versions

    def policy(self, record_id: str, path: str) -> str:
        spec = NOUNS[self.records[record_id]["type"]].fields.find(path)
        return spec.policy if spec else ""

    def _merged(self) -> Iterator[tuple[Issued, dict[str, Any], str, Any, str]]:
        """Yield (operation, receipt, path, value, outcome) of what was merged path by path."""
        for issued in self.issued.values():
            receipt = self.receipts.get(issued.id)
            if receipt is None or receipt["status"] in KEPT_WHOLE or not issued.op["action"].endswith(MERGING):
                continue
            for path, value in issued.given.items():
                yield issued, receipt, path, value, receipt["fields"].get(path, "")

    # I1

    def no_loss(self) -> list[str]:
        """I1: whatever was acknowledged has a receipt, and each value is somewhere."""
        found = []
        for issued in self.issued.values():
            receipt = self.receipts.get(issued.id)
            if receipt is None:
                if issued.acknowledged:
                    found.append(f"I1: no receipt of {issued.op}")
                continue
            if receipt.get("set", {}) != issued.given:
                found.append(f"I1: the receipt of {issued.op} says {receipt.get('set')}")
        for issued, _, path, value, outcome in self._merged():
            if not self._is_kept(issued, path, value, outcome):
                found.append(f"I1: {path}={value!r} of {issued.op} was {outcome} and is nowhere")
        return found

    def _is_kept(self, issued: Issued, path: str, value: Any, outcome: str) -> bool:
        record_id = issued.op["id"]
        patches = [v["patch"][path] for v in self.versions[record_id] if path in v["patch"]]
        mine = [v["patch"][path] for _, v in self.by_op.get(issued.id, []) if path in v["patch"]]
        if outcome == "applied":
            return any(equal(new, value) for _, new in mine)
        if outcome == "noop":
            never = not patches and value is None
            return never or any(equal(new, value) for _, new in patches) or self.policy(record_id, path) == "add"
        if outcome in ("proposed", "conflict"):
            return self._is_candidate(issued, path, value) or self._is_candidate(issued, VOID, issued.given)
        return outcome in ("held", "ignored")

    def _is_candidate(self, issued: Issued, path: str, value: Any) -> bool:
        row = f"candidates/{issued.id}"
        for version in self.versions.get(conflict_id(issued.op["id"], path), []):
            if version["patch"].get(row, [None, None])[1] is True:
                kept = version["patch"].get(f"{row}/value", [None, None])[1]
                return equal(kept, value) or (path == VOID and set(kept) <= set(value))
        return False

    # I2

    def once(self, shuffle: random.Random) -> list[str]:
        """I2: sending everything again, in any order, changes nothing."""
        found = []
        for phone in self.valley.phones:
            ops = [op for op, _, _ in phone.journal.values()]
            shuffle.shuffle(ops)
            before, status = dict(phone.blank_head()), {}
            for start in range(0, len(ops), 20):
                for result in phone.resend(ops[start : start + 20]):
                    status[result["op"]] = result["status"]
            if phone.blank_head() != before:
                found.append(f"I2: resending moved the head from {before} to {phone.blank_head()}")
            for op_id, told in status.items():
                if told != self.receipts[op_id]["status"]:
                    found.append(f"I2: {op_id} was {self.receipts[op_id]['status']} and is {told} when sent again")
        return found

    # I3, I4

    def converge(self) -> list[str]:
        """I3, I4: a phone has what a first pull brings, what `verify` lists, and what the desk reads."""
        found = []
        for phone in self.valley.phones:
            whole = phone.whole()
            for scope, rows in whole.items():
                mine = phone.members.get(scope, {})
                for record_id in rows.keys() | mine.keys():
                    one, other = mine.get(record_id), rows.get(record_id)
                    if one != other:
                        found.append(f"I3: in {scope} phone has {one} and the county {other}")
                found += self._verify(phone, scope, {i: row.rev for i, row in rows.items()})
            found += self._against_desk(phone)
        return found

    def _verify(self, phone: Ghost, scope: str, revs: dict[str, str]) -> list[str]:
        listed = phone.verify(scope)
        return [] if listed == revs else [f"I3: verify of {scope} lists {listed}, a pull brings {revs}"]

    def _against_desk(self, phone: Ghost) -> list[str]:
        """Hold a phone's sites against the lists at the desk, and their revisions against their content."""
        found, rows = [], phone.records()
        for record_id, record in self.records.items():
            row = rows.get(record_id)
            if record["type"] == "site" and not record.get("voided"):
                due = record["scope"] in self.valley.scopes[phone.user]
                if due != (row is not None):
                    found.append(f"I3: {record_id} of {record['scope']} is {'not ' * due}on the phone")
            if row and (row.rev, row.body) != (record["rev"], record["body"]):
                found.append(f"I3: phone has {row}, desk has {record}")
        for record_id, row in rows.items():
            if revision(row.type, record_id, count(row.rev), canon(row.body)) != row.rev:
                found.append(f"I4: {row.rev} is not the hash of {row.body}")
        for scope, members in phone.members.items():
            again = f"{sum(int(row.rev[-16:], 16) for row in members.values()) % 2**64:016x}"
            if phone.digest(scope) != {"n": len(members), "sum": again}:
                found.append(f"I4: {scope} adds up to {again}, not to {phone.digest(scope)}")
        return found

    # I5

    def no_silent_overwrite(self) -> list[str]:
        """I5: who replaced a value had it on his base or before his eyes, or it is a candidate."""
        found = []
        for issued, _, path, _, outcome in self._merged():
            record_id = issued.op["id"]
            adds = self.policy(record_id, path) == "add" and issued.given[path] is not None
            if outcome != "applied" or adds:
                continue
            version = next(v for r, v in self.by_op[issued.id] if r == record_id)
            last = [v for v in self.versions[record_id] if v["seq"] < version["seq"] and path in v["patch"]][-1:]
            if last and not self._had(issued, path, last[0]) and not self._is_kept_candidate(last[0], path):
                found.append(f"I5: {issued.op} replaced {path} of {last[0]} unseen")
        return found

    def _had(self, issued: Issued, path: str, last: dict[str, Any]) -> bool:
        if count(last["rev"]) <= issued.base_n:
            return True
        value = last["patch"][path][1]
        met = any(
            i.device == issued.device and i.op["id"] == issued.op["id"] and equal(i.given.get(path), value)
            and path in i.given and self._came_before(i, issued)
            for i in self.issued.values()
        )  # fmt: skip
        return bool(issued.device) and met and equal(issued.shown.get(path), value)

    def _came_before(self, one: Issued, other: Issued) -> bool:
        numbers = [int(self.receipts[i.id]["number"].partition(".")[0]) for i in (one, other)]
        return numbers[0] < numbers[1] or one.id in other.op.get("after", [])

    def _is_kept_candidate(self, last: dict[str, Any], path: str) -> bool:
        issued = self.issued.get(last["op"])
        return issued is not None and self._is_candidate(issued, path, issued.given.get(path))

    # I7, I8

    def no_blind_void(self) -> list[str]:
        """I7: nothing is voided over another's edit that the voider had not pulled."""
        found = []
        for record_id, version in self._flips(to_void=True):
            voider = self.issued.get(version["op"])
            if voider is None or version["action"] == "conflict.resolve":
                continue
            for edit in self.versions[record_id]:
                between = voider.base_n < count(edit["rev"]) < count(version["rev"])
                if between and (not voider.device or edit["device"] != voider.device):
                    found.append(f"I7: {voider.op} voided over {edit}")
        return found

    def no_resurrection(self) -> list[str]:
        """I8: only a resolution brings a voided record back; until then it is on no phone."""
        found = [
            f"I8: {version} brought {record_id} back"
            for record_id, version in self._flips(to_void=False)
            if version["action"] != "conflict.resolve"
        ]
        voided = {i for i, record in self.records.items() if record.get("voided")}
        for phone in self.valley.phones:
            found += [f"I8: voided {i} is on a phone" for i in voided & set(phone.records())]
        return found

    def _flips(self, to_void: bool) -> Iterator[tuple[str, dict[str, Any]]]:
        for record_id, versions in self.versions.items():
            for version in versions:
                old, new = version["patch"].get("voided_at", (None, None))
                if bool(new) == to_void and bool(old) != bool(new):
                    yield record_id, version

    # I16

    def approved_frozen(self) -> list[str]:
        """I16: what was approved can be read for ever, as it was on the screen."""
        found = []
        for record_id, record in self.records.items():
            rev = record["body"].get("approved_rev")
            if rev:
                then = self.reader.get(f"inspections/{record_id}/versions?at={rev}")
                if revision("inspection", record_id, count(rev), canon(then["body"])) != rev:
                    found.append(f"I16: {record_id} at {rev} is {then}")
        return found

    # I17

    def authority(self) -> list[str]:
        """I17: no value becomes current that the owning side did not give or take over."""
        found = [
            f"I17, I27: {issued.op} set {path}, which nobody may"
            for issued, _, path, _, outcome in self._merged()
            if outcome not in ("ignored", "noop") and not self._is_candidate(issued, VOID, issued.given)
            and (self.policy(issued.op["id"], path) == "server" or self._set_twice(issued, path))
        ]  # fmt: skip
        for record_id, versions in self.versions.items():
            for version in versions:
                for path, (old, new) in version["patch"].items():
                    owner = self.policy(record_id, path)
                    if owner in ("township", "county") and not equal(old, new):
                        found += self._check_author(record_id, version, path, owner, new)
                    if owner == "confirm":
                        found += self._check_confirmed(record_id, version, path)
        return found

    def _set_twice(self, issued: Issued, path: str) -> bool:
        return self.policy(issued.op["id"], path) == "once" and not issued.op["action"].endswith(
            (".create", ".submit")
        )

    def _check_author(self, record_id: str, version: dict[str, Any], path: str, owner: str, new: Any) -> list[str]:
        author = self.issued.get(version["op"])
        if author is None or (author.side == owner and author.op["id"] == record_id):
            return []
        gave = [
            i for i in self.issued.values()
            if i.side == owner and i.op["id"] == record_id and path in i.given and equal(i.given[path], new)
        ]  # fmt: skip
        took_over = version["action"] == "conflict.resolve" and (author.side == owner or gave)
        return [] if took_over else [f"I17: {path} of the {owner} became {new!r} by {author.op}"]

    def _check_confirmed(self, record_id: str, version: dict[str, Any], path: str) -> list[str]:
        author = self.issued.get(version["op"])
        earlier = [v for v in self.versions[record_id] if v["seq"] < version["seq"] and path in v["patch"]][-1:]
        if author is None or author.side == "county" or not earlier:
            return []
        setter = self.issued.get(earlier[0]["op"])
        by_county = setter is not None and setter.side == "county"
        return [f"I17: {path}, confirmed by {earlier[0]}, changed by {author.op}"] if by_county else []

    # I18

    def candidates_complete(self) -> list[str]:
        """I18: what did not win waits as a candidate until it is resolved; an open conflict shows what stood."""
        found = []
        for issued, _, path, value, outcome in self._merged():
            if outcome not in ("proposed", "conflict"):
                continue
            at = [self._waits(issued, conflict_id(issued.op["id"], place)) for place in (path, VOID)]
            if "lost" in at or at == ["none", "none"]:
                found.append(f"I18: candidate {value!r} of {issued.op} at {path} is gone without a resolution")
        for record_id, record in self.records.items():
            if record["type"] == "conflict" and record["body"]["path"] != VOID:
                found += self._changed_while_open(record_id, record["body"])
        return found

    def _waits(self, issued: Issued, conflict: str) -> str:
        """Return none, waits, resolved or lost: what became of an operation's candidate."""
        row, state = f"candidates/{issued.id}", "none"
        for version in self.versions.get(conflict, []):
            old, new = version["patch"].get(row, (None, None))
            if new is True:
                state = "waits"
            elif old is True and state != "resolved":
                return "lost"
            if state == "waits" and version["patch"].get("status", (None, None))[1] == "resolved":
                state = "resolved"
        if state == "waits" and self.records[conflict]["body"].get(row) is not True:
            return "lost"
        return state

    def _changed_while_open(self, conflict: str, body: dict[str, Any]) -> list[str]:
        """Return what changed at the path of a conflict between its opening and its resolution."""
        found, opened = [], 0
        for version in self.versions[conflict]:
            status = version["patch"].get("status", (None, None))[1]
            if opened and status not in (None, "open"):
                found += [
                    f"I18: {edit} changed {body['path']} while a conflict was open"
                    for edit in self.versions[body["record_id"]]
                    if opened < edit["seq"] < version["seq"] and edit["op"] != version["op"]
                    and not equal(*edit["patch"].get(body["path"], (None, None)))
                ]  # fmt: skip
            opened = version["seq"] if status == "open" else 0 if status else opened
        return found

    # I19

    def causal_hold(self) -> list[str]:
        """I19: nothing took effect before what it was built on."""
        found = []
        for issued in self.issued.values():
            effects = [v["seq"] for _, v in self.by_op.get(issued.id, [])]
            for after in issued.op.get("after", []):
                before = [v["seq"] for _, v in self.by_op.get(after, [])]
                late = bool(effects and before) and min(effects) < max(before)
                open_still = self.receipts.get(after, {}).get("status") in (None, "held")
                if effects and (late or open_still) and not self._is_held(issued.id):
                    found.append(f"I19: {issued.op} took effect before {after}")
        return found

    def _is_held(self, op: str) -> bool:
        return self.receipts[op]["status"] == "held"

    # I13, I26, I28

    def settled(self) -> list[str]:
        """I13: after quiescence nothing waits in an outbox, and nothing of honest phones is held."""
        found = [f"I13: outbox of {p.user} still holds {p.outbox}" for p in self.valley.phones if p.outbox]
        return found + [f"I13: held: {r}" for r in self.receipts.values() if r["status"] in ("held", "rejected")]

    def provenance(self) -> list[str]:
        """I26: replaying the versions gives the body; every path of it has an operation and an author."""
        found = []
        for record_id, versions in self.versions.items():
            body: dict[str, Any] = {}
            for version in versions:
                if not (version["op"] and version["by"] and version["received_at"]):
                    found.append(f"I26: {version} has no author")
                for path, (old, new) in version["patch"].items():
                    if not equal(body.get(path), old):
                        found.append(f"I26: {path} of {record_id} was {body.get(path)!r}, not {old!r}")
                    body[path] = new
            kept = {path: value for path, value in body.items() if value is not None}
            if kept != self.records[record_id]["body"]:
                found.append(f"I26: replaying {record_id} gives {kept}, not {self.records[record_id]['body']}")
        return found

    def chain(self) -> list[str]:
        """I28: the audit walks the chain and recounts digests."""
        return [f"I28: {finding}" for finding in self.valley.findings()]

    def everything(self, shuffle: random.Random) -> list[str]:
        """Return what any invariant finds."""
        return [
            *(line for phone in self.valley.phones for line in phone.complaints), *self.settled(), *self.no_loss(),
            *self.once(shuffle), *self.converge(), *self.no_silent_overwrite(), *self.no_blind_void(),
            *self.no_resurrection(), *self.approved_frozen(), *self.authority(), *self.candidates_complete(),
            *self.causal_hold(), *self.provenance(), *self.chain(),
        ]  # fmt: skip
