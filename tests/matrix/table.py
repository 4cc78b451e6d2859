"""Who may what, declared: nothing here is read from the code under test, and docs/security.md is made of it.

Columns are the roles, in the order of ROLES. A letter says where the role may do it, or read it:

    t   in his own townships          o   only what is his own
    c   in his own county             e   everywhere: it is everybody's
    -   nowhere
"""

import re
from dataclasses import dataclass

ROLES = ("inspector", "manager", "reviewer", "leader", "department", "admin")
TOWNSHIP, COUNTY = ROLES[:2], ROLES[2:]

# Who reads records of a noun: lists, single records, histories, the feed.
READS = """
                      inspector manager reviewer leader department admin
site                          t       t        c      c          c     c
inspection                    t       t        c      c          c     c
photo                         t       t        c      c          c     c
request                       t       t        c      c          c     c
conflict                      t       t        c      c          c     c
closure                       t       t        c      c          c     c
rectification                 t       t        c      c          c     c
dossier_signature             t       t        c      c          c     c
patrol_plan                   t       t        c      c          c     c
patrol_task                   t       t        c      c          c     c
patrol_track                  t       t        c      c          c     c
receipt                       o       o        c      c          c     c
person                        o       o        c      c          c     c
device                        -       -        c      c          c     c
party                         -       -        c      c          c     c
case                          -       -        c      c          c     c
person_measure                -       -        c      c          c     c
damage_appraisal              -       -        c      c          c     c
trade_incident                -       -        c      c          c     c
period_report                 -       -        c      c          c     c
checklist                     -       -        c      c          c     c
key_area                      -       -        c      c          c     c
key_mineral                   -       -        c      c          c     c
campaign                      -       -        c      c          c     c
webhook                       -       -        c      c          c     c
division                      e       e        e      e          e     e
form                          e       e        e      e          e     e
"""

