"""`fieldsync demo`: a county to try things with, and the story that plays in it."""

from pathlib import Path

import click

from fieldsync.cli import roster
from fieldsync.cli.instance import Commands, Instance, darkroom, pass_instance
from fieldsync.cli.output import mistake, say, table, words
from fieldsync.demo import build, province
from fieldsync.demo.build import State
from fieldsync.demo.county import CELL, NAME, PASSWORD, PEOPLE
from fieldsync.demo.story import server, telling
from fieldsync.domain import accounts
from fieldsync.domain.people import ROLES

_DEFAULT_URL = "http://127.0.0.1:8000"


@click.group(cls=Commands, invoke_without_command=True)
@click.option("--if-empty", is_flag=True, help="Do nothing where there is something already.")
@click.option("--sites", type=click.IntRange(80, 100_000), default=build.SITES, show_default=True)
@pass_instance
@click.pass_context
def demo(context: click.Context, instance: Instance, if_empty: bool, sites: int) -> None:
    """Make an invented county with people, dossiers and work in every state, in an empty instance."""
    if context.invoked_subcommand is not None:
        return
    with instance.open(make=True) as app:
        found = build.state()
        if found is State.EMPTY:
            build.make(darkroom(app), sites, lambda zh, en: say(f"正在建立：{zh}", f"making {en}", quietly=True))
        elif not if_empty or found is State.HALF:
            raise _refusal(found, instance)
        if found is not State.OTHER:
            _show_people()
            _show_phone()


def _refusal(found: State, instance: Instance) -> click.ClickException:
    """Return why no demonstration is made here."""
    where = instance.folder
    if found is State.DEMO:
        return mistake(f"{where} 中已有{NAME}", f"the demonstration county is in {where} already")
    if found is State.HALF:
        return mistake(
            f"{where} 中的{NAME}未建完；请删除该文件夹后重来",
            f"{where} holds half a demonstration: delete it, start again",
        )
    return mistake(f"{where} 中已有其他数据", f"{where} holds other data; it is left alone")


def _show_people() -> None:
    """Print who can sign in, and how."""
    say(f"{NAME} {CELL}：地方与人员均属虚构", f"{CELL}: the place and its people are invented")
    rows = [
        (
            person.login,
            PASSWORD,
            words(*ROLES[person.role]),
            person.town.name if person.town else NAME,
        )
        for person in PEOPLE
    ]
    headers = (("用户名", "user"), ("密码", "password"), ("角色", "role"), ("范围", "where"))
    table(headers, rows)


def _show_phone() -> None:
    """Print where to enrol a phone of the first inspector: a new one-time code each time."""
    login = next(person.login for person in PEOPLE if person.role == "inspector")
    person = roster.member(login)
    page = f"/phone.html#enrol={accounts.issue_code(person.cell, person.id)}"
    say(f"手机应用：打开 {page} 注册，再用 {login} 登录", f"the phone: open {page}, then sign in as {login}")


@demo.command()
@click.option(
    "--url", help=f"A running server with the demonstration county.  [default: {_DEFAULT_URL}, else its own]"
)
@click.option(
    "--photos",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Send the photos of this folder and print what the server read in them.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which requests and answers the line loses.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Tell it in one language.")
@pass_instance
@click.pass_context
def story(
    context: click.Context, instance: Instance, url: str | None, photos: Path | None, seed: int, lang: str | None
) -> None:
    """Play a working day over HTTP: two phones, a bad line, and the county; exit 1 if a promise was broken."""
    try:
        with server.found(url, _DEFAULT_URL) as address:
            is_broken = telling.tell(address, photos, seed, lang or instance.language)
    except server.NoServer as error:
        raise mistake(error.zh, error.en) from None
    context.exit(1 if is_broken else 0)


@demo.command(name="province")
@pass_instance
def province_(instance: Instance) -> None:
    """Add ten invented counties whose records add up to the notice's two tables."""
    with instance.open(make=True) as app:
        if build.holds(province.counties()[0].code):
            raise mistake(
                f"{instance.folder} 中已有演示省", f"the demonstration province is in {instance.folder} already"
            )
        if build.state() not in (State.EMPTY, State.DEMO):
            raise _refusal(State.OTHER, instance)
        made = province.make(darkroom(app), lambda zh, en: say(f"正在建立：{zh}", f"making {en}", quietly=True))
    say("演示数据：县、站点、案件与人员均属虚构", "demonstration: counties, sites, cases and persons are invented")
    headers = (("县", "county"), ("统计单位", "unit"), ("用户名", "user"), ("密码", "password"))
    officers = [(words("省市统计", "tables"), cell, login, PASSWORD) for cell, login, _name in province.OFFICERS]
    counties = [(f"{county.name} {county.code}", county.unit, county.login, PASSWORD) for county in made]
    table(headers, [*counties, *officers])
    period = f"--from {province.DATE_FROM} --to {province.DATE_TO}"
    say(f"打印：fieldsync report 1 {period}", f"print them: fieldsync report 1 {period}")
