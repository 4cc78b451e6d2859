"""`fieldsync form`: what an operator publishes, lists, checks and writes back."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fieldsync.cli import main
from fieldsync.forms.sheets import read, to_workbook
from forms.writing import markdown, sheets

FAST = {"FIELDSYNC_ARGON2_TIME_COST": "1", "FIELDSYNC_ARGON2_MEMORY_KIB": "64"}
GOOD = sheets("type,name,label\ntext,a,甲")


class Shell:
    """Runs commands on one instance."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __call__(self, *arguments: str) -> Result:
        result = CliRunner().invoke(main, ["--instance", str(self.folder / "instance"), *arguments], env=FAST)
        assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit), (
            result.output
        )
        return result

    def ok(self, *arguments: str) -> str:
        result = self(*arguments)
        assert result.exit_code == 0, result.output
        return result.output

    def write(self, name: str, content: bytes | str) -> str:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)


@pytest.fixture
def shell(tmp_path):
    return Shell(tmp_path)


@pytest.fixture
def instance(shell):
    shell.ok("user", "add", "guanli", "--name", "管理员", "--role", "admin", "--cell", "350803")
    return shell


def test_a_first_start_brings_the_shipped_forms(instance):
    told = instance.ok("form", "list")
    for name in ("patrol@1", "closed_adit@1", "active_mining@1", "satellite_check@1", "closure_check@1"):
        assert name in told
    assert instance.ok("--lang", "en", "form", "list").count("yes") == 5


def test_publish_list_export_and_publish_again(instance):
    book = instance.write("f.xlsx", to_workbook(GOOD))
    assert "test@1" in instance.ok("form", "publish", book, "--county", "350803")
    assert "test@1" in instance.ok("form", "publish", instance.write("f.md", markdown(GOOD)))
    lines = [line.split() for line in instance.ok("--lang", "en", "form", "list").splitlines() if "test@1" in line]
    assert [line[2] for line in lines] == ["all", "350803"]
    out = instance.folder / "out.xlsx"
    instance.ok("form", "export", "test@1", str(out), "--county", "350803")
    assert read(out.read_bytes()) == read(to_workbook(GOOD))
    other = instance.write("g.xlsx", to_workbook(sheets("type,name,label\ntext,b,乙")))
    refused = instance("form", "publish", other)
    assert refused.exit_code == 1
    assert "raise the version number" in refused.output


def test_mistakes_are_told_by_cell_and_nothing_is_published(instance):
    book = instance.write("f.xlsx", to_workbook(sheets("type,name,label,relevant\ntext,a,,${b}")))
    for command in ("check", "publish"):
        result = instance("--lang", "en", "form", command, book)
        assert result.exit_code == 1
        assert "survey!C2" in result.output
        assert "survey!D2" in result.output
        assert "2 mistakes" in result.output
    assert "test@1" not in instance.ok("form", "list")


def test_a_check_needs_no_instance(shell):
    assert "test@1" in shell.ok("form", "check", shell.write("f.xlsx", to_workbook(GOOD)))
    assert not (shell.folder / "instance").exists()


@pytest.mark.parametrize(
    ("name", "content"), [("f.xlsx", b"x"), ("f.md", b"\xff\xfe"), ("f.md", b""), ("f.csv", b"a,b\n")]
)
def test_other_files_are_refused_in_words(shell, name, content):
    assert shell("form", "check", shell.write(name, content)).exit_code == 1


def test_slips_of_the_keyboard(instance):
    book = instance.write("f.xlsx", to_workbook(GOOD))
    assert instance("form", "publish", book, "--county", "fuzhou").exit_code == 1
    for reference in ("patrol", "patrol@2", "patrol@x", "@"):
        assert "Not found" in instance("form", "export", reference, str(instance.folder / "x.xlsx")).output
    assert not (instance.folder / "x.xlsx").exists()
