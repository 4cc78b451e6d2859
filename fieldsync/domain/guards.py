"""What must be there before a dossier takes a step (domain.md section 3.1), told as codes of reasons."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from flask import current_app

from fieldsync import db as database
from fieldsync import moments
from fieldsync.errors import Problem
from fieldsync.sync.canonical import canon
from fieldsync.sync.change import Change
from fieldsync.sync.records import Record

SIGNERS = ("filed_by", "supervisor", "responsible")
# What a complete dossier has, and so what is signed; groups stand for all their rows.
COMPLETE = (
    "dossier_track", "name", "site_kind", "mining_method", "town_code", "village", "place_name", "lon", "lat",
    "coord_source", "mineral_code", "violations", "discovery", "found_at", "patrol_class", "patrol_cycle_days",
)  # fmt: skip
SIGNED = frozenset(COMPLETE) - {"patrol_class", "patrol_cycle_days"} | {
    "competent_dept", "openings", "licence_no", "extracted_t", "disturbed_m2",
}  # fmt: skip
# Everything that the guards may find missing.
CODES = (
    "no-verifier", "no-verify-day", "no-located-photo", "dossier-incomplete", "unsigned", "signed-older",
    "no-case", "no-closure-decision", "closure-decision-old", "no-closure", "item-open", "item-na-reason",
    "item-failed", "opening-photos", "rectification-open", "not-failed", "not-accepted", "no-acceptance-date",
    "writeoff-years", "relapse-pending", "not-restored", "integration-open", "no-endorsement", "no-city",
    "city-before-county", "no-licence",
)  # fmt: skip
RESTORED = ("not_required", "accepted", "natural_recovery")

_CHILDREN = (
    "SELECT cell, id, type, n, rev, home, scopes, lent, parent_id, root_id, voided, seq, body, meta"
    " FROM record WHERE cell = :cell AND parent_id = :site AND type = :kind ORDER BY id"
)
_LOCATED = (
    "SELECT 1 FROM inspection AS i JOIN photo AS p ON p.cell = i.cell AND p.parent_id = i.id"
    " WHERE i.cell = :cell AND i.site_id = :site AND i.state NOT IN ('voided', 'withdrawn')"
    " AND p.voided = 0 AND p.lat IS NOT NULL LIMIT 1"
)
# Cases name their sites by markers; where no cases are kept at all, there is none.
_CASE = "SELECT 1 FROM record WHERE cell = :cell AND type = 'case' AND NOT voided AND body LIKE :marker LIMIT 1"

_VERIFIERS = (
    "SELECT DISTINCT p.id, p.name FROM person AS p JOIN tenure AS t ON t.cell = p.cell AND t.person_id = p.id"
    " WHERE p.cell = :cell AND p.active = 1 AND t.until IS NULL AND t.scope IN (:home, :county)"
    " ORDER BY p.name, p.id"
)


@dataclass(frozen=True)
class Gap:
    """One thing that is missing: the code of a reason, and the path that it is about."""

    code: str
    path: str = ""


@dataclass(frozen=True)
class Around:
    """A site with what hangs on it; `fresh` holds records that the present transaction has not written yet."""

    connection: Any
    site: Record
    now: datetime
    fresh: Mapping[str, Record | None] = field(default_factory=dict)
    # What the operation that takes the step brings with it.
    given: Mapping[str, str] = field(default_factory=dict)

    def children(self, kind: str) -> list[Record]:
        """Return the live records of a kind that hang on the site, oldest first."""
        rows = database.rows(self.connection, _CHILDREN, cell=self.site.cell, site=self.site.id, kind=kind)
        found = {row[1]: Record.from_row(row) for row in rows}
        found |= {r.id: r for r in self._fresh(kind) if r.parent_id == self.site.id}
        return [record for record in found.values() if not record.voided]

    def _fresh(self, kind: str) -> Iterator[Record]:
        return (record for record in list(self.fresh.values()) if record is not None and record.type == kind)

    def photo(self, photo_id: str) -> Record | None:
        """Return a live photo that belongs to the site or to something of it, or None."""
        record = self.fresh.get(photo_id) or load(self.connection, self.site.cell, photo_id)
        of_site = record is not None and record.type == "photo" and record.root_id == self.site.root_id
        return record if record is not None and of_site and not record.voided else None

    @cached_property
    def today(self) -> str:
        """The day in China."""
        return moments.day_of(self.now)

    @cached_property
    def closure(self) -> Record | None:
        """The closure of the present round: a relapse begins a new one."""
        rounds = int(self.site.number("relapse_count") or 0)
        mine = [c for c in self.children("closure") if c.get("round") == rounds]
        return mine[-1] if mine else None

    @cached_property
    def rectifications(self) -> list[Record]:
        """What the closure of the present round has to make good."""
        closure = self.closure.id if self.closure else ""
        return [r for r in self.children("rectification") if r.text("closure_id") in ("", closure)]

    def is_located(self) -> bool:
        """Tell whether somebody inspected the site and took a photo whose place is known."""
        site = self.site
        for photo in self._fresh("photo"):
            visit = self.fresh.get(photo.parent_id)
            has_place = photo.number("exif_lat") is not None or photo.number("geo_lat") is not None
            if has_place and not photo.voided and visit is not None and visit.parent_id == site.id:
                return True
        return database.row(self.connection, _LOCATED, cell=site.cell, site=site.id) is not None

    def has_case(self) -> bool:
        """Tell whether a case names the site."""
        marker = f"site_ids/{self.site.id}"
        if any(case.get(marker) is True and not case.voided for case in self._fresh("case")):
            return True
        like = f'%"{marker}":true%'
        return database.row(self.connection, _CASE, cell=self.site.cell, marker=like) is not None

    def signatures(self) -> dict[str, Record]:
        """Return the latest signature of each role."""
        return {s.text("role"): s for s in self.children("dossier_signature")}


def load(connection: Any, cell: str, record_id: str) -> Record | None:
    """Return a record with its place among others, or None."""
    statement = (
        "SELECT cell, id, type, n, rev, home, scopes, lent, parent_id, root_id, voided, seq, body, meta"
        " FROM record WHERE cell = :cell AND id = :id"
    )
    row = database.row(connection, statement, cell=cell, id=record_id)
    return Record.from_row(row) if row else None


def around(change: Change, site: Record) -> Around:
    """Return a site with what hangs on it, as the open transaction has it."""
    journal = change.journal
    return Around(journal.connection, site, journal.now, journal.records, _given(change))


def _given(change: Change) -> dict[str, str]:
    """Return who shall verify by when, as the operation says it, or the request that it grants."""
    told = {path: change.op.set.get(path) or change.record.get(path) for path in ("verifier", "verify_by")}
    return {path: value for path, value in told.items() if type(value) is str}


def signed_content(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a dossier that its signers vouch for."""
    return {path: value for path, value in body.items() if path.partition("/")[0] in SIGNED}


