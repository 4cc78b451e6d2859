"""Junk at every endpoint with a good token: never a 5xx, every refusal a problem."""

import json
import os
import re

import pytest
from conftest import close
from county import FAST, T1
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from fieldsync import create_app
from fieldsync.actions import NOUNS
from fieldsync.ids import new_id

from . import world as worlds
from .raw import PROBLEM, Raw, endpoints

# For each endpoint; FIELDSYNC_FUZZ=200 looks longer.
EXAMPLES = int(os.environ.get("FIELDSYNC_FUZZ", "5"))
DECLARED = {field.path for noun in NOUNS for field in noun.fields.declared}
FIELDS = sorted(path.replace("**", "x/y").replace("*", "r1") for path in DECLARED)
MEMBERS = ["set", "id", "parent", "reason", "choose", "value", "ops", "seen", "op", "cell", "action", "base",
           "from", "after", "head", "username", "password", "device", "code", "public_key", "towns", "to",
           "erase"]  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["", "\0", "\ud800", "\ufeff", "9" * 400, "../..", "1-0000000000000000", T1, "NaN"])
    | st.sampled_from([10**30, -(10**30), 1e308, float("nan"), float("-inf"), 2**53 + 1])
)  # fmt: skip
KEYS = st.sampled_from([*MEMBERS, *FIELDS, "__proto__", "$void", "", "a/b/c", "ä"]) | st.text(max_size=10)
JSONS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=12
)
EDITS = st.fixed_dictionaries({}, optional={
    "set": st.dictionaries(st.sampled_from(FIELDS) | KEYS, JSONS, max_size=6) | JSONS,
    "parent": st.fixed_dictionaries({"id": SCALARS}) | JSONS, "id": SCALARS, "reason": JSONS, "choose": JSONS,
    "value": JSONS,
})  # fmt: skip
PARTS = dict.fromkeys(("op", "cell", "head", "at", "base", "after", "set", "from"), JSONS)
ACTIONS = st.sampled_from(["site.create", "site.edit", "inspection.submit", "photo.add", "site.void", "x.y"])
IDENTITY = {"action": ACTIONS | SCALARS, "id": st.builds(new_id) | SCALARS}
OPERATION = st.fixed_dictionaries({}, optional=PARTS | IDENTITY)
PUSHES = st.fixed_dictionaries({"ops": st.lists(OPERATION, max_size=3)})
BODIES = (
    st.builds(lambda value: json.dumps(value).encode(), EDITS | JSONS | PUSHES)
    | st.binary(max_size=60)
    | st.just(b"")
)
LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30)
KINDS = [
    "application/json", "application/json", "application/offset+octet-stream", "text/plain", "",
    "multipart/form-data; boundary=x", "application/x-www-form-urlencoded",
]  # fmt: skip
HEADERS = st.fixed_dictionaries({}, optional={
    "If-Match": LATIN | st.sampled_from(["*", '"1-0000000000000000"', 'W/"9-77c1a2b3c4d5e6f7"']),
    "Operation-Id": LATIN | st.builds(new_id), "Content-Encoding": st.sampled_from(["gzip", "zstd", "br", "x"]),
    "Accept-Language": LATIN, "Range": st.sampled_from(["bytes=0-1", "bytes=9-1", "bytes=99999999-", "x"]),
    "Tus-Resumable": st.sampled_from(["1.0.0", "1.0.0", "x"]),
    "Upload-Offset": LATIN | st.sampled_from(["0", "5"]), "Upload-Length": LATIN | st.sampled_from(["0", "10"]),
    "Upload-Metadata": LATIN | st.just("sha256 " + "YWJj" * 22), "Upload-Checksum": LATIN | st.just("sha1 AAAA"),
    "X-HTTP-Method-Override": st.sampled_from(["PATCH", "HEAD", "x"]),
    "Content-Type": st.sampled_from(KINDS),
})  # fmt: skip
QUERIES = st.dictionaries(
    st.sampled_from(
        ["limit", "after", "at", "px", "op", "scope", "cursor", "max_bytes", "seen", "lang", "dry_run", "x"]
    ),
    LATIN
    | st.sampled_from(["0", "-1", "99999999999999999999", "common", "eyJ4IjpbMSwyXX0=", "2026-10-03", "1e9"]),
    max_size=3,
)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    app = create_app(tmp_path_factory.mktemp("fuzz"), **FAST)
    yield worlds.build(app)
    close(app)


@pytest.fixture(scope="module")
def people(world):
    county = world.county
    return [Raw(world.app, token) for token in (
        world.admin.phone.token, world.reviewer.phone.token, county.phone(county.person("reviewer")).token,
        world.phone.token, county.inspector().token,
    )]  # fmt: skip


@pytest.fixture(scope="module")
def targets(world):
    found = [target for target in endpoints(world.app) if target[:2] != ("DELETE", "/api/v1/session")]
    # Nobody's password or device is lost on the way: the later examples need them.
    return [t for t in found if not t[1].endswith(("/password", "/revoke", "/deactivate", "/reassign"))] + [
        t for t in found if t[1].endswith("/revoke")
    ]


QUIET = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])


def test_no_junk_brings_the_server_down(world, people, targets):
    for number, (method, path, arguments) in enumerate(targets):
        target = st.just((world, method, path, arguments))

        @seed(number)
        @settings(QUIET, max_examples=EXAMPLES)
        @given(target, st.sampled_from(people), st.booleans(), BODIES, HEADERS, QUERIES)
        def junk(target, somebody, known, body, headers, query):
            throw(*target, somebody, known, body, headers, query)

        junk()


def throw(world, method, path, arguments, somebody, known, body, headers, query):
    """Send one request of junk and look at its answer."""
    known = known and not path.endswith("/revoke")
    for argument in arguments:
        value = world.id_for(argument, path) if known or argument == "verb" else new_id()
        path = path.replace(f"{{{argument}}}", value)
    sent = {"Content-Type": "application/json", "Authorization": f"Bearer {somebody.token}"} | headers
    answer = world.app.test_client().open(
        path, method=method, data=b"" if method == "GET" else body, headers=sent, query_string=query, buffered=True
    )
    told = (method, path, body, headers, query, answer.data)
    assert answer.status_code < 500, told
    assert answer.status_code != 401, told
    if answer.status_code >= 400 and method != "HEAD":
        assert answer.mimetype == PROBLEM, told
        problem = json.loads(answer.data)
        assert problem["status"] == answer.status_code
        assert re.fullmatch(r"/problems/[a-z-]+", problem["type"])


NOWHERE = [
    "/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/%00", "/api/v1/sites/%ff", "/api/v2/x",
    "/api/v1/sites/..%2f..%2fetc", "/api/v1/sites/not-a-uuid", "/api/v1/" + "x" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("path", NOWHERE)
@pytest.mark.parametrize("method", ["GET", "POST", "TRACE", "BREW"])
def test_paths_that_lead_nowhere(world, people, path, method):
    answer = people[0](method, path)
    assert answer.status_code in (401, 404, 405)
    assert answer.mimetype == PROBLEM
