"""Who may do what: every `noun.verb` with its rule, its roles and its doors, on one screen.

`phone`: a phone may send it (else only the desk or the server itself); `strict`: only on the revision
that was on the screen; `creates`: makes the record where there is none. What is not here is denied.
"""

from fieldsync.domain import (
    campaigns,
    cases,
    checklists,
    closures,
    conflicts,
    damage_appraisals,
    devices,
    divisions,
    dossier_signatures,
    forms,
    inspections,
    key_areas,
    key_minerals,
    parties,
    patrol_plans,
    patrol_tasks,
    patrol_tracks,
    people,
    period_reports,
    person_measures,
    photos,
    receipts,
    rectifications,
    requests,
    risks,
    rounds,
    site_states,
    sites,
    trade_incidents,
    visits,
)  # fmt: skip
from fieldsync.sync.nouns import ROLES, Action, Reckoning, Registry

INSPECTOR = frozenset({"inspector", "manager"})
MANAGER = frozenset({"manager"})
LEADER = frozenset({"leader"})
REVIEWER = frozenset({"reviewer", "admin"})
ADMIN = frozenset({"admin"})
SUPERIOR = frozenset({"superior"})
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
    Action("site.endorse", sites.endorse, REVIEWER, phone=False, strict=True),
    Action("site.merge", sites.merge, REVIEWER, phone=False, strict=True),
    Action("dossier_signature.sign", dossier_signatures.sign, FIELD | LEADER, creates=True),
    Action("dossier_signature.void", dossier_signatures.void, REVIEWER, phone=False),
    Action("closure.create", closures.create, FIELD, creates=True),
    Action("closure.edit", closures.edit, FIELD),
    Action("closure.conclude", closures.conclude, REVIEWER, phone=False, strict=True),
    Action("closure.void", closures.void, REVIEWER, phone=False),
    Action("rectification.create", rectifications.create, REVIEWER, phone=False, creates=True),
    Action("rectification.edit", rectifications.edit, FIELD),
    Action("rectification.recheck", rectifications.recheck, REVIEWER, phone=False, strict=True),
    Action("rectification.void", rectifications.void, REVIEWER, phone=False),
    Action("checklist.publish", checklists.publish, REVIEWER, phone=False, creates=True),
    Action("key_area.create", key_areas.create, REVIEWER, phone=False, creates=True),
    Action("key_area.edit", key_areas.edit, REVIEWER, phone=False),
    Action("key_area.void", key_areas.void, REVIEWER, phone=False),
    Action("key_mineral.create", key_minerals.create, REVIEWER, phone=False, creates=True),
    Action("key_mineral.edit", key_minerals.edit, REVIEWER, phone=False),
    Action("key_mineral.void", key_minerals.void, REVIEWER, phone=False),
    Action("campaign.create", campaigns.create, REVIEWER, phone=False, creates=True),
    Action("campaign.edit", campaigns.edit, REVIEWER, phone=False),
    Action("campaign.void", campaigns.void, REVIEWER, phone=False),
    Action("patrol_plan.create", patrol_plans.create, MANAGER | REVIEWER, creates=True),
    Action("patrol_plan.edit", patrol_plans.edit, MANAGER | REVIEWER),
    Action("patrol_plan.activate", patrol_plans.activate, MANAGER | REVIEWER, phone=False, strict=True),
    Action("patrol_plan.finish", patrol_plans.finish, MANAGER | REVIEWER, phone=False, strict=True),
    Action("patrol_plan.generate", patrol_plans.generate, MANAGER | REVIEWER, phone=False, strict=True),
    Action("patrol_plan.after_rain", patrol_plans.after_rain, MANAGER | REVIEWER, phone=False, strict=True),
    Action("patrol_task.create", patrol_tasks.create, MANAGER | REVIEWER, creates=True),
    Action("patrol_task.edit", patrol_tasks.edit, FIELD),
    Action("patrol_task.take", patrol_tasks.take, INSPECTOR),
    Action("patrol_task.finish", patrol_tasks.finish, INSPECTOR),
    Action("patrol_task.explain", patrol_tasks.explain, INSPECTOR, strict=True),
    Action("patrol_task.decide", patrol_tasks.decide, REVIEWER, phone=False, strict=True),
    Action("patrol_task.cancel", patrol_tasks.cancel, MANAGER | REVIEWER, phone=False, strict=True),
    Action("patrol_track.begin", patrol_tracks.begin, INSPECTOR, creates=True),
    Action("patrol_track.edit", patrol_tracks.edit, INSPECTOR),
    Action("patrol_track.end", patrol_tracks.end, INSPECTOR),
    Action("patrol_track.view", patrol_tracks.view, INSPECTOR | REVIEWER, phone=False),
    Action("patrol_track.arrive", patrol_tracks.arrive, SERVER, phone=False),
    Action("patrol_track.erase", patrol_tracks.erase, SERVER, phone=False),
    Action("inspection.submit", inspections.submit, FIELD, creates=True),
    Action("inspection.edit", inspections.edit, FIELD),
    Action("inspection.withdraw", inspections.withdraw, FIELD),
    Action("inspection.resubmit", inspections.resubmit, FIELD),
    Action("inspection.begin_review", inspections.begin_review, REVIEWER, phone=False, strict=True),
    Action("inspection.release", inspections.release, REVIEWER, phone=False, strict=True),
    Action("inspection.take_over", inspections.take_over, REVIEWER, phone=False, strict=True),
    Action("inspection.correct", inspections.correct, REVIEWER, phone=False, strict=True),
    Action("inspection.reopen", inspections.reopen, REVIEWER, phone=False, strict=True),
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
    Action("case.create", cases.create, REVIEWER, phone=False, creates=True),
    Action("case.edit", cases.edit, REVIEWER, phone=False),
    Action("case.void", cases.void, REVIEWER, phone=False),
    Action("person_measure.create", person_measures.create, REVIEWER, phone=False, creates=True),
    Action("person_measure.edit", person_measures.edit, REVIEWER, phone=False),
    Action("person_measure.void", person_measures.void, REVIEWER, phone=False),
    Action("damage_appraisal.create", damage_appraisals.create, REVIEWER, phone=False, creates=True),
    Action("damage_appraisal.edit", damage_appraisals.edit, REVIEWER, phone=False),
    Action("damage_appraisal.void", damage_appraisals.void, REVIEWER, phone=False),
    Action("trade_incident.create", trade_incidents.create, REVIEWER, phone=False, creates=True),
    Action("trade_incident.edit", trade_incidents.edit, REVIEWER, phone=False),
    Action("trade_incident.void", trade_incidents.void, REVIEWER, phone=False),
    Action("period_report.freeze", period_reports.freeze, SERVER, phone=False, creates=True),
    Action("period_report.supersede", period_reports.supersede, REVIEWER | SUPERIOR, phone=False, strict=True),
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
    dossier_signatures.NOUN, closures.NOUN, rectifications.NOUN, checklists.NOUN, key_areas.NOUN,
    key_minerals.NOUN, campaigns.NOUN,
    sites.NOUN, patrol_plans.NOUN, patrol_tasks.NOUN, patrol_tracks.NOUN, inspections.NOUN, photos.NOUN,
    requests.NOUN, conflicts.NOUN, receipts.NOUN, parties.NOUN, people.NOUN, devices.NOUN, divisions.NOUN,
    forms.NOUN,
    cases.NOUN, person_measures.NOUN, damage_appraisals.NOUN, trade_incidents.NOUN, period_reports.NOUN,
)  # fmt: skip

# What is reckoned from records of several nouns, in this order.
RECKONINGS = (
    Reckoning((rounds.PATROL_SITES, rounds.STOPS, rounds.ASSIGNMENTS), rounds.fill),
    Reckoning((visits.TABLE, visits.PASSAGES), visits.fill),
    # Behind the visits: how far somebody was from the site is reckoned there.
    Reckoning((risks.TABLE,), risks.fill),
    Reckoning((site_states.TABLE,), site_states.fill),
)

REGISTRY = Registry({noun.name: noun for noun in NOUNS}, {action.name: action for action in ACTIONS}, RECKONINGS)
