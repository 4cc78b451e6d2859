"""What a search looks through: the texts of a record as they are, in pinyin, and by its initials."""

from pypinyin import Style, lazy_pinyin

# Enough for name, place, village and number; a text of words alone is not longer in pinyin than this.
_MOST = 1000


def searchable(*texts: str) -> str:
    """Return the texts in lower case with pinyin (`laoyingdong`) and initials (`lyd`) behind; ü is written v."""
    said = [text for text in texts if text]
    spelt = ["".join(lazy_pinyin(text)) for text in said]
    initials = ["".join(lazy_pinyin(text, style=Style.FIRST_LETTER)) for text in said]
    return " ".join(dict.fromkeys([*said, *spelt, *initials])).lower()[:_MOST]