# Who may do an action; `phone` marks what a phone may send. An action that nobody may do is the server's own.
DOES = """
                                inspector manager reviewer leader department admin
site.create                             t       t        c      -          -     c  phone
site.edit                               t       t        c      -          -     c  phone
site.void                               -       -        c      -          -     c  phone
site.move                               -       -        c      -          -     c
site.transit                            -       -        c      -          -     c
site.endorse                            -       -        c      -          -     c
site.merge                              -       -        c      -          -     c
dossier_signature.sign                  t       t        c      c          -     c  phone
dossier_signature.void                  -       -        c      -          -     c
closure.create                          t       t        c      -          -     c  phone
closure.edit                            t       t        c      -          -     c  phone
closure.conclude                        -       -        c      -          -     c
closure.void                            -       -        c      -          -     c
rectification.create                    -       -        c      -          -     c
rectification.edit                      t       t        c      -          -     c  phone
rectification.recheck                   -       -        c      -          -     c
rectification.void                      -       -        c      -          -     c
checklist.publish                       -       -        c      -          -     c
key_area.create                         -       -        c      -          -     c
key_area.edit                           -       -        c      -          -     c
key_area.void                           -       -        c      -          -     c
key_mineral.create                      -       -        c      -          -     c
key_mineral.edit                        -       -        c      -          -     c
key_mineral.void                        -       -        c      -          -     c
campaign.create                         -       -        c      -          -     c
campaign.edit                           -       -        c      -          -     c
campaign.void                           -       -        c      -          -     c
patrol_plan.create                      -       t        c      -          -     c  phone
patrol_plan.edit                        -       t        c      -          -     c  phone
patrol_plan.activate                    -       t        c      -          -     c
patrol_plan.finish                      -       t        c      -          -     c
patrol_plan.generate                    -       t        c      -          -     c
patrol_plan.after_rain                  -       t        c      -          -     c
patrol_task.create                      -       t        c      -          -     c  phone
patrol_task.edit                        t       t        c      -          -     c  phone
patrol_task.take                        t       t        -      -          -     -  phone
patrol_task.finish                      t       t        -      -          -     -  phone
patrol_task.explain                     t       t        -      -          -     -  phone
patrol_task.decide                      -       -        c      -          -     c
patrol_task.cancel                      -       t        c      -          -     c
patrol_track.begin                      t       t        -      -          -     -  phone
patrol_track.edit                       o       o        -      -          -     -  phone
patrol_track.end                        o       o        -      -          -     -  phone
patrol_track.view                       o       t        c      -          -     c
patrol_track.arrive                     -       -        -      -          -     -
patrol_track.erase                      -       -        -      -          -     -
inspection.submit                       t       t        c      -          -     c  phone
inspection.edit                         t       t        c      -          -     c  phone
inspection.withdraw                     o       o        o      -          -     o  phone
inspection.resubmit                     o       o        o      -          -     o  phone
inspection.begin_review                 -       -        c      -          -     c
inspection.release                      -       -        c      -          -     c
inspection.take_over                    -       -        c      -          -     c
inspection.correct                      -       -        c      -          -     c
inspection.reopen                       -       -        c      -          -     c
inspection.approve                      -       -        c      -          -     c
inspection.return                       -       -        c      -          -     c
inspection.void                         -       -        c      -          -     c  phone
inspection.archive                      -       -        -      -          -     -
photo.add                               t       t        c      -          -     c  phone
photo.edit                              t       t        c      -          -     c  phone
photo.drop                              o       o        o      -          -     o  phone
photo.view                              t       t        c      c          c     c
photo.arrive                            -       -        -      -          -     -
request.make                            t       t        c      -          -     c  phone
request.grant                           -       -        c      -          -     c
request.refuse                          -       -        c      -          -     c
conflict.resolve                        -       t        c      -          -     c  phone
receipt.admit                           -       -        c      -          -     c
receipt.force                           -       -        c      -          -     c
receipt.close                           -       -        c      -          -     c
receipt.learn                           -       -        -      -          -     -
party.create                            -       -        c      -          -     c
party.edit                              -       -        c      -          -     c
party.void                              -       -        c      -          -     c
case.create                             -       -        c      -          -     c
case.edit                               -       -        c      -          -     c
case.void                               -       -        c      -          -     c
person_measure.create                   -       -        c      -          -     c
person_measure.edit                     -       -        c      -          -     c
person_measure.void                     -       -        c      -          -     c
damage_appraisal.create                 -       -        c      -          -     c
damage_appraisal.edit                   -       -        c      -          -     c
damage_appraisal.void                   -       -        c      -          -     c
trade_incident.create                   -       -        c      -          -     c
trade_incident.edit                     -       -        c      -          -     c
trade_incident.void                     -       -        c      -          -     c
period_report.freeze                    -       -        -      -          -     -
period_report.supersede                 -       -        c      -          -     c
person.create                           -       -        -      -          -     c
person.edit                             -       -        -      -          -     c
person.reassign                         -       -        -      -          -     c
person.hand_over                        -       -        -      -          -     c
person.import                           -       -        -      -          -     c
person.deactivate                       -       -        -      -          -     c
webhook.create                          -       -        -      -          -     c
webhook.edit                            -       -        -      -          -     c
webhook.void                            -       -        -      -          -     c
device.enrol                            -       -        -      -          -     -
device.edit                             -       -        -      -          -     c
device.revoke                           -       -        -      -          -     c
division.load                           -       -        -      -          -     -
form.publish                            -       -        -      -          -     -
"""

# Classes of the routes below: who is let in at all. What he does there is asked again, action by action.
CLASSES = """
                      inspector manager reviewer leader department admin
anybody                       e       e        e      e          e     e
signed-in                     e       e        e      e          e     e
county                        -       -        c      c          c     c
managers                      -       t        c      c          c     c
desk                          -       -        c      -          -     c
admin                         -       -        -      -          -     c
"""

