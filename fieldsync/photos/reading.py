"""All that the decoder says about one photo."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .exif import Facts


@dataclass(frozen=True)
class Reading:
    """Facts, previews by longest side, dHash, and every flag of facts and pixels together, sorted."""

    facts: Facts = field(default_factory=Facts)
    previews: dict[int, Path] = field(default_factory=dict)
    dhash: str | None = None
    flags: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        previews = {str(size): str(path) for size, path in self.previews.items()}
        return {
            "facts": self.facts.as_json(),
            "previews": previews,
            "dhash": self.dhash,
            "flags": list(self.flags),
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Reading:
        """The inverse of `as_json`."""
        previews = {int(size): Path(path) for size, path in plain["previews"].items()}
        return cls(Facts.from_json(plain["facts"]), previews, plain["dhash"], tuple(plain["flags"]))
