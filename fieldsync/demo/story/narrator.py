"""Tells the story step by step, and keeps account of the promises in it."""

import re
from dataclasses import dataclass, field
from typing import Any

import click

_RULES = {
    "review": (
        "双方共有：已有人改过而作者未见，须由人裁定",
        "shared: somebody changed it unseen, a person decides",
    ),
    "county": ("县级字段：乡镇的值作为建议保留", "the county's field: the township's value is kept as a proposal"),
    "township": (
        "乡镇字段：县里的值作为建议保留",
        "the township's field: the county's value is kept as a proposal",
    ),
}


_UUID = re.compile(r"([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LONG = 60


@dataclass
class Narrator:
    """Prints in Chinese with English in brackets, or in one of them; counts promises kept and broken."""

    language: str = ""
    acts: int = 0
    kept: int = 0
    broken: list[str] = field(default_factory=list)

    def words(self, zh: str, en: str) -> str:
        """Return a message in the language of this telling."""
        return {"zh": zh, "en": en}.get(self.language) or f"{zh} ({en})"

    def act(self, zh: str, en: str) -> None:
        """Begin the next act."""
        self.acts += 1
        click.echo(f"\n{self.acts}. {self.words(zh, en)}")

    def say(self, zh: str, en: str) -> None:
        """Tell what happens."""
        click.echo(f"   {self.words(zh, en)}")

    def show(self, zh: str, en: str, *facts: Any) -> None:
        """Tell facts under a heading."""
        text = "  ".join(fact if type(fact) is str else repr(fact) for fact in facts)
        click.echo(f"   {self.words(zh, en)}: {_short(text)}")

    def sent(self, op: dict[str, Any]) -> None:
        """Tell what a phone has written down to send: the action, what it builds on, and the values."""
        base = f" base {op['base']}" if "base" in op else ""
        values = ", ".join(f"{path}={_brief(value)}" for path, value in op.get("set", {}).items())
        click.echo(f"     → {op['action']}{base}  {_short(values)}")

    def promise(self, zh: str, en: str, is_kept: bool, found: Any = "") -> None:
        """Tell whether a promise was kept; where it was not, what was found instead."""
        text = self.words(zh, en)
        if is_kept:
            self.kept += 1
            click.secho(f"   ✓ {text}", fg="green")
        else:
            self.broken.append(text)
            click.secho(f"   ✗ {text}  {self.words('实际', 'found')}: {found!r}", fg="red")

    def equal(self, zh: str, en: str, found: Any, expected: Any) -> None:
        """Promise that two values are the same."""
        self.promise(zh, en, found == expected, found)

    def outcome(self, name: str, result: dict[str, Any]) -> None:
        """Tell what the server answered to one operation, path by path, and why."""
        paths = ", ".join(f"{_short(path)}={outcome}" for path, outcome in result.get("fields", {}).items())
        click.echo(f"     ← {name}: {result['status']}{f'  {paths}' if paths else ''}")
        why = result.get("why")
        if isinstance(why, dict):
            for path, reason in why.items():
                self._why(path, reason)
        elif why:
            click.echo(f"       {why}")

    def _why(self, path: str, reason: dict[str, Any]) -> None:
        rule = reason.get("rule", "")
        because = self.words(*_RULES.get(rule, (rule, rule)))
        click.echo(
            f"       {path}: {self.words('现值', 'stands')} {reason.get('theirs')!r} [{reason.get('by')}],"
            f" {self.words('来值', 'came')} {reason.get('yours')!r} - {because}"
        )

    def sum_up(self) -> bool:
        """Tell how many promises were kept; return whether any was broken."""
        total = self.kept + len(self.broken)
        click.echo()
        if self.broken:
            click.secho(
                self.words(
                    f"{total} 项承诺中 {len(self.broken)} 项未兑现：", f"{len(self.broken)} of {total} broken:"
                )
            )
            for text in self.broken:
                click.echo(f"   ✗ {text}")
        else:
            click.echo(self.words(f"{total} 项承诺全部兑现", f"all {total} promises kept"))
        return bool(self.broken)


def _short(text: str) -> str:
    """Return a text with the first eight digits of each id."""
    return _UUID.sub(r"\1…", text)


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
