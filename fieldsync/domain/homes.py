"""Which scope owns a record: its county, its township, or everybody."""

from fieldsync.sync.heads import COMMON
from fieldsync.sync.nouns import Body


def county(_body: Body, _parent_home: str, cell: str) -> str:
    """Return the scope of the whole county."""
    return f"c-{cell}"


def township(body: Body, _parent_home: str, _cell: str) -> str:
    """Return the scope of the township that the record names; empty where that is no code of nine digits."""
    town = body.get("town_code")
    return f"t-{town}" if type(town) is str and len(town) == 9 and town.isdecimal() else ""


def common(_body: Body, _parent_home: str, _cell: str) -> str:
    """Return the scope that everybody reads."""
    return COMMON
