"""Who has no access: the stranger, the neighbour county, the neighbour township (every noun, every endpoint)."""

import pytest
from conftest import close
from county import FAST, T1, T2, T3

from fieldsync import create_app
from fieldsync.actions import NOUNS
from fieldsync.ids import new_id

from . import world as worlds
from .raw import Raw, problem_of
from .world import MARKER

TUS = {"Tus_Resumable": "1.0.0"}
# What anybody may ask: method and path.
OPEN = {
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/devices/enrol"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/docs"),
    ("OPTIONS", "/api/v1/uploads"),
}
# The list of divisions is everybody's, and so are the forms of every county; test_forms.py sees to the others.
COMMON = {"divisions", "forms"}
# Of one's own county, whatever is asked; test_map_packs.py and reports/test_doors.py see to the others.
COUNTY_WIDE = {"map_packs", "reports"}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    app = create_app(tmp_path_factory.mktemp("world"), **FAST)
    yield worlds.build(app)
    close(app)


@pytest.fixture(scope="module")
def strangers(world):
    return {name: Raw(world.app, screen.phone.token) for name, screen in worlds.outsiders(world).items()}


def test_lists_of_strangers_are_empty(world, strangers):
    for noun in NOUNS:
        for name, stranger in strangers.items():
            answer = stranger("GET", f"/api/v1/{noun.plural}").get_json()
            if noun.plural in COMMON:
                assert answer["records"]
            elif noun.name == "person":
                # Himself, and in his own county his colleagues.
                assert world.ids["people"] not in {r["id"] for r in answer["records"]}
            elif noun.name != "device" or "county" not in name:
                assert answer["records"] == [], (name, noun.name)


def test_no_stranger_was_ever_sent_a_marker(world, strangers):
    ops = ",".join([world.ids["op"], *(new_id() for _ in range(3))])
    for stranger in strangers.values():
        stranger("GET", f"/api/v1/sync/receipts?op={ops}")
        stranger("GET", "/api/v1/sync/pull?seen=350899:1.0000000000000000")
        stranger("GET", "/api/v1/held")
        stranger("GET", "/api/v1/session")
        for scope in (f"t-{T1}", "c-350899", f"u-{world.phone.user}"):
            assert problem_of(stranger("GET", f"/api/v1/sync/verify?scope={scope}")) == "not-found"
        heard = b"".join(stranger.heard)
        assert len(heard) > 20_000
        assert MARKER.encode() not in heard
        assert MARKER.encode("unicode_escape") not in heard
        assert world.phone.user.encode() not in heard


def test_the_markers_are_there_for_those_who_may(world):
    """Else the tests above would prove nothing."""
    reviewer = Raw(world.app, world.reviewer.phone.token)
    for noun in NOUNS:
        if noun.plural not in COMMON | {"receipts", "devices"}:
            assert MARKER in reviewer("GET", f"/api/v1/{noun.plural}").text, noun.name
    inspector = Raw(world.app, world.phone.token)
    assert MARKER in inspector("GET", "/api/v1/sync/pull").text


def test_parties_never_reach_a_township(world):
    """Suspects are the county's alone: no list, no pull, no record, no history, no conflict."""
    inspector = Raw(world.app, world.phone.token)
    party = world.ids["parties"]
    assert inspector("GET", "/api/v1/parties").get_json()["records"] == []
    for path in (f"/api/v1/parties/{party}", f"/api/v1/parties/{party}/versions"):
        assert problem_of(inspector("GET", path)) == "not-found"
    assert party not in inspector("GET", "/api/v1/sync/pull").text
    assert party not in inspector("GET", f"/api/v1/sync/verify?scope=t-{T1}").text
    given = {"set": {"name": "x"}, "parent": {"id": world.ids["sites"]}}
    assert problem_of(inspector("POST", "/api/v1/parties", given)) in ("not-allowed", "not-found")


def test_a_township_has_what_hangs_on_its_dossiers_and_nothing_of_the_countys_own(world):
    """Closures, rectifications and signatures lie where their dossier does; cases never leave the county."""
    shown = ("closures", "rectifications", "dossier_signatures")
    kept = (
        "cases", "person_measures", "damage_appraisals", "trade_incidents", "period_reports", "parties",
        "checklists",
    )  # fmt: skip
    own = Raw(world.app, world.phone.token)("GET", "/api/v1/sync/pull").text
    assert [noun for noun in shown if world.ids[noun] not in own] == []
    assert [noun for noun in kept if world.ids[noun] in own] == []
    for town in (T2, T3):
        other = world.county.inspector(town)
        heard = Raw(world.app, other.token)("GET", "/api/v1/sync/pull").text
        assert [noun for noun in (*shown, *kept) if world.ids[noun] in heard] == []


def test_other_peoples_devices_and_files_are_not_shown_to_townships(world):
    inspector = Raw(world.app, world.phone.token)
    for noun in ("devices", "people"):
        other = world.admin.get(noun)["records"]
        mine = {r["id"] for r in inspector("GET", f"/api/v1/{noun}").get_json()["records"]}
        assert mine <= {world.phone.user}
        for record in other:
            if record["id"] not in mine:
                assert inspector("GET", f"/api/v1/{noun}/{record['id']}").status_code == 404
