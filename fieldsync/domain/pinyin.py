"""What a search looks through: the texts of a record as they are, in pinyin, and by its initials."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

# Enough for name, place, village and number; a text of words alone is not longer in pinyin than this.
_MOST = 1000


def searchable(*texts: str) -> str:
    """Return the texts in lower case with pinyin (`laoyingdong`) and initials (`lyd`) behind; ü is written v."""
    said = [text for text in texts if text]
    told = [_told(text) for text in said]
    spelt, initials = [one for one, _ in told], [other for _, other in told]
    return " ".join(dict.fromkeys([*said, *spelt, *initials])).lower()[:_MOST]


@lru_cache(maxsize=10_000)
def _told(text: str) -> tuple[str, str]:
    """Return a text in pinyin and by its initials; a dossier's names are the same at each of its changes."""
    return "".join(lazy_pinyin(text)), "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))
