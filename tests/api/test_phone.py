"""The catalogue that phones read before anybody signs in: complete, small, and of nobody."""

import gzip

import orjson
import pytest

from fieldsync.actions import ACTIONS, REGISTRY
from fieldsync.api import phone
from fieldsync.domain import lifecycle
from fieldsync.settings import DEFAULTS

from .raw import Raw

PATH = "/phone/catalogue.json"


@pytest.fixture
def catalogue(raw) -> dict:
    return raw("GET", PATH).get_json()


def test_it_is_everybodys_and_asked_for_once(app, raw):
    answer = raw("GET", PATH)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.headers["Cache-Control"] == "no-cache"
    again = raw("GET", PATH, If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    packed = raw("GET", PATH, Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == answer.data
    tag = packed.headers["ETag"]
    assert raw("GET", PATH, Accept_Encoding="gzip", If_None_Match=tag).status_code == 304
    assert raw("POST", PATH, {}).status_code == 405


def test_it_changes_with_the_settings(make_app):
    first, second = (make_app(name, **more) for name, more in (("a", {}), ("b", {"PREVIEW_PX": 1200})))
    tags = [Raw(app)("GET", PATH).headers["ETag"] for app in (first, second)]
    assert tags[0] != tags[1]
    assert Raw(second)("GET", PATH).get_json()["settings"]["PREVIEW_PX"] == 1200


def test_every_field_of_the_nouns_that_phones_use(catalogue):
    assert set(catalogue["nouns"]) == {*phone.NOUNS, *phone.SHOWN} & set(REGISTRY.nouns)
    assert {"site", "inspection", "photo", "patrol_task", "patrol_track"} <= set(catalogue["nouns"])
    assert not {"party", "person", "device"} & set(catalogue["nouns"])
    for name, told in catalogue["nouns"].items():
        noun = REGISTRY.nouns[name]
        assert told["labels"] == list(noun.labels)
        fields = [f for f in noun.fields.declared if f.path in phone.SHOWN.get(name, told["fields"])]
        assert list(told["fields"]) == [field.path for field in fields]
        assert name in phone.SHOWN or fields == list(noun.fields.declared)
        for field in fields:
            found = told["fields"][field.path]
            assert (found["labels"], found["kind"], found["policy"]) == (
                list(field.labels), field.kind, field.policy,
            )  # fmt: skip
            assert (found.get("unit", ""), found.get("required", False)) == (field.unit, field.required)
            assert (found.get("most"), found.get("least")) == (field.most, field.least)
            words = catalogue["choices"][found["choices"]] if field.choices else None
            assert words == ({c: list(w) for c, w in field.choices.items()} if field.choices else None)


def test_lists_of_choices_stand_once(catalogue):
    lists = [orjson.dumps(words) for words in catalogue["choices"].values()]
    assert len(set(lists)) == len(lists)
    used = [f["choices"] for n in catalogue["nouns"].values() for f in n["fields"].values() if "choices" in f]
    assert set(used) == set(catalogue["choices"])
    assert len(used) > len(set(used))


def test_only_what_a_phone_may_send(catalogue):
    told = {action for noun in catalogue["nouns"].values() for action in noun["actions"]}
    may = {a.name for a in ACTIONS if a.phone and a.who and a.noun in catalogue["nouns"]}
    assert told == may
    assert not {"photo.view", "photo.arrive", "inspection.approve"} & told


def test_the_states_of_a_site(catalogue):
    assert {(was, to): who for was, to, who in catalogue["transitions"]} == lifecycle.TRANSITIONS


def test_the_settings_for_phones_and_no_others(catalogue):
    assert catalogue["settings"] == {name: DEFAULTS[name] for name in phone.SETTINGS}
    assert not {"SECRET_KEY", "DATABASE_URL", "BLOBS_DIR"} & set(phone.SETTINGS)
    assert catalogue["settings"]["CONTACTS"][0] == ["公安报警", "Police", "110"]


def test_nobody_and_nothing_of_the_county_is_in_it(app, county, raw):
    before = raw("GET", PATH).data
    county.inspector().site(name="x")
    assert raw("GET", PATH).data == before


def test_it_stays_small(raw):
    assert len(gzip.compress(raw("GET", PATH).data, 9)) <= 12 * 1024
