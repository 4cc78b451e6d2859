"""What an evaluation leaves of the answers: without what is hidden, with what was reckoned."""

from typing import TYPE_CHECKING, Any

from fieldsync.forms.values import stored

if TYPE_CHECKING:
    from fieldsync.forms.evaluate import Node, Run

# What the question named `position` fills.
POSITION = ("lon", "lat", "accuracy_m", "fix_time")


class Result:
    """Gathers what is hidden and what was reckoned."""

    def __init__(self, run: "Run"):
        self.run = run
        self.hidden: list[str] = []
        self.dropped: set[str] = set()
        self.reckoned: dict[str, Any] = {}

    def walk(self, node: "Node", row: str) -> None:
        """Go through an item and all that lies in it."""
        path = node.path.replace("*", row)
        is_relevant = self.run.is_relevant(node, row)
        if not is_relevant:
            self.hidden.append(path)
            if node.kind != "group":
                self.dropped.update(POSITION if path == "position" and node.kind == "geopoint" else (path,))
                self.dropped.add(path)
        elif node.calculation is not None:
            self.reckoned[path] = stored(self.run.value(node, row))
        if node.kind == "repeat":
            for each in self.run.rows_of(path):
                for inner in node.inside:
                    self.walk(inner, each)
            return
        for inner in node.inside:
            self.walk(inner, row)

    def kept(self) -> dict[str, Any]:
        """Return the answers that stay, with what was reckoned."""
        kept = {
            path: value
            for path, value in self.run.answers.items()
            if path not in self.reckoned and not self._is_dropped(path)
        }
        return kept | {path: value for path, value in self.reckoned.items() if value is not None}

    def _is_dropped(self, path: str) -> bool:
        """Tell whether a path, or what it lies below, is not relevant; reasons go with their questions."""
        if path.startswith("could_not/"):
            path = path[10:].replace("__", "/")
        while path and path not in self.dropped:
            path = path.rpartition("/")[0]
        return bool(path)
