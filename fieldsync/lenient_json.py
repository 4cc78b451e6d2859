"""JSON as strangers write it."""

import json
from typing import Any

import orjson


def read(content: bytes) -> Any:
    """Return what JSON says; raise ValueError for what is none.

    Numbers and characters that JSON has but no canonical text (NaN, half a surrogate pair) come
    through, so that one poisoned operation does not cost the others.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
