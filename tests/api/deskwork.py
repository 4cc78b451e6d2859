"""How each action on closures, the county's own lists and its books is tried."""

from datetime import date, timedelta

from county import T1, Screen

# From the handling of a site to the write-off that is asked for.
TO_WRITEOFF = ("closing", "closed_pending", "accepted", "monitoring", "writeoff_requested")

# What a record of the county's own books is made of.
BOOKS = {
    "case": ("cases", {"cause": "x", "body": "x", "act_county_code": "350899"}),
    "person_measure": ("person_measures", {"name": "x", "type": "fine"}),
    "damage_appraisal": ("damage_appraisals", {"no": "x", "issuer": "x"}),
    "trade_incident": ("trade_incidents", {"title": "x", "act_county_code": "350899"}),
}


def closing_moves(stage, actor: Screen) -> dict:
    """Return how to try each action on dossiers' signatures, closures and what the county keeps with them."""

    def sign():
        site = stage.site()
        role = "responsible" if actor is stage.people["leader"] else "filed_by"
        given = {"role": role, "revision": stage.reviewer.get(f"sites/{site}")["rev"]}
        return "POST", "dossier_signatures", {"set": given, "parent": {"id": site}}

    def post(noun: str, fields: dict, site: str = ""):
        return "POST", noun, {"set": fields} | ({"parent": {"id": site}} if site else {})

    item = {"items/A01": True, "items/A01/label_zh": "x"}
    area = {"level": "township", "code": T1, "name": "x", "valid_from": "2026-01-01"}
    mineral = {"mineral_code": "coal", "valid_from": "2026-01-01"}
    moves = {
        "site.endorse": lambda: (
            "POST", f"sites/{stage.brought(*TO_WRITEOFF)}/endorse", {},
        ),
        "site.merge": lambda: (
            "POST", f"sites/{stage.site()}/merge", {"set": {"into": stage.site()}, "reason": "x"},
        ),
        "dossier_signature.sign": sign,
        "dossier_signature.void": lambda: (
            "POST", f"dossier_signatures/{stage.signature()}/void", {"reason": "x"},
        ),
        "closure.create": lambda: post("closures", {}, stage.handled()),
        "closure.edit": lambda: ("PATCH", f"closures/{stage.closure()}", {"set": {"executed_by": "x"}}),
        "closure.conclude": lambda: (
            "POST", f"closures/{stage.closure()}/conclude", {"set": {"conclusion": "fail"}},
        ),
        "closure.void": lambda: ("POST", f"closures/{stage.closure()}/void", {"reason": "x"}),
        "rectification.create": lambda: post("rectifications", {"description": "x"}, stage.site()),
        "rectification.edit": lambda: (
            "PATCH", f"rectifications/{stage.rectification()}", {"set": {"description": "y"}},
        ),
        "rectification.recheck": lambda: (
            "POST", f"rectifications/{stage.rectification(True)}/recheck", {"set": {"result": "pass"}},
        ),
        "rectification.void": lambda: ("POST", f"rectifications/{stage.rectification()}/void", {"reason": "x"}),
        "checklist.publish": lambda: post("checklists", item),
        "key_area.create": lambda: post("key_areas", area),
        "key_mineral.create": lambda: post("key_minerals", mineral),
        "campaign.create": lambda: post("campaigns", {"name": "x"}),
    }  # fmt: skip
    for name, noun in (("key_area", "key_areas"), ("key_mineral", "key_minerals"), ("campaign", "campaigns")):
        field = {"name": "y"} if name != "key_mineral" else {"source": "y"}
        moves[f"{name}.edit"] = lambda noun=noun, field=field: (
            "PATCH", f"{noun}/{stage.dated(noun)}", {"set": field},
        )  # fmt: skip
        moves[f"{name}.void"] = lambda noun=noun: ("POST", f"{noun}/{stage.dated(noun)}/void", {"reason": "x"})
    return moves


def county_books(stage):
    """Return how each action on cases, what hangs on them, and frozen tables is tried."""

    def entered(plural, fields):
        return stage.reviewer.post(plural, set=fields)["id"]

    def frozen():
        day = date(2000, 1, 1) + timedelta(days=next(stage.numbers))
        return stage.reviewer.post(f"reports/1/freeze?from={day}&to={day}")["id"]

    tries = {"period_report.supersede": lambda: ("POST", f"period_reports/{frozen()}/supersede", {"reason": "x"})}
    for noun, (plural, fields) in BOOKS.items():
        tries |= {
            f"{noun}.create": lambda p=plural, f=fields: ("POST", p, {"set": f}),
            f"{noun}.edit": lambda p=plural, f=fields: ("PATCH", f"{p}/{entered(p, f)}", {"set": {"remark": "x"}}),
            f"{noun}.void": lambda p=plural, f=fields: ("POST", f"{p}/{entered(p, f)}/void", {"reason": "x"}),
        }
    return tries
