"""Canonical text of values and the hashes built on it (sync.md section 2; RFC 8785)."""

import hashlib
import math
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson

MAX_INTEGER = 2**53
MAX_DEPTH = 14
PLACES = Decimal("1e-7")
ZERO_SUM = "0" * 16

_PATH = re.compile(r"[a-z0-9_]+(?:/[0-9A-Za-z_-]+)*")
# Most paths come again and again: the fields that are no rows.
_known_paths: set[str] = set()
# ECMAScript's white space, so that String.prototype.trimEnd on the phone trims the same.
_SPACE = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))


class BadValue(ValueError):
    """A value that has no canonical text; `reason` is a word of the catalogue."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def is_path(path: str) -> bool:
    """Tell whether `path` is one or more ASCII segments joined by `/`, at most 200 characters."""
    if path in _known_paths:
        return True
    good = len(path) <= 200 and _PATH.fullmatch(path) is not None
    if good and len(_known_paths) < 10_000:
        _known_paths.add(path)
    return good


def normalise(value: Any, depth: int = 0) -> Any:
    """Return `value` as it is stored: strings NFC and right-trimmed, numbers within 2^53 or 7 places."""
    kind = type(value)
    if kind is str:
        return normalise_text(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        if -MAX_INTEGER <= value <= MAX_INTEGER:
            return value
        raise BadValue("integer-range")
    if kind is float:
        return normalise_number(value)
    return normalise_nested(value, depth)


def normalise_text(text: str) -> str:
    """Return `text` in NFC without trailing white space; NUL and lone surrogates raise BadValue."""
    if text.isascii():
        if "\0" in text:
            raise BadValue("nul")
        return text.rstrip(_SPACE)
    if "\0" in text:
        raise BadValue("nul")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadValue("lone-surrogate") from None
    return unicodedata.normalize("NFC", text).rstrip(_SPACE)


def is_text(text: str) -> bool:
    """Tell whether `text` can be stored at all: no NUL, no half of a character."""
    try:
        normalise_text(text)
    except BadValue:
        return False
    return True


def normalise_number(number: float) -> int | float:
    """Return `number` with at most 7 places (half away from zero), as an integer where it is one."""
    if not math.isfinite(number):
        raise BadValue("not-finite")
    if abs(number) > MAX_INTEGER:
        raise BadValue("integer-range")
    if number == int(number):
        return int(number)
    if round(number, 7) == number:
        return number
    rounded = float(Decimal(number).quantize(PLACES, ROUND_HALF_UP))
    return int(rounded) if rounded == int(rounded) else rounded


def normalise_nested(value: Any, depth: int) -> Any:
    """Return a list or an object of normalised values, at most MAX_DEPTH levels deep."""
    if depth >= MAX_DEPTH:
        raise BadValue("depth")
    if isinstance(value, list):
        return [normalise(item, depth + 1) for item in value]
    if isinstance(value, dict):
        if not all(map(_is_key, value)):
            raise BadValue("key")
        return {key: normalise(item, depth + 1) for key, item in value.items()}
    raise BadValue("type")


def _is_key(key: str) -> bool:
    """Tell whether a member's name is 1 to 200 printable ASCII characters."""
    return key in _known_paths or (key.isascii() and key.isprintable() and 0 < len(key) <= 200)


def canon(value: Any) -> bytes:
    """Return the canonical text (RFC 8785) of a normalised value."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    # orjson turns to exponents below 1e-5, ECMAScript below 1e-6: only these few numbers differ.
    return _spell_out(value).encode() if b"e-6" in text else text


def _spell_out(value: Any) -> str:
    """Return the canonical text of a value that holds numbers between 1e-6 and 1e-5."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_spell_out(k)}:{_spell_out(value[k])}" for k in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_spell_out, value)) + "]"
    if isinstance(value, float) and 1e-6 <= abs(value) < 1e-5:
        return format(Decimal(repr(value)), "f")
    return orjson.dumps(value).decode()


def equal(one: Any, other: Any) -> bool:
    """Tell whether two normalised values have the same canonical text."""
    if one is other:
        return True
    if type(one) is not type(other):
        # 1 and 1.0 cannot both be normal; True and 1 are different texts.
        return False
    return one == other if isinstance(one, (str, int, float)) else canon(one) == canon(other)


def revision(kind: str, record_id: str, n: int, body: bytes) -> str:
    """Return `n-<16 hex>` for the `n`th state of a record, `body` being its canonical text."""
    head = orjson.dumps([kind, record_id, n])[:-1]
    return f"{n}-{hashlib.sha256(head + b',' + body + b']').hexdigest()[:16]}"


def content_hash(salt: str, content: bytes) -> str:
    """Return the salted SHA-256 of an operation's content, so that the content can be erased later."""
    return hashlib.sha256(salt.encode() + content).hexdigest()


def link(chain: str, seq: int, op: str, op_hash: str, status: str, changed: list[list[str]]) -> str:
    """Return the chain after one more operation: 16 hex of SHA-256 over the link before and this one."""
    text = canon([seq, op, op_hash, status, changed])
    return hashlib.sha256(chain.encode() + text).hexdigest()[:16]


def add_digest(total: str, sign: int, rev: str) -> str:
    """Return the 16 hex digits of `total` plus (or minus) the hash of `rev`, modulo 2^64."""
    return f"{(int(total, 16) + sign * int(rev.partition('-')[2], 16)) % 2**64:016x}"