def fingerprint(body: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what is signed of a dossier."""
    return hashlib.sha256(canon(signed_content(body))).hexdigest()


def verifiers(connection: Any, site: Record) -> dict[str, str]:
    """Return the names of those who may verify a site, by id: people of its township and of the county."""
    rows = database.rows(connection, _VERIFIERS, cell=site.cell, home=site.home, county=f"c-{site.cell}")
    return {row[0]: row[1] for row in rows}


def name_verifier(change: Change, site: Record) -> None:
    """Write who verifies a site by when, and beside his id what he is called today."""
    told, known = _given(change), verifiers(change.journal.connection, site)
    if told.get("verifier") in known:
        change.put("verifier", told["verifier"], site)
    if _is_day(told.get("verify_by", "")):
        change.put("verify_by", told["verify_by"], site)
    change.put("verifier_name", known.get(site.text("verifier")), site)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


# The guards


def _named(here: Around) -> Iterator[Gap]:
    verifier, day = (here.given.get(p) or here.site.text(p) for p in ("verifier", "verify_by"))
    if verifier not in verifiers(here.connection, here.site):
        yield Gap("no-verifier", "verifier")
    if not _is_day(day) or day < here.today:
        yield Gap("no-verify-day", "verify_by")


def _located(here: Around) -> Iterator[Gap]:
    if not here.is_located():
        yield Gap("no-located-photo")


def _complete(here: Around) -> Iterator[Gap]:
    groups = {path.partition("/")[0] for path, value in here.site.body.items() if value is not None}
    wanted = list(COMPLETE)
    if here.site.text("dossier_track") == "department":
        wanted.append("competent_dept")
    if here.site.text("site_kind") in ("adit", "shaft"):
        wanted.append("openings")
    yield from (Gap("dossier-incomplete", path) for path in wanted if path not in groups)


def _signed(here: Around) -> Iterator[Gap]:
    signatures, now = here.signatures(), fingerprint(here.site.body)
    for role in SIGNERS:
        if role not in signatures:
            yield Gap("unsigned", role)
        elif signatures[role].text("sha256") != now:
            yield Gap("signed-older", role)


def _case(here: Around) -> Iterator[Gap]:
    if not here.site.text("non_case_handling") and not here.has_case():
        yield Gap("no-case", "non_case_handling")


def _decided(here: Around) -> Iterator[Gap]:
    site = here.site
    yield from (
        Gap("no-closure-decision", path) for path in ("closure_doc_no", "closure_date") if not site.get(path)
    )
    relapsed = site.text("relapsed_at")
    day = moments.day_of(datetime.fromisoformat(relapsed)) if relapsed else ""
    if site.text("closure_date") and site.text("closure_date") < day:
        yield Gap("closure-decision-old", "closure_date")


def _filled(here: Around) -> Iterator[Gap]:
    closure = here.closure
    if closure is None:
        yield Gap("no-closure")
        return
    for code in sorted(closure.rows("items")):
        result = closure.text(f"items/{code}/result")
        if closure.get(f"items/{code}/mandatory") is True and not result:
            yield Gap("item-open", f"items/{code}")
        elif result == "na" and not closure.text(f"items/{code}/remark"):
            yield Gap("item-na-reason", f"items/{code}")


def _photographed(here: Around) -> Iterator[Gap]:
    closure = here.closure
    for row in here.site.rows("openings") if closure else ():
        path = f"openings/{row}"
        if not all(here.photo(closure.text(f"{path}/{side}")) for side in ("before", "after")):  # type: ignore[union-attr]
            yield Gap("opening-photos", path)


def _rectified(here: Around) -> Iterator[Gap]:
    if any(r.text("status") == "open" for r in here.rectifications):
        yield Gap("rectification-open")


def _failed(here: Around) -> Iterator[Gap]:
    if here.closure is None or here.closure.text("conclusion") != "fail":
        yield Gap("not-failed")


def _accepted(here: Around) -> Iterator[Gap]:
    if here.closure is None or here.closure.text("conclusion") != "pass":
        yield Gap("not-accepted")


def _watched(here: Around) -> Iterator[Gap]:
    years, site = int(current_app.config["WRITEOFF_YEARS"]), here.site
    if not site.text("accepted_at"):
        yield Gap("no-acceptance-date", "accepted_at")
    elif years_later(site.text("accepted_at"), years) > here.today:
        yield Gap("writeoff-years", "accepted_at")
    asked = here.children("request")
    if any(r.text("to") == "relapsed" and r.text("status") == "pending" for r in asked):
        yield Gap("relapse-pending")
    if site.text("restoration_status") not in RESTORED:
        yield Gap("not-restored", "restoration_status")
    if site.text("integration_status") in ("proposed", "in_approval"):
        yield Gap("integration-open", "integration_status")


def years_later(day: str, years: int) -> str:
    """Return the same day `years` later; of 29 February the first of March."""
    try:
        then = date.fromisoformat(day)
        return then.replace(year=then.year + years).isoformat()
    except ValueError:
        return f"{int(day[:4]) + years}-03-01" if day[5:] == "02-29" else "9999-12-31"


def _confirmed(here: Around) -> Iterator[Gap]:
    site, endorsed = here.site, here.site.text("writeoff_endorsed_on")
    if not endorsed:
        yield Gap("no-endorsement")
    for path in ("writeoff_city_name", "writeoff_city_on", "writeoff_city_doc_no"):
        if not site.get(path):
            yield Gap("no-city", path)
    if endorsed and site.text("writeoff_city_on") and site.text("writeoff_city_on") < endorsed:
        yield Gap("city-before-county", "writeoff_city_on")


def _integrated(here: Around) -> Iterator[Gap]:
    if here.site.text("integration_status") != "approved":
        yield Gap("integration-open", "integration_status")


def _licensed(here: Around) -> Iterator[Gap]:
    if not here.site.text("licence_no"):
        yield Gap("no-licence", "licence_no")


Guard = Callable[[Around], Iterable[Gap]]
# What each step asks for; steps that are not here ask for nothing.
GUARDS: dict[tuple[str, str], tuple[Guard, ...]] = {
    ("lead", "verifying"): (_named,),
    ("dismissed", "verifying"): (_named,),
    ("verifying", "confirmed"): (_located,),
    ("verifying", "dismissed"): (_located,),
    ("confirmed", "registered"): (_complete, _signed),
    ("registered", "handling"): (_case,),
    ("handling", "closing"): (_decided,),
    ("handling", "suspended"): (_licensed,),
    ("handling", "integrated"): (_integrated,),
    ("suspended", "resumed"): (_rectified,),
    ("closing", "closed_pending"): (_filled, _photographed),
    ("rectifying", "closed_pending"): (_rectified, _filled, _photographed),
    ("closed_pending", "accepted"): (_accepted,),
    ("closed_pending", "rectifying"): (_failed,),
    ("monitoring", "writeoff_requested"): (_watched,),
    ("writeoff_requested", "written_off"): (_confirmed,),
}


def gaps(here: Around, to: str) -> list[Gap]:
    """Return what is missing before the site may enter the status `to`."""
    guards = GUARDS.get((here.site.text("lifecycle_status"), to), ())
    return [gap for guard in guards for gap in guard(here)]


def acceptance_gaps(here: Around) -> list[Gap]:
    """Return what keeps a closure from being accepted, its team apart."""
    found = [*_filled(here), *_photographed(here)]
    closure = here.closure
    if closure is not None:
        failed = (c for c in closure.rows("items") if closure.text(f"items/{c}/result") == "fail")
        found += [Gap("item-failed", f"items/{code}") for code in sorted(failed)]
    if any(r.text("status") != "closed" for r in here.rectifications):
        found.append(Gap("rectification-open"))
    return found


def refusal(found: list[Gap]) -> Problem:
    """Return the problem that says everything that is missing."""
    codes = list(dict.fromkeys(gap.code for gap in found))
    paths = [gap.path for gap in found if gap.path]
    return Problem("wrong-state", codes[0], **({"also": codes[1:]} if codes[1:] else {}), paths=paths)


def check(change: Change, site: Record, to: str) -> list[Gap]:
    """Return what an override passes over; raise the refusal where there are gaps and none is given."""
    found = gaps(around(change, site), to)
    if found and change.op.set.get("override") is not True:
        raise refusal(found)
    if found:
        if change.side != "county":
            raise Problem("not-allowed", "override")
        change.reason()
    return found


def note(change: Change, site: Record, to: str, found: list[Gap]) -> None:
    """Keep an override for ever: who passed over what, why, and on which revision."""
    if not found:
        return
    row = f"overrides/{change.op.op}"
    told = {
        row: True, f"{row}/to": to, f"{row}/reason": change.reason(), f"{row}/by": change.standing.user,
        f"{row}/at": change.journal.received_at, f"{row}/revision": site.rev,
        f"{row}/missing": " ".join(dict.fromkeys(gap.code for gap in found)),
    }  # fmt: skip
    for path, value in told.items():
        change.put(path, value, site)
