"""Canonical text against a second, slow implementation of RFC 8785 that follows ECMAScript's own words."""

import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldsync.sync.canonical import MAX_INTEGER, add_digest, canon, equal, normalise

NUMBERS = st.integers(-MAX_INTEGER, MAX_INTEGER) | st.floats(-MAX_INTEGER, MAX_INTEGER, allow_nan=False)
SMALL = st.integers(-(10**6), 10**6).map(lambda n: n / 10**7)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | SMALL | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def slow(value: Any) -> str:
    """Return the text of RFC 8785."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{slow(key)}:{slow(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(slow, value)) + "]"
    if isinstance(value, float):
        return number(value)
    return json.dumps(value, ensure_ascii=False)


def number(value: float) -> str:
    """Return Number::toString of ECMAScript for the shortest digits that give `value`."""
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    assert isinstance(exponent, int)
    text, point = "".join(map(str, digits)).rstrip("0"), len(digits) + exponent
    assert -7 < point <= 21
    if point == -6:
        # The smallest that seven places can say.
        text = f"{text}e-7"
    elif point <= 0:
        text = "0." + "0" * -point + text
    elif point < len(text):
        text = f"{text[:point]}.{text[point:]}"
    else:
        text += "0" * (point - len(text))
    return "-" * sign + text


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(VALUES)
def test_canonical_text_is_the_one_of_the_rfc(value):
    normal = normalise(value)
    assert canon(normal).decode() == slow(normal)


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(VALUES)
def test_normal_form_is_normal(value):
    normal = normalise(value)
    assert canon(normalise(normal)) == canon(normal)
    assert equal(normal, normalise(json.loads(canon(normal))))


@settings(max_examples=100, derandomize=True, database=None, deadline=None)
@given(VALUES, VALUES)
def test_equal_is_equality_of_texts(one, other):
    one, other = normalise(one), normalise(other)
    assert equal(one, other) == (canon(one) == canon(other))


@given(st.lists(st.integers(0, 2**64 - 1), max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=50, derandomize=True, database=None, deadline=None)
def test_digests_do_not_depend_on_the_order(hashes, dice):
    total = "0" * 16
    for value in hashes:
        total = add_digest(total, 1, f"1-{value:016x}")
    assert int(total, 16) == sum(hashes) % 2**64
    dice.shuffle(hashes)
    for value in hashes:
        total = add_digest(total, -1, f"1-{value:016x}")
    assert total == "0" * 16
