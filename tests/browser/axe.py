"""Accessibility, as axe-core sees a page."""

from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
RUN = """axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => violations.map(
  ({id, nodes}) => [id, nodes.map((node) => [node.html, node.any.map(({message}) => message)])]))"""


def prepare(page) -> None:
    """Bring axe into a page, or skip the test where it is not installed."""
    if not SOURCE.exists():
        pytest.skip("axe-core is not installed")
    page.evaluate(SOURCE.read_text("utf-8"))


def violations(page) -> list[Any]:
    """Return what axe finds on the page as it stands: [rule, [[element, messages], ...]]."""
    return page.evaluate(RUN)
