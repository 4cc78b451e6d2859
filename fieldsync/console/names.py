"""Names of people, devices and townships by id or code, read at most once per request."""

from collections.abc import Callable

from flask import g

from fieldsync import db
from fieldsync.api.doors import me, standing
from fieldsync.domain import devices, divisions, sites
from fieldsync.domain import people as people_
from fieldsync.geo import divisions as fujian


def _once(name: str, read: Callable[[], dict[str, str]]) -> dict[str, str]:
    """Return what `read` gives, kept for the rest of this request."""
    if name not in g:
        setattr(g, name, read())
    found: dict[str, str] = getattr(g, name)
    return found


def people() -> dict[str, str]:
    """Return the names of the county's people by id."""

    def read() -> dict[str, str]:
        with db.reading() as connection:
            return people_.names(connection, me().actor.cell)

    return _once("names_people", read)


def devices_() -> dict[str, str]:
    """Return the names of the county's devices by id."""

    def read() -> dict[str, str]:
        with db.reading() as connection:
            return devices.names(connection, me().actor.cell)

    return _once("names_devices", read)


def divisions_() -> dict[str, str]:
    """Return the names of all divisions by code."""
    return _once("names_divisions", lambda: {c: str(b.get("name") or c) for c, b in divisions.listed().items()})


def county() -> str:
    """Return the name of the county, city or province at whose desk the person sits."""
    cell = me().actor.cell
    shipped = {fujian.PROVINCE: "福建省"} | {city.code: city.name for city in fujian.cities()}
    shipped |= {county.code: county.name for county in fujian.counties()}
    return shipped.get(cell) or divisions_().get(cell, cell)


def towns() -> dict[str, str]:
    """Return the names of the county's townships by code, in order; those without a name by their code."""

    def read() -> dict[str, str]:
        cell = me().actor.cell
        with db.reading() as connection:
            used = {home[2:]: home[2:] for home in sites.homes(connection, cell)}
        shipped = {town.code: town.name for town in fujian.townships(cell)}
        loaded = {c: name for c, name in divisions_().items() if c.startswith(cell) and len(c) == 9}
        return dict(sorted((used | shipped | loaded).items()))

    return _once("names_towns", read)


def place(home: str) -> str:
    """Return the name of a scope: a township, the county, or a person's own."""
    kind, _, code = (home or "").partition("-")
    if kind == "t":
        return towns().get(code, code)
    return {"c": county, "u": lambda: people().get(code, code)}.get(kind, lambda: home)()


def person(person_id: object) -> str:
    """Return a person's name, or the id where nobody is known by it."""
    return people().get(str(person_id), str(person_id)) if person_id else ""


def device(device_id: object) -> str:
    """Return a device's name, or the id where none is known by it."""
    return devices_().get(str(device_id), str(device_id)) if device_id else ""


def record(record_id: str) -> str:
    """Return how the record, person or device with this id is called, or the id where none is to be seen."""
    name = people().get(record_id) or devices_().get(record_id)
    if name is None:
        with db.reading() as connection:
            site = sites.called(connection, me().actor.cell, record_id)
        name = site[0] if site and standing().covers(site[1]) else None
    return name or record_id
