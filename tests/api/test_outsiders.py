"""Who has no access: the stranger, the neighbour county, the neighbour township (every noun, every endpoint)."""

import re

import orjson
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


def endpoints(app):
    """Yield method, path and arguments of every endpoint of the API."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if rule.rule.startswith("/api"):
            path = re.sub(r"<[^:>]*:?([a-z_]+)>", r"{\1}", re.sub(r"<any\([^)]*\):verb>", "{verb}", rule.rule))
            explicit = rule.methods - {"HEAD" if "GET" in rule.methods else ""}
            if not (rule.methods & {"POST", "GET", "PATCH", "PUT", "DELETE", "HEAD"}):
                yield from ((method, path, rule.arguments) for method in explicit)
            else:
                yield from ((method, path, rule.arguments) for method in sorted(explicit - {"OPTIONS"}))


def filled(world, path, arguments, unknown=False):
    for argument in arguments:
        known = world.id_for(argument, path)
        path = path.replace(f"{{{argument}}}", new_id() if unknown and argument != "verb" else known)
    return path


def body_for(world, path):
    """Return a body that would do something, were it allowed."""
    given = {
        "set": {"remark": "x", "to": "verifying", "town_code": T1, "towns": [T1]},
        "reason": "x",
        "choose": "current",
    }
    if path.endswith("/password"):
        return {"password": "long-enough"}
    if path.count("/") == 3 and "sites" not in path and "people" not in path:
        return given | {"parent": {"id": world.ids["sites"]}}
    return given


def rev(world, path):
    noun = path.split("/")[3] if path.count("/") >= 4 else ""
    if noun in world.ids and noun in {n.plural for n in NOUNS}:
        return world.admin.get(f"{noun}/{world.ids[noun]}")["rev"]
    return "1-0000000000000000"


def test_everybody_must_sign_in(world):
    nobody = Raw(world.app)
    seen = set()
    for method, path, arguments in endpoints(world.app):
        if (method, path) in OPEN:
            seen.add((method, path))
            continue
        for token in ("", "350899.nonsense", "nonsense", "350899."):
            answer = nobody.by(token)(
                method, filled(world, path, arguments), {"set": {}} if method != "GET" else None
            )
            assert answer.status_code == 401, (method, path, answer.data)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            if method != "HEAD":
                assert problem_of(answer) == "not-signed-in"
    assert seen == OPEN


def test_other_schemes_of_authorization_are_none(world):
    nobody = Raw(world.app)
    for header in ("", "Bearer", "Bearer ", f"Basic {world.phone.token}", world.phone.token, "Bearer \xff\xfe"):
        assert nobody("GET", "/api/v1/sites", Authorization=header).status_code == 401


def test_strangers_find_nothing_and_cannot_tell_it_from_what_is_not_there(world, strangers):
    """The answer for a foreign record is, byte by byte, the answer for one that does not exist."""
    checked = 0
    for method, path, arguments in endpoints(world.app):
        if not arguments or path.split("/")[3] in COMMON | COUNTY_WIDE:
            continue
        headers = {"If_Match": f'"{rev(world, path)}"', "Upload_Offset": "0"} | TUS
        given = body_for(world, path) if method in ("POST", "PATCH", "PUT") else None
        if "uploads" in path and given is not None:
            given, headers = b"0123", headers | {
                "Content_Type": "application/offset+octet-stream", "X_HTTP_Method_Override": "PATCH",
            }  # fmt: skip
        for name, stranger in strangers.items():
            there = stranger(method, filled(world, path, arguments), given, **headers)
            missing = stranger(method, filled(world, path, arguments, unknown=True), given, **headers)
            assert there.status_code == 404, (name, method, path, there.data)
            assert there.data == missing.data, (name, method, path)
            checked += 1
    assert checked > 200


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


def test_strangers_cannot_hang_anything_on_a_foreign_record(world, strangers):
    parent = {"id": world.ids["sites"]}
    for name, stranger in strangers.items():
        for noun in ("inspections", "photos", "requests"):
            answer = stranger("POST", f"/api/v1/{noun}", {"set": {"remark": "x"}, "parent": parent})
            nothing = stranger("POST", f"/api/v1/{noun}", {"set": {"remark": "x"}, "parent": {"id": new_id()}})
            assert problem_of(answer) == "not-found", (name, noun)
            assert answer.data == nothing.data
    neighbour = strangers["an inspector of another township"]
    assert problem_of(neighbour("POST", "/api/v1/sites", {"set": {"town_code": T1, "name": "x"}})) == "not-found"


def test_a_push_about_foreign_records_is_held_and_tells_nothing(world):
    for screen in (
        world.county.inspector("350899102"),
        world.county.phone(world.county.person("reviewer", cell="350898")),
    ):
        ops = []
        for noun, record in (
            ("site", "sites"),
            ("inspection", "inspections"),
            ("photo", "photos"),
            ("party", "parties"),
        ):
            for cell in ("350899", screen.cell):
                given = {
                    "op": new_id(),
                    "cell": cell,
                    "action": f"{noun}.edit",
                    "id": world.ids[record],
                    "base": rev(world, f"/api/v1/{record}/x"),
                }
                ops.append(given | {"set": {"remark": "guess"}, "from": {"remark": "a"}})
        ops.append(
            {"op": world.ids["op"], "cell": "350899", "action": "site.edit", "id": world.ids["sites"], "set": {}}
        )
        answer = screen.send(
            "POST",
            "/api/v1/sync/push",
            orjson.dumps({"ops": ops, "seen": {"350899": "1.0", "common": "1.0"}}),
        )
        assert MARKER.encode() not in answer.body
        assert MARKER not in answer.body.decode()
        for result in answer.json["results"]:
            assert result["status"] in ("held", "rejected"), result
            assert not {"rev", "conflicts", "fields"} & result.keys(), result
        if screen.cell != "350899":
            assert set(answer.json["head"]) <= {screen.cell, "common"}


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
