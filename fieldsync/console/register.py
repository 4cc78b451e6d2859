"""The register of dossiers as a page: what was asked for, the list, its counts and its map."""

from typing import Any

from flask import render_template

from fieldsync import db
from fieldsync.api.doors import me
from fieldsync.console import doors, drawings, names
from fieldsync.domain import lifecycle, register, sites
from fieldsync.domain.words import MINERALS, VIOLATIONS


def asked() -> register.Asked:
    """Return what the address asks for; an unknown choice finds nothing, an unknown order is that of numbers."""
    relapses = doors.given("relapses")
    return register.Asked(
        text=doors.given("q")[:60], town=doors.given("town"), status=doors.given("status"),
        kind=doors.given("kind"), mineral=doors.given("mineral"), violation=doors.given("violation"),
        patrol_class=doors.given("class"), relapses=int(relapses) if relapses in ("1", "2", "3") else 0,
        voided=doors.given("voided") == "1",
        order=doors.given("order") if doors.given("order") in register.ORDERS else "number",
    )  # fmt: skip


def parameters(wish: register.Asked) -> dict[str, str]:
    """Return the parameters of the address that ask for the same, without those that ask for nothing."""
    told = {
        "q": wish.text, "town": wish.town, "status": wish.status, "kind": wish.kind, "mineral": wish.mineral,
        "violation": wish.violation, "class": wish.patrol_class, "relapses": str(wish.relapses or ""),
        "voided": "1" if wish.voided else "", "order": "" if wish.order == "number" else wish.order,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}


def page() -> str:
    """Return the page of the register."""
    wish, cell = asked(), me().actor.cell
    found = doors.paged(lambda connection, limit, offset: register.listed(connection, cell, wish, limit, offset))
    with db.reading() as connection:
        counts = register.counts(connection, cell, wish)
        places = register.places(connection, cell, wish)
        towns = [wish.town] if wish.town in names.towns() else list(names.towns())
        outlines = register.outlines(connection, towns)
    return render_template(
        "sites/list.html", **found, asked=wish, parameters=parameters(wish), counts=counts,
        total=sum(n for n, _placed in counts.values()), placed=sum(placed for _n, placed in counts.values()),
        map=drawings.site_map(places, outlines), WIDTH=drawings.WIDTH, HEIGHT=drawings.HEIGHT, **_words(),
    )  # fmt: skip


def _words() -> dict[str, Any]:
    """Return the lists that the page chooses from."""
    return {
        "towns": names.towns(), "STATUSES": lifecycle.STATUSES, "KINDS": sites.KINDS, "MINERALS": MINERALS,
        "VIOLATIONS": VIOLATIONS, "CLASSES": sites.PATROL_CLASSES, "ORDERS": register.ORDERS,
    }  # fmt: skip
