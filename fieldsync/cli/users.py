"""`fieldsync user`: people of the counties, their passwords and townships."""

from typing import Any

import click

from fieldsync.actions import REGISTRY
from fieldsync.cli import roster
from fieldsync.cli.instance import Instance, darkroom, pass_instance
from fieldsync.cli.output import mistake, say, table, words
from fieldsync.domain import accounts, divisions, forms
from fieldsync.domain.people import ROLES
from fieldsync.ids import new_id
from fieldsync.sync import actors
from fieldsync.sync.nouns import TOWNSHIP_ROLES
from fieldsync.sync.push import Engine

_ASK = click.option("--ask", is_flag=True, help="Ask for the password instead of making one.")


@click.group()
def user() -> None:
    """People and their sign-ins."""


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", type=click.Choice(list(ROLES)), default="inspector", show_default=True)
@click.option("--cell", help="The county's code; not needed where it is plain. A superior's city, or 350000.")
@click.option("--town", "towns", multiple=True, help="A township's code of nine digits; may be repeated.")
@click.option("--unit", help="Where the person works.")
@_ASK
@pass_instance
def add(
    instance: Instance, login: str, name: str, role: str, cell: str | None, towns: tuple[str, ...],
    unit: str | None, ask: bool,
) -> None:  # fmt: skip
    """Take a person onto a county's roster: LOGIN is the user name. The first of a county should be an admin."""
    with instance.open(make=True) as app:
        engine = darkroom(app).engine
        county = roster.office(cell) if role == "superior" else roster.county(cell, towns)
        scopes = _scopes(county, role, towns)
        if accounts.owner_of(login) is not None:
            raise mistake(f"用户名 {login} 已被使用", f"the user name {login} is taken")
        password, made = roster.new_password(ask)
        divisions.load_all(engine, list(divisions.of_fujian()))
        forms.load_all(engine, REGISTRY.nouns)
        person = _create(engine, county, login, {"name": name, "unit": unit, "role": role, "scopes": scopes})
        accounts.set_password(county, person, login, password)
    say(f"已添加 {login}，{ROLES[role][0]}，{county}", f"added {login}, {ROLES[role][1].lower()}")
    _show_password(password, made)


def _scopes(cell: str, role: str, towns: tuple[str, ...]) -> list[str]:
    """Return the scopes of a role: townships for township people, the county for its staff."""
    if role not in TOWNSHIP_ROLES:
        if towns:
            raise mistake("县级角色不填 --town", "a county role takes no --town")
        return [f"c-{cell}"]
    if not towns:
        raise mistake("乡镇角色须用 --town 指明乡镇", "a township role needs --town")
    roster.check_towns(cell, towns)
    return [f"t-{town}" for town in towns]


def _create(engine: Engine, cell: str, login: str, given: dict[str, Any]) -> str:
    """Enter a person's record; return its id."""
    fields: dict[str, Any] = {"name": given["name"], "login": login, "active": True}
    fields |= {"unit": given["unit"]} if given["unit"] else {}
    for number, scope in enumerate(given["scopes"]):
        row = f"roles/r{number}"
        fields |= {row: True, f"{row}/role": given["role"], f"{row}/scope": scope}
    person = new_id()
    engine.perform(actors.system(cell), "person.create", person, op=new_id(), set_=fields)
    return person


def _show_password(password: str, made: bool) -> None:
    if made:
        say(f"密码（只显示这一次）：{password}", f"password, shown only now: {password}")


@user.command(name="list")
@click.option("--cell", help="Only this county.")
@pass_instance
def list_(instance: Instance, cell: str | None) -> None:
    """List people with their roles."""
    with instance.open():
        people = [person for county in ([cell] if cell else roster.cells()) for person in roster.members(county)]
    headers = (("用户名", "login"), ("姓名", "name"), ("县", "county"), ("角色", "roles"), ("状态", "state"))
    table(headers, [_row(person) for person in people])


def _row(person: roster.Member) -> tuple[str, ...]:
    roles = ", ".join(f"{words(*ROLES.get(role, (role, role)))} {scope}" for role, scope in person.roles)
    state = words("在岗", "active") if person.is_active else words("已停用", "closed")
    return str(person.body.get("login")), str(person.body.get("name")), person.cell, roles, state


@user.command()
@click.argument("login")
@_ASK
@pass_instance
def password(instance: Instance, login: str, ask: bool) -> None:
    """Give LOGIN a new password and end all sessions."""
    with instance.open():
        person = roster.member(login)
        new, made = roster.new_password(ask)
        accounts.set_password(person.cell, person.id, login, new)
        closed = accounts.close_sessions(person.cell, person.id)
    say(f"{login} 已有新密码，结束了 {closed} 个登录", f"{login} has a new password; {closed} sessions ended")
    _show_password(new, made)


@user.command()
@click.argument("login")
@pass_instance
def deactivate(instance: Instance, login: str) -> None:
    """Close the account of LOGIN; what a phone still holds of it goes to the desk."""
    with instance.open() as app:
        person = roster.member(login)
        if not person.is_active:
            raise mistake(f"{login} 已经停用", f"{login} is closed already")
        _act(darkroom(app).engine, person, "person.deactivate", {})
    say(f"{login} 已停用", f"{login} is closed")


@user.command()
@click.argument("login")
@click.argument("towns", nargs=-1, required=True)
@click.option("--role", type=click.Choice(sorted(TOWNSHIP_ROLES)), default="inspector", show_default=True)
@pass_instance
def reassign(instance: Instance, login: str, towns: tuple[str, ...], role: str) -> None:
    """Give LOGIN other TOWNS; work that is still on the phone survives."""
    with instance.open() as app:
        person = roster.member(login)
        roster.check_towns(person.cell, towns)
        _act(darkroom(app).engine, person, "person.reassign", {"towns": list(towns), "role": role})
    say(f"{login} 现负责 {'、'.join(towns)}", f"{login} now has {', '.join(towns)}")


def _act(engine: Engine, person: roster.Member, action: str, given: dict[str, Any]) -> None:
    system = actors.system(person.cell)
    engine.perform(system, action, person.id, op=new_id(), set_=given, base=person.rev)
