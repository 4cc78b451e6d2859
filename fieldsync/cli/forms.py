"""`fieldsync form`: questionnaires out of Excel, checked, published and written back."""

from pathlib import Path

import click

from fieldsync.actions import REGISTRY
from fieldsync.cli.instance import Instance, darkroom, pass_instance
from fieldsync.cli.output import mistake, say, table, words
from fieldsync.domain import forms
from fieldsync.forms.mistakes import FormRefused, Mistake
from fieldsync.forms.sheets import to_workbook
from fieldsync.forms.xlsform import Compiled

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_COUNTY = click.option("--county", default="", help="The county's code; without it the form is for every county.")


@click.group()
def form() -> None:
    """Forms: questionnaires that are written in Excel (docs/forms.md)."""


@form.command()
@click.argument("file", type=_FILE)
@click.pass_context
def check(context: click.Context, file: Path) -> None:
    """Tell what is wrong with a form (.xlsx, or .md with tables), by cell; exit with 1 if anything is."""
    compiled = _compile(context, file)
    say(f"{_named(compiled)}：可以发布", f"{_named(compiled)}: it can be published")


@form.command()
@click.argument("file", type=_FILE)
@_COUNTY
@pass_instance
@click.pass_context
def publish(context: click.Context, instance: Instance, file: Path, county: str) -> None:
    """Publish a form; phones get it with their next pull. A version never changes: raise it for every change."""
    if county and not (len(county) == 6 and county.isdecimal()):
        raise mistake(f"{county} 不是县的代码", f"{county} is no county's code")
    compiled = _compile(context, file)
    with instance.open() as app:
        forms.enter(darkroom(app).engine, compiled, county)
    say(f"已发布 {_named(compiled)}", f"published {_named(compiled)}")


@form.command(name="list")
@pass_instance
def list_(instance: Instance) -> None:
    """List all forms with their versions."""
    with instance.open():
        found = forms.listed()
    headers = (
        ("表单", "form"),
        ("标题", "title"),
        ("县", "county"),
        ("现行", "current"),
        ("发布时间", "published"),
    )
    rows = [
        (f"{one['name']}@{one['version']}", words(*one["titles"]), one["county"] or words("全部", "all"),
         words("是", "yes") if one.get("current") else "", one["published_at"])
        for one in found
    ]  # fmt: skip
    table(headers, rows)


@form.command()
@click.argument("reference", metavar="NAME@VERSION")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_COUNTY
@pass_instance
def export(instance: Instance, reference: str, file: Path, county: str) -> None:
    """Write a published form into an Excel file, to change it and publish a new version."""
    with instance.open():
        file.write_bytes(to_workbook(forms.sheets_of(reference, county)))
    say(f"已写入 {file}", f"written to {file}")


def _named(compiled: Compiled) -> str:
    return f"{compiled.form['name']}@{compiled.form['version']}"


def _compile(context: click.Context, file: Path) -> Compiled:
    """Return the compiled form; tell its mistakes by cell and leave with 1 where there are any."""
    try:
        source = file.read_text("utf-8") if file.suffix == ".md" else file.read_bytes()
        compiled = forms.compiled(source, REGISTRY.nouns)
    except UnicodeDecodeError:
        raise mistake(f"{file} 不是 UTF-8 文字", f"{file} is not text in UTF-8") from None
    except FormRefused as refused:
        _tell(refused.mistakes)
        say(f"{len(refused.mistakes)} 处须修改", f"{len(refused.mistakes)} mistakes")
        context.exit(1)
    if compiled.warnings:
        _tell(compiled.warnings)
    return compiled


def _tell(found: list[Mistake]) -> None:
    table((("单元格", "cell"), ("说明", "what is wrong")), [(one.cell, words(one.zh, one.en)) for one in found])