# Every route that is no plain list, record, history or action of a noun. Behind the class: the noun that it
# reads, or the action that it does; `-` where it is about no record. `anybody` needs no session.
ROUTES = """
GET     /                                             anybody    -
GET     /static/<filename>                            anybody    -
GET     /phone                                        anybody    -
GET     /phone.html                                   anybody    -
GET     /phone/catalogue.json                         anybody    -
GET     /sw.js                                        anybody    -
GET     /healthz                                      anybody    -
GET     /readyz                                       anybody    -
GET     /metrics                                      anybody    -
GET     /trust                                        anybody    -
GET     /trust/fieldsync-ca.crt                       anybody    -
GET     /api/docs                                     anybody    -
GET     /api/v1/openapi.json                          anybody    -
POST    /api/v1/session                               anybody    -
GET     /api/v1/session                               signed-in  -
DELETE  /api/v1/session                               signed-in  -
POST    /api/v1/devices/enrol                         anybody    -
POST    /api/v1/people/<person_id>/enrolment          admin      person.edit
POST    /api/v1/people/<person_id>/enrolment.svg      admin      person.edit
PUT     /api/v1/people/<person_id>/password           admin      person.edit
GET     /api/v1/forms/<record_id>/workbook            signed-in  form
POST    /api/v1/forms/upload                          admin      -
GET     /api/v1/held                                  signed-in  -
POST    /api/v1/held/<op>/<verb>                      desk       receipt.close
GET     /api/v1/map_packs                             signed-in  -
GET     /api/v1/map_packs/<name>                      signed-in  pack
GET     /api/v1/photos/<photo_id>/original            signed-in  photo.view
GET     /api/v1/photos/<photo_id>/preview             signed-in  photo.view
GET     /api/v1/patrol_tracks/<record_id>/points      signed-in  patrol_track.view
GET     /api/v1/reports/<table>                       county     table
GET     /api/v1/reports/<table>/records               county     table
POST    /api/v1/reports/<table>/freeze                desk       table
GET     /api/v1/reports/frozen/<report_id>            county     period_report
POST    /api/v1/sync/push                             signed-in  -
GET     /api/v1/sync/pull                             signed-in  -
GET     /api/v1/sync/receipts                         signed-in  -
GET     /api/v1/sync/verify                           signed-in  -
OPTIONS /api/v1/uploads                               anybody    -
POST    /api/v1/uploads                               signed-in  -
HEAD    /api/v1/uploads/<upload_id>                   signed-in  upload
PATCH   /api/v1/uploads/<upload_id>                   signed-in  upload
DELETE  /api/v1/uploads/<upload_id>                   signed-in  upload
POST    /api/v1/uploads/<upload_id>                   signed-in  upload
GET     /console/                                     managers   -
GET     /console/sign-in                              anybody    -
POST    /console/sign-in                              anybody    -
POST    /console/sign-out                             signed-in  -
GET     /console/elsewhere                            signed-in  -
GET     /console/language/<language>                  anybody    -
GET     /console/inspections                          county     -
POST    /console/inspections                          county     inspection.approve
GET     /console/inspections/<inspection_id>          county     inspection
GET     /console/inspections/<inspection_id>/sheet    county     inspection
POST    /console/inspections/<inspection_id>          county     inspection.begin_review
GET     /console/conflicts                            county     -
GET     /console/conflicts/<conflict_id>              county     conflict
POST    /console/conflicts/<conflict_id>              county     conflict.resolve
GET     /console/conflicts/of/<record_id>             county     conflicted
POST    /console/conflicts/of/<record_id>             county     conflict.resolve
GET     /console/held                                 county     -
GET     /console/held/<op>                            county     held
POST    /console/held/<op>                            county     receipt.close
GET     /console/held/import                          admin      -
POST    /console/held/import                          admin      -
GET     /console/requests                             county     -
POST    /console/requests/<request_id>                county     request.refuse
GET     /console/out                                  county     -
GET     /console/overview                             county     -
GET     /console/watch/duplicates                     county     -
GET     /console/watch/relapses                       county     -
GET     /console/watch/stale                          county     -
GET     /console/sites                                county     -
GET     /console/sites/export.<form>                  county     format
GET     /console/sites/<site_id>                      county     site
POST    /console/sites/<site_id>                      county     site.transit
GET     /console/sites/<site_id>/at                   county     site
GET     /console/sites/<site_id>/history              county     site
GET     /console/sites/<site_id>/dossier.docx         county     site
GET     /console/sites/<site_id>/originals.zip        county     site
GET     /console/photos/<photo_id>/original           county     photo.view
GET     /console/photos/<photo_id>/preview            county     photo.view
GET     /console/imports                              desk       -
POST    /console/imports                              desk       -
GET     /console/imports/<sha256>                     desk       list
POST    /console/imports/<sha256>                     desk       list
GET     /console/pictures                             desk       -
POST    /console/pictures                             desk       -
POST    /console/pictures/decide                      desk       -
GET     /console/closures                             county     -
POST    /console/closures                             county     closure.create
GET     /console/closures/faults                      county     -
GET     /console/closures/<closure_id>                county     closure
POST    /console/closures/<closure_id>                county     closure.edit
GET     /console/rectifications                       county     -
POST    /console/rectifications                       county     rectification.create
POST    /console/rectifications/<rectification_id>    county     rectification.edit
GET     /console/checklists                           county     -
POST    /console/checklists                           county     checklist.publish
GET     /console/key_areas                            county     -
POST    /console/key_areas                            county     key_area.create
POST    /console/key_areas/<kind>/<record_id>         county     key_area.edit
GET     /console/campaigns                            county     -
POST    /console/campaigns                            county     campaign.create
GET     /console/campaigns/<campaign_id>              county     campaign
POST    /console/campaigns/<campaign_id>              county     campaign.edit
GET     /console/cases                                county     -
GET     /console/cases/new                            county     -
POST    /console/cases/new                            county     case.create
GET     /console/cases/<record_id>                    county     case
POST    /console/cases/<record_id>                    county     case.edit
GET     /console/cases/others                         county     -
GET     /console/cases/add/<noun>                     county     -
POST    /console/cases/add/<noun>                     county     person_measure.create
GET     /console/cases/records/<noun>/<record_id>     county     person_measure
POST    /console/cases/records/<noun>/<record_id>     county     person_measure.edit
GET     /console/reports                              county     -
POST    /console/reports                              desk       -
GET     /console/reports/<table>.<format_>            county     format
GET     /console/reports/<table>/records              county     table
GET     /console/reports/frozen/<report_id>           county     period_report
POST    /console/reports/frozen/<report_id>           county     period_report.supersede
GET     /console/pictures/<sha256>.jpg                desk       picture
GET     /console/notices                              signed-in  -
POST    /console/notices                              signed-in  -
GET     /console/notices/<noun>/<record_id>           signed-in  case
GET     /console/webhooks                             admin      -
POST    /console/webhooks                             admin      webhook.create
GET     /console/webhooks/<webhook_id>                admin      webhook
POST    /console/webhooks/<webhook_id>                admin      webhook.edit
GET     /console/people                               admin      -
POST    /console/people                               admin      person.create
GET     /console/people/<person_id>                   admin      person
POST    /console/people/<person_id>                   admin      person.edit
POST    /console/people/<person_id>/code              admin      person.edit
POST    /console/people/<person_id>/password          admin      person.edit
POST    /console/people/devices/<device_id>           admin      device.revoke
GET     /console/dossier_signatures                   managers   -
GET     /console/dossier_signatures/<site_id>         managers   site
POST    /console/dossier_signatures/<site_id>         managers   dossier_signature.sign
GET     /console/patrol_plans                         managers   -
POST    /console/patrol_plans                         managers   patrol_plan.create
GET     /console/patrol_plans/<plan_id>               managers   patrol_plan
POST    /console/patrol_plans/<plan_id>               managers   patrol_plan.edit
GET     /console/patrol_tasks                         managers   -
POST    /console/patrol_tasks                         managers   patrol_task.edit
GET     /console/patrol_tasks/<task_id>               managers   patrol_task
POST    /console/patrol_tasks/<task_id>               managers   patrol_task.cancel
GET     /console/patrol_tasks/on/<day>                managers   day
GET     /console/patrol_tasks/missed                  managers   -
GET     /console/patrol_tasks/handover                managers   -
POST    /console/patrol_tasks/handover                managers   patrol_task.edit
GET     /console/ledger                               managers   -
GET     /console/ledger/statement                     managers   -
GET     /console/ledger/statement.<kind>              managers   format
GET     /console/ledger/visits                        managers   -
"""


