"""Phones, a desk and a bad line, at random: whatever happens, the invariants of sync.md section 7 hold.

A short run is part of `make test`; `FIELDSYNC_SOAK=2000 pytest tests/sync/test_machine.py` is the long one.
"""

import os
import random
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sync.checker import Checker
from sync.world import Ghost, Valley, close_app, is_refused, open_app

from fieldsync.demo.phone import Refused
from fieldsync.demo.wire import NoSignal

SOAK = int(os.environ.get("FIELDSYNC_SOAK", "0"))
PROFILE = settings(
    max_examples=SOAK or 25,
    stateful_step_count=40 if SOAK else 30,
    deadline=None,
    derandomize=not SOAK,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
# Few records, few paths, few values: independent random data hardly ever collides.
VALUES: dict[str, list[Any]] = {
    "remark": ["a", "b", None],
    "place_name": ["north", "south"],
    "mining_method": ["open_pit", "underground", None],
    "patrol_class": ["key", "coal"],
    "workers": [1, 2, None],
    "lon": [117.1, 117.2],
    "violations/illegal_power": [True, None],
    "violations/unlicensed": [True, None],
    "openings/a": [True, None],
    "openings/a/size_m": [3, 4.5],
    # Nobody may: the one is the server's, the other was set once.
    "lifecycle_status": ["written_off"],
    "town_code": ["350100999"],
}
PATHS = st.lists(st.sampled_from(sorted(VALUES)), min_size=2, max_size=4, unique=True)
WHICH = st.integers(0, 11)
EDITS = st.lists(st.tuples(WHICH, WHICH), min_size=1, max_size=2)
FATES = st.sampled_from(["ok", "ok", "ok", "request lost", "answer lost", "doubled"])
LIMITS = st.sampled_from([None, None, 1, 2, 5])
FRESH = st.sampled_from([True, True, False])


def act(name: str, weight: int = 1, **given: Any) -> list[Any]:
    """Return the strategy of one thing that may happen, as often as it weighs beside the others."""
    return [st.tuples(st.just(name), st.fixed_dictionaries(given)) for _ in range(weight)]


# What may happen. One rule draws from a table: rules of their own would be switched off at random, and
# an example in which nobody edits, or nobody pushes, shows nothing.
ON_PHONES = [
    *act("edit_on_phone", 6, who=WHICH, site=WHICH, edits=EDITS),
    *act("push", 6, who=WHICH, fate=FATES, part=st.sampled_from([1, 2, 250, 250]), shuffle=st.integers(0, 3)),
    *act("pull_some", 3, who=WHICH, limit=LIMITS, pages=st.integers(1, 3), cut=st.sampled_from([None, None, 0.5])),
    *act("pull_all", 2, who=WHICH),
    *act("prune"),
]
IN_THE_COUNTY = [
    *act("edit_at_desk", 4, site=WHICH, edits=EDITS, fresh=FRESH, secret=st.booleans()),
    *act("open_conflict_page", which=WHICH),
    *act("resolve", 2, which=WHICH, fresh=FRESH, choice=WHICH),
    *act("void_at_desk", site=WHICH, fresh=FRESH),
    *act("void_on_county_phone", site=WHICH),
    *act("move_site", site=WHICH, town=st.integers(0, 1)),
    *act("reassign", who=st.integers(0, 1), towns=st.sampled_from([[0], [1], [0, 1]])),
    *act("inspect", who=WHICH, site=WHICH),
    *act("correct_inspection", who=WHICH, which=WHICH, opinion=st.sampled_from(["a", "b"])),
    *act("approve", which=WHICH, fresh=FRESH),
    *act("clone", who=WHICH),
]


@pytest.fixture(scope="module", autouse=True)
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for all examples: each plays in a cell that nobody used before."""
    made = open_app(tmp_path_factory.mktemp("machine"))
    Fieldwork.app = made
    yield made
    close_app(made)


class Fieldwork(RuleBasedStateMachine):
    """What phones do whatever happens: edit, push and pull over a bad line."""

    app: ClassVar[Flask]

    def __init__(self) -> None:
        super().__init__()
        self.valley = Valley(self.app)
        self.sites: list[str] = []
        self.visits: list[str] = []
        # Each example keeps to a few paths.
        self.paths: list[str] = []

    # Picking

    def pick(self, edits: list[tuple[int, int]], body: dict[str, Any]) -> dict[str, Any]:
        """Return values for one or two paths that are not what `body` has."""
        fields = {}
        for which, value in edits:
            path = self.paths[which % len(self.paths)]
            others = [v for v in VALUES[path] if v != body.get(path)]
            fields[path] = others[value % len(others)] if others else VALUES[path][0]
        return fields

    def phone(self, which: int) -> Ghost:
        return self.valley.phones[which % len(self.valley.phones)]

    def site(self, which: int) -> str:
        return self.sites[which % len(self.sites)]

    # A phone, with or without a signal

    def edit_on_phone(self, who: int, site: int, edits: list[tuple[int, int]]) -> None:
        phone, site_id = self.phone(who), self.site(site)
        if self._has(phone, site_id):
            op = phone.change(site_id, self.pick(edits, phone.view(site_id)))
            note(f"{phone.user} edits {op}")

    def _has(self, phone: Ghost, record_id: str) -> bool:
        return bool(phone.base(record_id)) or any(op["id"] == record_id for op in phone._on_top())

    def push(self, who: int, fate: str, part: int, shuffle: int) -> None:
        phone = self.phone(who)
        ops = list(phone.outbox)
        if shuffle:
            random.Random(shuffle).shuffle(ops)
        phone.wire.fate = fate
        try:
            answer = phone.push_once(ops[:part])
        except NoSignal:
            note(f"{phone.user} pushes {len(ops[:part])}: {fate}")
            return
        note(f"{phone.user} pushes, {fate}: {answer['results']}")
        self._check_answers(phone, ops[:part], answer["results"])

    def _check_answers(self, phone: Ghost, ops: list[dict[str, Any]], results: list[dict[str, Any]]) -> None:
        assert [result["op"] for result in results] == [op["op"] for op in ops]
        unknown = [r for r in results if r["status"] not in ("applied", "merged", "conflict", "held", "rejected")]
        assert not unknown

    def pull_some(self, who: int, limit: int | None, pages: int, cut: float | None) -> None:
        """A few pages, the last of which may be cut."""
        phone = self.phone(who)
        for page in range(pages):
            try:
                if not phone.pull_page(limit, cut if page == pages - 1 else None):
                    return
            except NoSignal:
                return

    def pull_all(self, who: int) -> None:
        phone = self.phone(who)
        answered = {op: result for op, (_, result, _) in phone.journal.items()}
        phone.pull()
        self._check_read_your_writes(phone, answered)

    def _check_read_your_writes(self, phone: Ghost, answered: dict[str, dict[str, Any]]) -> None:
        """I9: what was answered with a revision is there, or a later one of it is."""
        for op_id, result in answered.items():
            row = phone.base(phone.issued[op_id].op["id"])
            if row and result.get("rev"):
                assert int(row.rev.split("-")[0]) >= int(result["rev"].split("-")[0])

    def prune(self) -> None:
        self.valley.prune()

    @invariant()
    def nothing_to_complain_of(self) -> None:
        """I10, I14, I15 after each step."""
        assert [line for phone in self.valley.phones for line in phone.complaints] == []

    # The end

    def calm_down(self) -> None:
        """Let everybody push and pull over a good line until nothing moves any more (I13)."""
        for _ in range(3):
            for phone in self.valley.phones:
                phone.push()
                phone.lines_taken = 0
                pages = phone.pull(limit=3)
                assert pages <= phone.lines_taken / 3 + 1, "I13: more pages than rows need"
        assert not any(phone.outbox for phone in self.valley.phones)


class ManyHands(Fieldwork):
    """Two inspectors, a county phone and a desk work on the same three dossiers."""

    @rule(act=st.one_of(ON_PHONES + IN_THE_COUNTY))
    def step(self, act: tuple[str, dict[str, Any]]) -> None:
        getattr(self, act[0])(**act[1])

    @initialize(paths=PATHS)
    def open(self, paths: list[str]) -> None:
        self.paths = paths
        one, two = self.valley.inspector(0), self.valley.inspector(1)
        county = self.valley.county_phone()
        self.desk = self.valley.desk()
        start = {"remark": "a", "lon": 117.1, "openings/a": True, "openings/a/size_m": 3}
        self.sites = [
            self.valley.open_site(one, 0, **start),
            self.valley.open_site(two, 1, remark="b", patrol_class="key", **{"violations/unlicensed": True}),
            self.valley.open_site(county, 0, workers=1, mining_method="open_pit", patrol_class="coal"),
        ]
        self.visits = [one.inspect(self.sites[0], activity="none", opinion="a")]
        for phone in (one, two, county):
            phone.sync()
        self.people = [one.user, two.user]

    # The county at its screen

    def edit_at_desk(self, site: int, edits: list[tuple[int, int]], fresh: bool, secret: bool) -> None:
        site_id = self.site(site)
        path = f"sites/{site_id}"
        if fresh:
            self.desk.look(path)
        fields = self.pick(edits, self.desk.page(path)["body"])
        if secret:
            # A text that only those may be sent who have the dossier now (I14).
            text = f"secret-{self.valley.cell}-{len(self.valley.planted)}"
            self.valley.planted[text] = site_id
            fields = fields | {"licence_no": text, "remark": text}
        self._at_desk(path, lambda: self.desk.edit(path, fields))

    def void_at_desk(self, site: int, fresh: bool) -> None:
        path = f"sites/{self.site(site)}"
        if fresh:
            self.desk.look(path)
        self._at_desk(path, lambda: self.desk.act(path, "void", reason="double"))

    def move_site(self, site: int, town: int) -> None:
        site_id = self.site(site)
        path = f"sites/{site_id}"
        self.desk.look(path)
        if self._at_desk(path, lambda: self.desk.act(path, "move", {"town_code": self.valley.towns[town]})):
            self.valley.homes[site_id] = f"t-{self.valley.towns[town]}"

    def reassign(self, who: int, towns: list[int]) -> None:
        person, path = self.people[who], f"people/{self.people[who]}"
        codes = [self.valley.towns[town] for town in towns]
        self.desk.look(path)
        if self._at_desk(path, lambda: self.desk.act(path, "reassign", {"towns": codes})):
            self.valley.scopes[person] = {f"t-{code}" for code in codes}

    def _at_desk(self, path: str, do: Any) -> bool:
        """Do something on an open page: 412 if and only if the record has changed since (I18)."""
        page, now = self.desk.page(path), self.desk.get(path)
        stale = page["rev"] != now["rev"]
        try:
            refused = is_refused(412, do)
        except Refused as refusal:
            # A record that was voided or settled meanwhile allows less, whatever the revision.
            if refusal.status not in (403, 409):
                raise
            return False
        note(f"desk at {path}: {'refused' if refused else self.desk.pages[path].get('fields')}")
        assert refused <= stale, f"a fresh page of {path} was refused"
        return not refused

    def open_conflict_page(self, which: int) -> None:
        waiting = self._waiting()
        if waiting:
            self.desk.look(f"conflicts/{waiting[which % len(waiting)]['id']}")

    def _waiting(self) -> list[dict[str, Any]]:
        listed = self.desk.get("conflicts?limit=500")["records"]
        return [r for r in listed if r["body"]["status"] != "resolved"]

    def resolve(self, which: int, fresh: bool, choice: int) -> None:
        """Settle a conflict, on a page that may be stale; a candidate that came meanwhile makes it 412."""
        waiting = self._waiting()
        pages = [p for p in self.desk.pages if p.startswith("conflicts/")]
        if fresh and waiting:
            path = f"conflicts/{waiting[which % len(waiting)]['id']}"
            self.desk.look(path)
        elif pages:
            path = pages[which % len(pages)]
        else:
            return
        page = self.desk.page(path)
        if "body" not in page or page["body"]["status"] == "resolved":
            return
        rows = [p.split("/")[1] for p in page["body"] if p.startswith("candidates/") and p.count("/") == 1]
        chosen = ["current", *sorted(rows)][choice % (len(rows) + 1)]
        before = {s: self.desk.get(f"sites/{s}")["rev"] for s in self.sites}
        done = self._at_desk(path, lambda: self.desk.act(path, "resolve", choose=chosen))
        if not done:
            assert before == {s: self.desk.get(f"sites/{s}")["rev"] for s in self.sites}

    # Inspections

    def inspect(self, who: int, site: int) -> None:
        phone = self.phone(who)
        if self._has(phone, self.site(site)) and len(self.visits) < 4:
            self.visits.append(phone.inspect(self.site(site), activity="none"))

    def correct_inspection(self, who: int, which: int, opinion: str) -> None:
        phone, visit = self.phone(who), self.visits[which % len(self.visits)]
        if self._has(phone, visit):
            phone.change(visit, {"opinion": opinion})

    def approve(self, which: int, fresh: bool) -> None:
        path = f"inspections/{self.visits[which % len(self.visits)]}"
        try:
            if fresh:
                self.desk.look(path)
            self._at_desk(path, lambda: self.desk.act(path, "approve"))
        except Refused as refusal:
            if refusal.status != 404:
                raise

    # What else befalls phones and servers

    def void_on_county_phone(self, site: int) -> None:
        phone = next(phone for phone in self.valley.phones if phone.side == "county")
        if phone.base(self.site(site)):
            phone.remove(self.site(site), "double")

    def clone(self, who: int) -> None:
        if len(self.valley.phones) < 5:
            self.valley.watch(self.phone(who).clone())

    def teardown(self) -> None:
        if not self.sites:
            return
        self.calm_down()
        assert Checker(self.valley, self.desk).everything(random.Random(7)) == []


class OneEditor(Fieldwork):
    """One inspector whose line does its worst: he never conflicts with himself (I6)."""

    role: ClassVar[str] = "inspector"
    final: ClassVar[set[str]] = set(VALUES) - {"patrol_class", "lifecycle_status", "town_code"}

    @rule(act=st.one_of(ON_PHONES + act("another_site")))
    def step(self, act: tuple[str, dict[str, Any]]) -> None:
        getattr(self, act[0])(**act[1])

    @initialize(paths=PATHS)
    def open(self, paths: list[str]) -> None:
        self.paths = paths
        self.editor = self.valley.county_phone() if self.role == "reviewer" else self.valley.inspector()
        self.desk = self.valley.desk()
        self.sites = [self.valley.open_site(self.editor, 0, remark="a", lon=117.1)]
        self.wanted: dict[tuple[str, str], Any] = {}

    def another_site(self) -> None:
        if len(self.sites) < 3:
            self.sites.append(self.editor.site(name="x", town_code=self.valley.towns[0], remark="b"))

    def teardown(self) -> None:
        if not self.sites:
            return
        for op in self.editor.issued.values():
            # Who edits a cell of a row stands by the row.
            rows = {p.rpartition("/")[0]: True for p, v in op.given.items() if p.count("/") == 2 and v is not None}
            self.wanted |= {(op.op["id"], path): value for path, value in (rows | op.given).items()}
        self.calm_down()
        checker = Checker(self.valley, self.desk)
        assert checker.everything(random.Random(7)) == []
        assert [r for r in checker.receipts.values() if r["status"] == "conflict"] == []
        open_ones = [r for r in checker.records.values() if r["body"].get("status") == "open"]
        assert open_ones == []
        for (record_id, path), value in self.wanted.items():
            if path in self.final:
                assert checker.records[record_id]["body"].get(path) == value, (record_id, path)


class OneCountyEditor(OneEditor):
    """The same for a county phone, which owns other fields."""

    role = "reviewer"
    final: ClassVar[set[str]] = set(VALUES) - {"mining_method", "workers", "lifecycle_status", "town_code"}


def with_profile(machine: type[RuleBasedStateMachine], share: float = 1) -> Any:
    case = machine.TestCase
    case.settings = settings(PROFILE, max_examples=max(5, int(PROFILE.max_examples * share)))
    return case


TestManyHands = with_profile(ManyHands)
TestOneEditor = with_profile(OneEditor, 0.4)
TestOneCountyEditor = with_profile(OneCountyEditor, 0.3)
