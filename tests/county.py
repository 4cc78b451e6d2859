"""A county to test in: people, phones and screens over one application."""

import itertools

from flask import Flask

from fieldsync.demo.phone import Phone
from fieldsync.demo.wire import Application
from fieldsync.domain import accounts
from fieldsync.ids import new_id
from fieldsync.sync import actors

CELL = "350899"
T1, T2, T3 = "350899101", "350899102", "350899103"
OTHER_CELL = "350898"
PASSWORD = "correct-horse"
# Cheap hashing: the strength of argon2id is not what these tests are about.
FAST = {"ARGON2_TIME_COST": 1, "ARGON2_MEMORY_KIB": 64, "SIGN_IN_LIMIT": "100000 per minute"}


def verifier(person: Phone) -> dict[str, str]:
    """Return what a lead needs before it is verified: who does it, and by when."""
    return {"verifier": person.user, "verify_by": "2099-12-31"}


class County:
    """One application with people to act in it."""

    def __init__(self, app: Flask):
        self.app = app
        self.engine = app.extensions["darkroom"].engine
        self.wire = Application(app)
        self._numbers = itertools.count(1)

    def person(self, role: str, *scopes: str, cell: str = CELL, login: str = "") -> str:
        """Hire somebody and return his login."""
        login = login or f"{role}{next(self._numbers)}"
        person_id = new_id()
        fields: dict = {"name": login, "login": login}
        for number, scope in enumerate(scopes or (f"c-{cell}",)):
            fields |= {
                f"roles/r{number}": True,
                f"roles/r{number}/role": role,
                f"roles/r{number}/scope": scope,
            }
        with self.app.app_context():
            self.engine.perform(actors.system(cell), "person.create", person_id, op=new_id(), set_=fields)
            accounts.set_password(cell, person_id, login, PASSWORD)
        return login

    def person_id(self, login: str) -> tuple[str, str]:
        """Return cell and id of a person."""
        with self.app.app_context():
            cell, person_id, _ = accounts.check_password(login, PASSWORD)
        return cell, person_id

    def phone(self, login: str, pull: bool = True, **more) -> Phone:
        """Hand somebody an enrolled phone, signed in and pulled."""
        cell, person_id = self.person_id(login)
        with self.app.app_context():
            code = accounts.issue_code(cell, person_id)
        phone = Phone(self.wire, **more)
        phone.enrol(code)
        phone.sign_in(login, PASSWORD)
        if pull:
            phone.pull()
        return phone

    def inspector(self, *towns: str, **more) -> Phone:
        """Return the phone of a new inspector."""
        return self.phone(self.person("inspector", *(f"t-{town}" for town in towns or (T1,))), **more)

    def screen(self, role: str = "reviewer", cell: str = CELL) -> "Screen":
        """Return a county person at a screen, by the REST doors."""
        return Screen(self, self.person(role, f"c-{cell}", cell=cell))


class Screen:
    """A person at a screen: REST with If-Match, as the console's rules see it."""

    def __init__(self, county: County, login: str):
        self.county, self.login = county, login
        self.phone = Phone(county.wire)
        self.phone.sign_in(login, PASSWORD)

    def get(self, path: str) -> dict:
        """Read something."""
        return self.phone.ask("GET", f"/api/v1/{path}")

    def patch(self, path: str, rev: str = "", **fields) -> dict:
        """Edit a record on the revision `rev`, or on the one that stands now."""
        rev = rev or self.get(path)["rev"]
        given = {name.replace("__", "/"): value for name, value in fields.items()}
        return self.phone.ask("PATCH", f"/api/v1/{path}", {"set": given}, If_Match=f'"{rev}"')

    def act(self, path: str, rev: str = "", **given) -> dict:
        """Do a strict action on the revision `rev`, or on the one that stands now."""
        rev = rev or self.get(path.rpartition("/")[0])["rev"]
        return self.phone.ask("POST", f"/api/v1/{path}", given, If_Match=f'"{rev}"')

    def post(self, path: str, **given) -> dict:
        """Post without a revision."""
        return self.phone.ask("POST", f"/api/v1/{path}", given)