@dataclass(frozen=True)
class Row:
    """One line: a letter for each role, and whether phones may send it."""

    letters: dict[str, str]
    phone: bool = False


@dataclass(frozen=True)
class Route:
    """One route: who is let in, and what it reads or does there."""

    method: str
    path: str
    who: str
    what: str


def parsed(text: str) -> dict[str, Row]:
    """Return the rows of a table by name."""
    rows: dict[str, Row] = {}
    head, *lines = text.strip("\n").splitlines()
    assert tuple(head.split()) == ROLES
    for line in lines:
        name, *cells = line.split()
        letters, more = cells[: len(ROLES)], cells[len(ROLES) :]
        assert name not in rows, f"{name} stands twice"
        assert set(letters) <= set("tcoe-"), line
        assert more in ([], ["phone"]), line
        rows[name] = Row(dict(zip(ROLES, letters, strict=True)), bool(more))
    return rows


def routes(text: str = ROUTES) -> dict[tuple[str, str], Route]:
    """Return the routes by method and path."""
    rows = [Route(*line.split()) for line in text.strip().splitlines()]
    found = {(row.method, row.path): row for row in rows}
    assert len(found) == len(rows), "a route stands twice"
    return found


def bare(rule: str) -> str:
    """Return the path of a rule of the application without the kinds of its arguments."""
    return re.sub(r"<(?:[^:<>]*:)?([a-z_0-9]+)>", r"<\1>", rule)
