"""The record in memory: its body, who set which path, and what the present operation changed."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from fieldsync.sync.canonical import canon, revision

Body = dict[str, Any]


@dataclass
class Meta:
    """Per-field provenance: `[n, devices, side, op]` of each path, stored compactly.

    `paths[path]` is `n`, or `[n, device, ...]` with devices that met the value later, and `-n` where
    the server set it itself; `writes[n]` is `[op, side, device]` of the author. `contested` lists paths
    with an open conflict, `proposed` those with a proposal.
    """

    paths: dict[str, Any] = field(default_factory=dict)
    writes: dict[str, list[str]] = field(default_factory=dict)
    contested: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)

    @classmethod
    def parse(cls, text: str) -> "Meta":
        """Return the provenance from its stored text."""
        stored = orjson.loads(text)
        return cls(stored["p"], stored["w"], stored.get("c", []), stored.get("o", []))

    def text(self) -> str:
        """Return the stored text, without writes that no path refers to any more."""
        if len(self.writes) > len(self.paths) + 8:
            used = {str(self.n(path)) for path in self.paths}
            self.writes = {n: write for n, write in self.writes.items() if n in used}
        stored: dict[str, Any] = {"p": self.paths, "w": self.writes}
        if self.contested:
            stored["c"] = self.contested
        if self.proposed:
            stored["o"] = self.proposed
        return orjson.dumps(stored).decode()

    def n(self, path: str) -> int:
        """Return the record's count when `path` was last set; 0 where it never was."""
        return abs(self._entry(path))

    def _entry(self, path: str) -> int:
        """Return the count of `path`, negative where the server itself set it."""
        entry = self.paths.get(path, 0)
        return int(entry if type(entry) is int else entry[0])

    def side(self, path: str) -> str:
        """Return the side that set the current value of `path`, or an empty string."""
        entry = self._entry(path)
        write = self.writes.get(str(abs(entry)))
        return "" if write is None else "server" if entry < 0 else write[1]

    def op(self, path: str) -> str:
        """Return the operation that set the current value of `path`, or an empty string."""
        write = self.writes.get(str(self.n(path)))
        return write[0] if write else ""

    def writer(self, path: str) -> str:
        """Return the device that the current value of `path` came from, or an empty string."""
        write = self.writes.get(str(self.n(path)))
        return write[2] if write else ""

    def devices(self, path: str) -> list[str]:
        """Return the devices that set or met the current value of `path`."""
        entry = self._entry(path)
        write = self.writes.get(str(entry))
        first = [write[2]] if write and write[2] else []
        later = self.paths.get(path)
        return first + later[1:] if isinstance(later, list) else first

    def note(self, path: str, n: int, write: list[str]) -> None:
        """Note who set `path` at count `n`; one operation may set paths for its author and as the server."""
        if write[1] == "server":
            self.paths[path] = -n
            self.writes.setdefault(str(n), write)
        else:
            self.paths[path] = n
            self.writes[str(n)] = write

    def meet(self, path: str, device: str) -> bool:
        """Note that `device` knows the value of `path`; return whether that was news."""
        if not device or device in self.devices(path):
            return False
        entry = self.paths.get(path, 0)
        self.paths[path] = [entry, device] if type(entry) is int else [*entry, device]
        return True


class Record:
    """One record of a cell as the journal works on it; `rev` is that of the last sealed operation."""

    __slots__ = (
        "body",
        "body_text",
        "cell",
        "home",
        "id",
        "lent",
        "met",
        "meta",
        "moved",
        "n",
        "old_home",
        "old_rev",
        "old_scopes",
        "parent_id",
        "patch",
        "rev",
        "root_id",
        "scopes",
        "seq",
        "touched",
        "type",
        "voided",
    )  # fmt: skip

    def __init__(self, cell: str, kind: str, record_id: str, parent_id: str = "", root_id: str = ""):
        self.cell, self.type, self.id = cell, kind, record_id
        self.parent_id, self.root_id = parent_id, root_id or record_id
        self.n, self.rev, self.seq = 0, "", 0
        self.body: Body = {}
        self.body_text = "{}"
        self.meta = Meta()
        self.home = self.old_home = self.old_rev = ""
        self.scopes: tuple[str, ...] = ()
        self.old_scopes: tuple[str, ...] = ()
        self.lent: tuple[str, ...] = ()
        self.voided = self.touched = self.met = self.moved = False
        self.patch: dict[str, list[Any]] = {}

    @classmethod
    def from_row(cls, row: Any) -> "Record":
        """Return the record of a row of `record`, in column order."""
        self = cls(row[0], row[2], row[1], row[8], row[9])
        self.n, self.rev, self.seq, self.voided = row[3], row[4], row[11], bool(row[10])
        self.home = self.old_home = row[5]
        self.old_rev = self.rev
        self.scopes = self.old_scopes = tuple(row[6].split())
        self.lent = tuple(row[7].split())
        self.body_text = row[12]
        self.body = orjson.loads(row[12])
        self.meta = Meta.parse(row[13])
        return self

    def row(self) -> tuple[Any, ...]:
        """Return the values of the row of `record`, in column order."""
        return (
            self.cell, self.id, self.type, self.n, self.rev, self.home, " ".join(self.scopes),
            " ".join(self.lent), self.parent_id, self.root_id, self.voided, self.seq,
            self.body_text, self.meta.text(),
        )  # fmt: skip

    def get(self, path: str) -> Any:
        """Return the current value of `path`, None where absent."""
        return self.body.get(path)

    def number(self, path: str) -> float | None:
        """Return the value of `path` where it is a number, else None."""
        value = self.body.get(path)
        return float(value) if isinstance(value, (int, float)) and type(value) is not bool else None

    def text(self, path: str) -> str:
        """Return the value of `path` where it is text, else an empty string."""
        value = self.body.get(path)
        return value if type(value) is str else ""

    def rows(self, group: str) -> list[str]:
        """Return the ids of the rows (or tags) of `group` that are there."""
        prefix = group + "/"
        return [
            path[len(prefix) :]
            for path, value in self.body.items()
            if value is True and path.startswith(prefix) and path.count("/") == 1
        ]

    def write(self, path: str, value: Any, *, op: str, side: str, device: str) -> None:
        """Set `path` and its provenance as part of the present operation."""
        delta = self.patch.get(path)
        if delta is None:
            self.patch[path] = [self.body.get(path), value]
        else:
            delta[1] = value
        if value is None:
            self.body.pop(path, None)
        else:
            self.body[path] = value
        self.meta.note(path, self.n + 1, [op, side, device])
        self.touched = True

    def write_new(self, values: Body, *, op: str, side: str, device: str) -> None:
        """Set paths that were absent so far, all at once."""
        self.body.update(values)
        self.patch.update({path: [None, value] for path, value in values.items()})
        self.meta.paths.update(dict.fromkeys(values, self.n + 1))
        self.meta.writes[str(self.n + 1)] = [op, side, device]
        self.touched = True

    def touch(self, path: str, *, op: str, side: str, device: str) -> None:
        """Mark `path` as set anew without another value, so that a stale edit does not win over it."""
        self.write(path, self.body.get(path), op=op, side=side, device=device)

    def seal(self) -> None:
        """Close the present operation on this record: one more count and its revision."""
        self.n += 1
        text = canon(self.body)
        self.body_text = text.decode()
        self.rev = revision(self.type, self.id, self.n, text)
