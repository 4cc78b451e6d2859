"""`fieldsync device`: phones come in by a one-time code and go out by revocation."""

import click
import segno

from fieldsync import db
from fieldsync.cli import roster
from fieldsync.cli.instance import Instance, darkroom, pass_instance
from fieldsync.cli.output import mistake, say, table, words
from fieldsync.domain import accounts
from fieldsync.domain.devices import ERASURES
from fieldsync.ids import new_id
from fieldsync.sync import actors

_DEVICES = (
    "SELECT d.cell, d.id, d.name, COALESCE(p.login, ''), d.revoked, d.erase, r.rev FROM device AS d"
    " JOIN record AS r ON r.cell = d.cell AND r.id = d.id"
    " LEFT JOIN person AS p ON p.cell = d.cell AND p.id = d.person_id ORDER BY d.cell, p.login, d.id"
)


@click.group()
def device() -> None:
    """Phones."""


@device.command()
@click.argument("login")
@click.option("--url", default="http://127.0.0.1:8000/", show_default=True, help="Where phones reach the server.")
@pass_instance
def code(instance: Instance, login: str, url: str) -> None:
    """Make a one-time code by which the phone of LOGIN enrols, and draw it for the phone's camera."""
    with instance.open() as app:
        person = roster.member(login)
        if not person.is_active:
            raise mistake(f"{login} 已停用", f"{login} is closed")
        made = accounts.issue_code(person.cell, person.id)
        hours = app.config["ENROLMENT_HOURS"]
    segno.make(f"{url.rstrip('/')}/phone.html#enrol={made}", error="m").terminal(compact=True)
    say(f"注册码（{hours} 小时内可用一次）：{made}", f"enrolment code, for one use within {hours} hours: {made}")


@device.command(name="list")
@pass_instance
def list_(instance: Instance) -> None:
    """List phones and who has them."""
    with instance.open(), db.reading() as connection:
        rows = list(db.rows(connection, _DEVICES))
    headers = (("设备", "device"), ("名称", "name"), ("领用人", "person"), ("县", "county"), ("状态", "state"))
    table(headers, [(row[1], row[2], row[3], row[0], _state(row[4], row[5])) for row in rows])


def _state(revoked: int, erase: str) -> str:
    if not revoked:
        return words("在用", "in use")
    return f"{words('已停用', 'revoked')}, {words(*ERASURES.get(erase, (erase, erase)))}"


@device.command()
@click.argument("device_id")
@click.option("--reason", required=True, help="Why; it stays on record.")
@click.option(
    "--erase",
    type=click.Choice(list(ERASURES)),
    default="after-drain",
    show_default=True,
    help="Let the phone hand in its work first, or erase it at once (lost, stolen).",
)
@pass_instance
def revoke(instance: Instance, device_id: str, reason: str, erase: str) -> None:
    """Stop the phone DEVICE_ID; the first letters of its id are enough."""
    with instance.open() as app:
        with db.reading() as connection:
            found = [row for row in db.rows(connection, _DEVICES) if row[1].startswith(device_id)]
        if len(found) != 1:
            raise mistake(
                f"有 {len(found)} 个设备以 {device_id} 开头", f"{len(found)} devices begin with {device_id}"
            )
        cell, full, *_, rev = found[0]
        darkroom(app).engine.perform(
            actors.system(cell), "device.revoke", full, op=new_id(), set_={"erase": erase}, base=rev, reason=reason
        )
    say(f"设备 {full} 已停用：{ERASURES[erase][0]}", f"device {full} is revoked: {ERASURES[erase][1].lower()}")
