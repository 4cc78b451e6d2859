"""Who is on the counties' rosters, as the command line asks for them."""

import re
from dataclasses import dataclass
from typing import Any

import click
import orjson

from fieldsync import db
from fieldsync.cli.output import mistake, words
from fieldsync.domain import accounts, divisions
from fieldsync.geo.divisions import PROVINCE, is_upper
from fieldsync.sync.heads import COMMON

_SHORTEST = 8


@dataclass(frozen=True)
class Member:
    """One person of a county, as his record is now."""

    cell: str
    id: str
    rev: str
    body: dict[str, Any]

    @property
    def roles(self) -> list[tuple[str, str]]:
        """Pairs of role and scope."""
        rows = [path.removeprefix("roles/") for path in self.body if re.fullmatch(r"roles/[^/]+", path)]
        return [
            (str(self.body.get(f"roles/{row}/role")), str(self.body.get(f"roles/{row}/scope"))) for row in rows
        ]

    @property
    def is_active(self) -> bool:
        """Whether the account is open."""
        return self.body.get("active") is not False


def cells() -> list[str]:
    """Return the counties that this instance holds."""
    with db.reading() as connection:
        return [row[0] for row in db.rows(connection, "SELECT cell FROM head ORDER BY cell") if row[0] != COMMON]


def members(cell: str) -> list[Member]:
    """Return everybody of a county, by user name."""
    with db.reading() as connection:
        rows = db.rows(
            connection,
            "SELECT r.cell, r.id, r.rev, r.body FROM person AS p JOIN record AS r"
            " ON r.cell = p.cell AND r.id = p.id WHERE p.cell = :cell ORDER BY p.login",
            cell=cell,
        )
    return [Member(row[0], row[1], row[2], orjson.loads(row[3])) for row in rows]


def member(login: str) -> Member:
    """Return the person with this user name."""
    owner = accounts.owner_of(login)
    found = [person for person in members(owner[0]) if person.id == owner[1]] if owner else []
    if not found:
        raise mistake(f"没有用户 {login}", f"there is no user {login}")
    return found[0]


def county(given: str | None, towns: tuple[str, ...] = ()) -> str:
    """Return the county meant: the one given, that of the townships, or the only one there is."""
    for cell in (given, towns[0][:6] if towns else None):
        if cell:
            return check_county(cell)
    there = [cell for cell in cells() if not is_upper(cell)]
    if len(there) == 1:
        return there[0]
    raise mistake("请用 --cell 指明县级代码（六位）", "name the county by --cell and its code of six digits")


def office(given: str | None) -> str:
    """Return the cell of the province's or a city's officers."""
    if given and is_upper(given):
        return given
    raise mistake(
        f"请用 --cell 指明省（{PROVINCE}）或设区市代码", f"name the province ({PROVINCE}) or a city by --cell"
    )


def _divisions() -> dict[str, dict[str, Any]]:
    """Return Fujian's divisions and those that only this instance knows, by code."""
    return {body["code"]: dict(body) for body in divisions.of_fujian()} | divisions.listed()


def check_county(cell: str) -> str:
    """Return the code of a county that exists, here or in the list of divisions."""
    known = _divisions()
    is_current = cell in known and known[cell]["level"] == "county" and known[cell]["current_code"] == cell
    if is_current or cell in cells():
        return cell
    hint = known.get(cell, {}).get("current_code")
    more = (f"，现为 {hint}", f"; it is {hint} now") if hint and hint != cell else ("", "")
    raise mistake(f"没有县级代码 {cell}{more[0]}", f"there is no county {cell}{more[1]}")


def check_towns(cell: str, towns: tuple[str, ...]) -> None:
    """Refuse townships that are not of this county."""
    known = {code: body["name"] for code, body in _divisions().items() if body.get("parent_code") == cell}
    for town in towns:
        if town not in known:
            listed = "、".join(f"{code} {name}" for code, name in sorted(known.items()))
            raise mistake(
                f"{cell} 没有乡镇 {town}；有：{listed}", f"{cell} has no township {town}; it has: {listed}"
            )


def new_password(ask: bool) -> tuple[str, bool]:
    """Return a password and whether it was made here and must be shown."""
    if not ask:
        return accounts.new_password(), True
    given = click.prompt(words("密码", "password"), hide_input=True, confirmation_prompt=True)
    if len(given) < _SHORTEST:
        raise mistake(f"密码至少 {_SHORTEST} 位", f"a password has at least {_SHORTEST} characters")
    return given, False
