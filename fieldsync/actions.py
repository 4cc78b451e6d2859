"""Who may do what: every `noun.verb` with its rule, its roles and its doors, on one screen.

`phone`: a phone may send it (else only the desk or the server itself); `strict`: only on the revision
that was on the screen; `creates`: makes the record where there is none. What is not here is denied.
"""

from fieldsync.domain import (
    conflicts,
    devices,
    divisions,
    forms,
    inspections,
    parties,
    patrol_tasks,
    patrol_tracks,
    people,
    photos,
    receipts,
    requests,
    sites,
)  # fmt: skip
from fieldsync.sync.nouns import ROLES, Action, Registry

INSPECTOR = frozenset({"inspector", "manager"})
MANAGER = frozenset({"manager"})
REVIEWER = frozenset({"reviewer", "admin"})
ADMIN = frozenset({"admin"})
FIELD = INSPECTOR | REVIEWER
EVERYBODY = ROLES
# The server's own operations: no role holds them.
SERVER: frozenset[str] = frozenset()

ACTIONS = (
    # name, rule, who, phone, strict, creates
    Action("site.create", sites.create, FIELD, creates=True),
    Action("site.edit", sites.edit, FIELD),
    Action("site.void", sites.void, REVIEWER),
    Action("site.move", sites.move, REVIEWER, phone=False, strict=True),
    Action("site.transit", sites.transit, REVIEWER, phone=False, strict=True),
    Action("patrol_task.create", patrol_tasks.create, MANAGER | REVIEWER, creates=True),
    Action("patrol_task.edit", patrol_tasks.edit, FIELD),
    Action("patrol_task.take", patrol_tasks.take, INSPECTOR),
    Action("patrol_task.finish", patrol_tasks.finish, INSPECTOR),
    Action("patrol_task.decide", patrol_tasks.decide, REVIEWER, phone=False, strict=True),
    Action("patrol_task.cancel", patrol_tasks.cancel, MANAGER | REVIEWER, phone=False, strict=True),
    Action("patrol_track.begin", patrol_tracks.begin, INSPECTOR, creates=True),
    Action("patrol_track.edit", patrol_tracks.edit, INSPECTOR),
    Action("patrol_track.end", patrol_tracks.end, INSPECTOR),
    Action("patrol_track.view", patrol_tracks.view, INSPECTOR | REVIEWER, phone=False),
    Action("patrol_track.erase", patrol_tracks.erase, SERVER, phone=False),
    Action("inspection.submit", inspections.submit, FIELD, creates=True),
    Action("inspection.edit", inspections.edit, FIELD),
    Action("inspection.withdraw", inspections.withdraw, FIELD),
    Action("inspection.resubmit", inspections.resubmit, FIELD),
    Action("inspection.begin_review", inspections.begin_review, REVIEWER, phone=False, strict=True),
    Action("inspection.approve", inspections.approve, REVIEWER, phone=False, strict=True),
    Action("inspection.return", inspections.send_back, REVIEWER, phone=False, strict=True),
    Action("inspection.void", inspections.void, REVIEWER),
    Action("inspection.archive", inspections.archive, SERVER, phone=False),
    Action("photo.add", photos.add, FIELD, creates=True),
    Action("photo.edit", photos.edit, FIELD),
    Action("photo.drop", photos.drop, FIELD),
    Action("photo.view", photos.view, EVERYBODY, phone=False),
    Action("photo.arrive", photos.arrived, SERVER, phone=False),
    Action("request.make", requests.make, FIELD, creates=True),
    Action("request.grant", requests.grant, REVIEWER, phone=False, strict=True),
    Action("request.refuse", requests.refuse, REVIEWER, phone=False, strict=True),
    Action("conflict.resolve", conflicts.resolve, MANAGER | REVIEWER, strict=True),
    Action("receipt.admit", receipts.admit, REVIEWER, phone=False),
    Action("receipt.force", receipts.force, REVIEWER, phone=False),
    Action("receipt.close", receipts.close, REVIEWER, phone=False),
    Action("receipt.learn", receipts.learn, SERVER, phone=False),
    Action("party.create", parties.create, REVIEWER, phone=False, creates=True),
    Action("party.edit", parties.edit, REVIEWER, phone=False),
    Action("party.void", parties.void, REVIEWER, phone=False),
    Action("person.create", people.create, ADMIN, phone=False, creates=True),
    Action("person.edit", people.edit, ADMIN, phone=False),
    Action("person.reassign", people.reassign, ADMIN, phone=False, strict=True),
    Action("person.import", people.bring_in, ADMIN, phone=False),
    Action("person.deactivate", people.deactivate, ADMIN, phone=False, strict=True),
    Action("device.enrol", devices.enrol, SERVER, phone=False, creates=True),
    Action("device.edit", devices.edit, ADMIN, phone=False),
    Action("device.revoke", devices.revoke, ADMIN, phone=False, strict=True),
    Action("division.load", divisions.load, SERVER, phone=False, creates=True),
    Action("form.publish", forms.publish, SERVER, phone=False, creates=True),
)

NOUNS = (
    sites.NOUN, patrol_tasks.NOUN, patrol_tracks.NOUN, inspections.NOUN, photos.NOUN, requests.NOUN,
    conflicts.NOUN, receipts.NOUN, parties.NOUN, people.NOUN, devices.NOUN, divisions.NOUN, forms.NOUN,
)  # fmt: skip

REGISTRY = Registry({noun.name: noun for noun in NOUNS}, {action.name: action for action in ACTIONS})
