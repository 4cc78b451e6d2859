"""Getting in and being put out: passwords, tokens, codes, revoked devices, closed accounts."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
import segno
from county import FAST, OTHER_CELL, PASSWORD, T1, T2, Screen
from photos import makers

from fieldsync import db
from fieldsync.api.limits import limiter
from fieldsync.api.session import picture
from fieldsync.demo.phone import Phone, Refused
from fieldsync.domain import accounts
from fieldsync.settings import DEFAULTS

from .raw import Raw, problem_of

SESSION = "/api/v1/session"


def rows(app, statement: str) -> list[tuple]:
    with app.app_context(), db.reading() as connection:
        return [tuple(row) for row in db.rows(connection, statement)]


def execute(app, statement: str, **parameters) -> None:
    with app.app_context(), db.writing() as connection:
        db.execute(connection, statement, **parameters)


def sign_in(raw, login: str, password: str = PASSWORD, **more):
    return raw("POST", SESSION, {"username": login, "password": password} | more)


def test_a_session_tells_who_and_what_may_be_pulled(county, raw):
    login = county.person("manager", f"t-{T1}", f"t-{T2}")
    answer = sign_in(raw, login).get_json()
    assert answer["user"]["roles"] == ["manager"]
    assert answer["user"]["side"] == "township"
    assert answer["scopes"] == [f"t-{T1}", f"t-{T2}", "common", f"u-{answer['user']['id']}"]
    told = raw.by(answer["token"])("GET", SESSION).get_json()
    assert told["user"] == answer["user"]
    assert told["scopes"] == answer["scopes"]


def test_only_hashes_of_secrets_are_stored(app, county, raw):
    login = county.person("inspector", f"t-{T1}")
    token = sign_in(raw, login).get_json()["token"]
    cell, person = county.person_id(login)
    with app.app_context():
        code = accounts.issue_code(cell, person)
    stored = repr([rows(app, f"SELECT * FROM {table}") for table in ("token", "enrolment", "account")])
    for secret in (token, token.partition(".")[2], code, PASSWORD):
        assert secret not in stored
    assert hashlib.sha256(token.encode()).hexdigest() in stored
    assert "$argon2id$" in stored


def test_a_phones_token_lives_at_least_thirty_days(county, raw):
    expires = sign_in(raw, county.person("inspector", f"t-{T1}")).get_json()["expires"]
    assert datetime.fromisoformat(expires) > datetime.now(UTC) + timedelta(days=30)


def test_sign_out_ends_that_session_alone(county, raw):
    login = county.person("reviewer")
    one, two = (raw.by(sign_in(raw, login).get_json()["token"]) for _ in range(2))
    assert one("DELETE", SESSION).status_code == 204
    assert problem_of(one("GET", SESSION)) == "not-signed-in"
    assert two("GET", SESSION).status_code == 200


def test_an_expired_token_is_none(app, county, raw):
    client = raw.by(sign_in(raw, county.person("reviewer")).get_json()["token"])
    execute(app, "UPDATE token SET expires_at = '2020-01-01T00:00:00.000Z'")
    assert problem_of(client("GET", SESSION)) == "not-signed-in"


def test_unknown_user_and_wrong_password_sound_and_cost_the_same(app, county, raw, monkeypatch):
    login = county.person("reviewer")
    verified = []
    with app.app_context():
        real = accounts._argon2().verify

    class Counting:
        def verify(self, stored, password):
            verified.append(stored.split("$")[1:4])
            return real(stored, password)

    with app.app_context():
        accounts._nobody()
        monkeypatch.setattr(accounts, "_argon2", Counting)
        wrong, unknown = sign_in(raw, login, "wrong-password"), sign_in(raw, "nobody", "wrong-password")
    assert problem_of(wrong) == problem_of(unknown) == "not-signed-in"
    assert wrong.data == unknown.data
    assert verified[0] == verified[1]


def test_attempts_are_limited_and_the_answer_says_when_to_come_back(app):
    app.config["SIGN_IN_LIMIT"] = "3 per minute"
    limiter.reset()
    raw = Raw(app)
    statuses = [sign_in(raw, "nobody", "x").status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    last = sign_in(raw, "nobody", "x")
    assert problem_of(last) == "too-many"
    assert 0 < int(last.headers["Retry-After"]) <= 60
    enrol = [raw("POST", "/api/v1/devices/enrol", {"code": "x", "public_key": {}}).status_code for _ in range(4)]
    assert enrol[-1] == 429
    limiter.reset()


@pytest.mark.parametrize(
    "given",
    [
        {}, {"username": "x"}, {"username": 5, "password": "x"}, {"username": "x", "password": None},
        {"username": "x" * 65, "password": "x"}, {"username": "x", "password": "x" * 257},
        {"username": "nul\0", "password": "x"}, {"username": "\ud800", "password": "\udfff"}, [], "x", None,
    ],
)  # fmt: skip
def test_a_sign_in_that_is_none(raw, given):
    assert problem_of(raw("POST", SESSION, given)) in ("bad-value", "bad-json")


# Enrolment


def code_for(county, login: str) -> str:
    cell, person = county.person_id(login)
    with county.app.app_context():
        return accounts.issue_code(cell, person)


def test_a_code_serves_once(county):
    login = county.person("inspector", f"t-{T1}")
    code = code_for(county, login)
    first, second = Phone(county.wire), Phone(county.wire)
    first.enrol(code)
    with pytest.raises(Refused) as refused:
        second.enrol(code)
    assert refused.value.problem["reason"] == "code"
    first.sign_in(login, PASSWORD)
    assert first.ask("GET", SESSION)["user"]["id"] == first.user


def test_a_code_expires(app, county):
    code = code_for(county, county.person("inspector", f"t-{T1}"))
    execute(app, "UPDATE enrolment SET expires_at = '2020-01-01T00:00:00.000Z'")
    with pytest.raises(Refused) as refused:
        Phone(county.wire).enrol(code)
    assert refused.value.status == 403


@pytest.mark.parametrize(
    "key",
    [
        {}, {"kty": "RSA"}, {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": "EC", "crv": "P-256", "x": 5, "y": []},
        {"kty": "EC", "crv": "P-256", "x": "ä", "y": "\ud800"}, {"kty": "EC", "crv": "P-256", "x": "A" * 9999,
                                                                                   "y": ""},
    ],
)  # fmt: skip
def test_a_key_that_is_none_does_not_use_the_code_up(county, raw, key):
    code = code_for(county, county.person("inspector", f"t-{T1}"))
    answer = raw("POST", "/api/v1/devices/enrol", {"code": code, "public_key": key, "name": "x", "app": "x"})
    assert problem_of(answer) == "bad-value"
    nul = {"code": code, "public_key": key, "name": "\0", "app": "x"}
    assert problem_of(raw("POST", "/api/v1/devices/enrol", nul)) == "bad-value"
    Phone(county.wire).enrol(code)


def test_an_admin_makes_codes_and_their_pictures(county, raw):
    person = county.inspector().user
    admin, reviewer = county.screen("admin"), county.screen()
    code = admin.post(f"people/{person}/enrolment")["code"]
    Phone(county.wire).enrol(code)
    answer = raw.by(admin.phone.token)("POST", f"/api/v1/people/{person}/enrolment.svg")
    assert (answer.status_code, answer.mimetype) == (201, "image/svg+xml")
    assert problem_of(raw.by(reviewer.phone.token)("POST", f"/api/v1/people/{person}/enrolment")) == "not-allowed"


def test_the_picture_is_a_qr_code_of_the_address_and_the_code():
    """Drawn back into modules, it is what a QR encoder makes of the same text."""
    svg = picture("https://fs.example/", "350899-aabbccdd-00112233")
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    drawn = root.find("{http://www.w3.org/2000/svg}path")
    assert drawn is not None
    runs = re.findall(r"h(\d+)", drawn.get("d", ""))
    matrix = segno.make("https://fs.example/phone.html#enrol=350899-aabbccdd-00112233", error="m").matrix
    assert sum(map(int, runs)) == sum(map(sum, matrix))


# Devices


def revoke(county, phone: Phone, erase: str) -> None:
    county.screen("admin").act(f"devices/{phone.device}/revoke", set={"erase": erase}, reason="丢失")


def test_a_device_revoked_after_drain_hands_in_its_work_and_its_photos(app, county):
    """Scenario 31, second half: drained into the desk, then erased; photos too."""
    phone = county.inspector()
    site = phone.site(name="x", site_kind="adit", town_code=T1, mineral_code="coal")
    phone.sync()
    phone.edit(site, remark="unsent")
    content = makers.jpeg(makers.tiff(makers.NANPING))
    photo = phone.photograph(site, content)
    revoke(county, phone, "after-drain")
    for path in (SESSION, "/api/v1/sync/pull", "/api/v1/sites"):
        answer = Raw(app, phone.token)("GET", path)
        assert problem_of(answer) == "device-revoked"
        assert answer.get_json(force=True)["erase"] == "after-drain"
    results = phone.push()
    assert [(r["status"], r["why"]) for r in results] == [("held", "revoked-device")] * 2
    phone.upload(content)
    desk = county.screen()
    held = {receipt["id"]: receipt for receipt in desk.get("held")["held"]}
    assert set(held) == {site, photo}
    for receipt in held.values():
        desk.post(f"held/{receipt['op']}/admit", reason="核实")
    assert desk.get(f"sites/{site}")["body"]["remark"] == "unsent"
    assert desk.get(f"photos/{photo}")["body"]["have"] is True
    assert desk.get(f"photos/{photo}")["body"]["created_by"] == phone.user


def test_a_device_revoked_now_hands_in_nothing_more(app, county):
    phone = county.inspector()
    phone.site(name="x", site_kind="adit", town_code=T1, mineral_code="coal")
    revoke(county, phone, "now")
    with pytest.raises(Refused) as refused:
        phone.push()
    assert refused.value.status == 401
    assert refused.value.problem["erase"] == "now"
    assert len(phone.outbox) == 1
    answer = Raw(app, phone.token)("POST", "/api/v1/uploads", Tus_Resumable="1.0.0")
    assert problem_of(answer) == "device-revoked"
    with pytest.raises(Refused) as again:
        phone.sign_in(county.person("inspector", f"t-{T1}"), PASSWORD)
    assert again.value.problem["type"] == "/problems/device-revoked"


def test_a_revocation_leaves_the_persons_other_devices_alone(county):
    login = county.person("inspector", f"t-{T1}")
    lost, kept = county.phone(login), county.phone(login)
    revoke(county, lost, "now")
    kept.pull()
    with pytest.raises(Refused):
        lost.pull()


def test_push_needs_a_device(county):
    screen = county.screen()
    with pytest.raises(Refused) as refused:
        screen.phone.ask("POST", "/api/v1/sync/push", {"ops": []})
    assert (refused.value.status, refused.value.problem["reason"]) == (403, "device")


def test_no_session_on_an_unknown_or_a_neighbours_device(county, raw):
    login = county.person("inspector", f"t-{T1}")
    neighbour = county.phone(county.person("reviewer", cell=OTHER_CELL))
    for device in ("x", "01a20000-0000-7000-8000-000000000000", neighbour.device):
        assert problem_of(sign_in(raw, login, device=device)) == "bad-value"


# People


def test_a_closed_account_is_refused_everywhere_and_its_outbox_is_kept(app, county, raw):
    """Scenario 31, first half."""
    login = county.person("inspector", f"t-{T1}")
    phone = county.phone(login)
    phone.site(name="x", site_kind="adit", town_code=T1, mineral_code="coal")
    county.screen("admin").act(f"people/{phone.user}/deactivate")
    client = Raw(app, phone.token)
    for method, path in (("GET", SESSION), ("GET", "/api/v1/sync/pull"), ("GET", "/api/v1/sites")):
        assert problem_of(client(method, path)) == "not-allowed"
    with pytest.raises(Refused) as refused:
        phone.push()
    assert (refused.value.status, refused.value.problem["reason"]) == (403, "inactive")
    assert len(phone.outbox) == 1
    assert problem_of(sign_in(raw, login)) == "not-allowed"
    assert problem_of(sign_in(raw, login, "wrong-password")) == "not-signed-in"


def test_a_new_password_ends_the_old_sessions(county, raw):
    login = county.person("inspector", f"t-{T1}")
    cell, person = county.person_id(login)
    old = raw.by(sign_in(raw, login).get_json()["token"])
    admin = raw.by(county.screen("admin").phone.token)
    for bad in ({}, {"password": "short"}, {"password": 12345678}, {"password": "\ud800" * 9}, ["x"]):
        assert problem_of(admin("PUT", f"/api/v1/people/{person}/password", bad)) == "bad-value"
    assert admin("PUT", f"/api/v1/people/{person}/password", {"password": "new-password"}).status_code == 204
    assert problem_of(old("GET", SESSION)) == "not-signed-in"
    assert problem_of(sign_in(raw, login)) == "not-signed-in"
    assert sign_in(raw, login, "new-password").status_code == 200
    assert cell == "350899"


def test_a_login_of_somebody_else_is_not_taken_over(county, raw):
    login = county.person("inspector", f"t-{T1}")
    thief = county.screen("admin", cell=OTHER_CELL)
    client, given = raw.by(thief.phone.token), {"password": "long-enough"}
    made = thief.post("people", set={"name": "x", "login": login})
    answer = client("PUT", f"/api/v1/people/{made['id']}/password", given)
    assert problem_of(answer) == "bad-value"
    assert sign_in(raw, login).get_json()["user"]["cell"] == "350899"
    nameless = thief.post("people", set={"name": "x"})
    answer = raw.by(thief.phone.token)(
        "PUT", f"/api/v1/people/{nameless['id']}/password", {"password": "long-enough"}
    )
    assert problem_of(answer) == "bad-value"


def test_only_an_admin_sets_passwords(county, raw):
    person = county.inspector()
    for role in ("reviewer", "leader", "department"):
        client = raw.by(county.screen(role).phone.token)
        answer = client("PUT", f"/api/v1/people/{person.user}/password", {"password": "long-enough"})
        assert problem_of(answer) == "not-allowed"
    answer = raw.by(person.token)("PUT", f"/api/v1/people/{person.user}/password", {"password": "long-enough"})
    assert problem_of(answer) == "not-allowed"


def test_two_people_on_one_phone_push_as_themselves(county):
    """Scenario 38: who is signed in is the author, whoever filled it in."""
    a, b = (county.person("inspector", f"t-{T1}") for _ in range(2))
    phone = county.phone(a)
    one = phone.site(name="a", site_kind="adit", town_code=T1, mineral_code="coal")
    phone.push()
    first = phone.user
    phone.sign_in(b, PASSWORD)
    two = phone.site(name="b", site_kind="adit", town_code=T1, mineral_code="coal")
    phone.push()
    reviewer = Screen(county, county.person("reviewer"))
    assert reviewer.get(f"sites/{one}")["body"]["created_by"] == first
    assert reviewer.get(f"sites/{two}")["body"]["created_by"] == phone.user != first


def test_settings_of_a_fresh_installation_are_strong():
    assert FAST["ARGON2_MEMORY_KIB"] < DEFAULTS["ARGON2_MEMORY_KIB"] >= 19_456
    assert DEFAULTS["ARGON2_TIME_COST"] >= 2
    assert "per minute" in DEFAULTS["SIGN_IN_LIMIT"]
