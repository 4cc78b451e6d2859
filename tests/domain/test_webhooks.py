"""Webhooks: nothing is lost, whatever fails; nothing personal leaves; an admin sees what was given up."""

import re
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from click.testing import CliRunner
from conftest import close
from console.desk import Desk, text
from county import CELL, FAST, OTHER_CELL, T1, County
from flask import Flask
from hooks.receiver import Receiver, start, verify

from fieldsync import create_app, db
from fieldsync.cli import main, notify
from fieldsync.domain import deliveries, webhooks

MARKER = "只有本县能看见"
WAITS = [60, 600]


def secret_on(page: str) -> str:
    return re.findall(r"whsec_[A-Za-z0-9+/=]+", page)[0]


class Post:
    """A county whose admin has named a receiver; the clock stands where the test puts it."""

    def __init__(self, folder):
        self.folder, self.receiver = folder, Receiver()
        self.server = start(self.receiver)
        self.now = datetime.now(UTC)
        self.app = self.open()
        self.county = County(self.app)
        self.admin, self.reviewer = self.county.screen("admin"), self.county.screen()
        self.desk = Desk(self.county, self.admin.login)

    def open(self) -> Flask:
        """Start the application."""
        more = {"WEBHOOK_NETWORKS": ["127.0.0.1/32"], "WEBHOOK_WAITS": WAITS, "PUBLIC_URL": "https://fs.example"}
        app = create_app(self.folder, **FAST, **more)
        app.extensions["darkroom"].engine.now = lambda: self.now
        return app

    def restart(self) -> None:
        """End the application and start it again; people go on working with the new one."""
        close(self.app)
        self.app = self.county.app = self.county.wire.app = self.open()
        self.county.engine = self.app.extensions["darkroom"].engine
        self.desk = Desk(self.county, self.admin.login)

    def send(self) -> int:
        with self.app.app_context():
            return notify.send_due(self.app)

    def later(self, seconds: float) -> int:
        """Let time pass, then send."""
        self.now += timedelta(seconds=seconds)
        return self.send()

    def hook(self, *events: str) -> tuple[str, str]:
        """Name the receiver at the desk; return the webhook's id and the secret that was shown."""
        form = self.desk.form("/console/webhooks", "create", url=self.receiver.url, note=MARKER)
        form.fields["events"] = list(events)
        page = self.desk.send(form, 200)
        return form.fields["id"], secret_on(page)

    def site(self) -> str:
        given = {
            "name": f"硐 {MARKER}",
            "site_kind": "adit",
            "town_code": T1,
            "mineral_code": "coal",
            "remark": MARKER,
        }
        return self.reviewer.post("sites", set=given)["id"]

    def states(self, hook: str) -> dict[str, int]:
        with self.app.app_context(), db.reading() as connection:
            return deliveries.counts(connection, CELL).get(hook, {})


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    post = Post(tmp_path_factory.mktemp("webhooks"))
    yield post
    close(post.app)
    post.server.shutdown()
    post.server.server_close()


@pytest.fixture
def post(shared):
    yield shared
    shared.receiver.came.clear()
    shared.receiver.answers.clear()
    for record in shared.admin.get("webhooks")["records"]:
        shared.admin.act(f"webhooks/{record['id']}/void", reason="x")


def told(post) -> list[dict]:
    return [orjson.loads(body) for _headers, body in post.receiver.came]


def test_an_event_arrives_signed_and_without_anything_personal(post):
    hook, secret = post.hook()
    site = post.site()
    post.reviewer.act(f"sites/{site}/transit", set={"to": "verifying", "override": True}, reason=MARKER)
    assert post.send() == 2
    first, second = told(post)
    rev = post.reviewer.get(f"sites/{site}")["rev"]
    assert (first["type"], second["type"]) == ("site.lead", "site.verifying")
    data = second["data"]
    assert data | {"seq": 0} == {
        "cell": CELL, "noun": "site", "id": site, "rev": rev, "seq": 0,
        "link": f"https://fs.example/console/notices/site/{site}",
    }  # fmt: skip
    assert data["seq"] > first["data"]["seq"]
    for headers, body in post.receiver.came:
        assert verify(secret, headers, body, post.now.timestamp())
        assert not verify("whsec_" + "A" * 43 + "=", headers, body, post.now.timestamp())
        assert MARKER.encode() not in body
        assert post.reviewer.phone.user.encode() not in body
    assert post.states(hook) == {"delivered": 2}
    assert post.send() == 0
    page = post.desk.client.get(f"/console/notices/site/{site}")
    assert page.headers["Location"].endswith(f"/console/sites/{site}")


def test_a_receiver_that_fails_gets_all_of_it_later_after_a_restart_too(post):
    hook, secret = post.hook("site.lead", "site.dismissed")
    sites = [post.site() for _ in range(3)]
    post.receiver.answers = [503]
    assert post.send() == 0
    assert len(post.receiver.came) == 1, "who cannot answer is left alone for a while"
    assert post.later(30) == 0
    assert len(post.receiver.came) == 1
    sites.append(post.site())
    post.restart()
    assert post.later(40) == 4
    assert [one["data"]["id"] for one in told(post)[1:]] == sites
    ids = [headers["webhook-id"] for headers, _body in post.receiver.came]
    assert ids[0] == ids[1], "the same message, told by the same id"
    assert len(set(ids)) == 4
    stamps = [int(headers["webhook-timestamp"]) for headers, _body in post.receiver.came]
    assert stamps[1] - stamps[0] >= 70
    assert len(post.receiver.accepted(secret)) == 5
    assert post.states(hook) == {"delivered": 4}


def test_a_message_in_the_hands_of_a_sender_that_died_is_sent_by_the_next(post):
    post.hook("site.lead")
    post.site()
    with post.app.app_context():
        deliveries.draw(CELL)
        assert deliveries.claim(CELL, post.now) is not None
        assert deliveries.claim(CELL, post.now) is None, "two senders do not send the same"
    post.restart()
    assert post.send() == 0
    assert post.later(61) == 1


def test_after_the_last_attempt_it_is_given_up_for_all_to_see_and_sent_again_by_a_button(post):
    hook, _secret = post.hook("site.lead")
    post.site()
    post.receiver.answers = [400] * 3
    assert [post.send(), post.later(60), post.later(600), post.later(9999)] == [0, 0, 0, 0]
    assert len(post.receiver.came) == 3
    assert post.states(hook) == {"given_up": 1}
    page = f"/console/webhooks/{hook}"
    assert "已放弃" in text(post.desk.get(page))
    assert "对方拒收 400" in text(post.desk.get(page))
    listed = post.desk.get("/console/webhooks")
    assert '<span class="flag">1</span>' in listed
    assert re.search(r'事件推送 <span class="count">1</span>', listed)
    post.desk.submit(page, "again")
    assert post.send() == 1
    assert post.states(hook) == {"delivered": 1}


def test_one_refused_message_does_not_hold_up_the_others(post):
    post.hook("site.lead")
    sites = [post.site() for _ in range(3)]
    post.receiver.answers = [422]
    assert post.send() == 2
    assert [one["data"]["id"] for one in told(post)] == sites
    assert post.later(60) == 1


def test_what_is_asked_for_is_sent_and_nothing_of_before_or_of_another_county(post):
    post.site()
    other = post.county.screen(cell=OTHER_CELL)
    hook, _secret = post.hook("request.refused", "conflict.open")
    other.post(
        "sites", set={"name": "x", "site_kind": "adit", "town_code": f"{OTHER_CELL}101", "mineral_code": "coal"}
    )
    site = post.site()
    assert post.send() == 0
    post.reviewer.post("requests", set={"target": site, "to": "written_off"}, parent={"id": site})
    assert post.send() == 1
    assert told(post)[0]["type"] == "request.refused"
    page = f"/console/webhooks/{hook}"
    post.desk.submit(page, "off")
    post.reviewer.post("requests", set={"target": site, "to": "written_off"}, parent={"id": site})
    assert post.send() == 0
    post.desk.submit(page, "on")
    assert post.send() == 0, "what happened while it was off is passed over"
    post.desk.submit(page, "test")
    assert post.send() == 1
    assert told(post)[-1]["type"] == "webhook.test"
    old = post.receiver.came[-1]
    secret = secret_on(post.desk.submit(page, "secret", 200))
    assert not verify(secret, *old, post.now.timestamp())


def test_an_address_inside_is_refused_when_it_is_sent_and_nonsense_at_once(post):
    hook, _secret = post.hook("site.lead")
    page = f"/console/webhooks/{hook}"
    post.desk.submit(page, "edit", url="http://169.254.169.254/latest/meta-data")
    post.site()
    assert post.send() == 0
    assert "地址不允许" in text(post.desk.get(page))
    assert "地址须为 http 或 https" in post.desk.submit(page, "edit", 400, url="ftp://x/")


def test_the_command_sends_what_is_due_and_names_a_mistake_in_the_settings(post, monkeypatch):
    post.hook("site.lead")
    post.site()
    monkeypatch.setenv("FIELDSYNC_WEBHOOK_NETWORKS", '["127.0.0.1/32"]')
    command = ["--instance", str(post.folder), "notify", "--once"]
    result = CliRunner().invoke(main, command)
    assert (result.exit_code, len(post.receiver.came)) == (0, 1), result.output
    monkeypatch.setenv("FIELDSYNC_WEBHOOK_NETWORKS", '["10.0.0.1/8"]')
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert "WEBHOOK_NETWORKS" in result.output


def test_only_admins_of_the_county_see_and_change_it(post):
    hook, secret = post.hook()
    for login in (post.reviewer.login, post.county.person("leader")):
        desk = Desk(post.county, login)
        for path in ("/console/webhooks", f"/console/webhooks/{hook}"):
            assert desk.client.get(path).status_code == 403
        assert "事件推送" not in desk.get("/console/sites").partition("<main")[0]
    stranger = Desk(post.county, post.county.person("admin", cell=OTHER_CELL))
    assert stranger.client.get(f"/console/webhooks/{hook}").status_code == 404
    assert post.receiver.url not in stranger.get("/console/webhooks")
    answer = post.admin.phone.send("GET", f"/api/v1/webhooks/{hook}")
    assert post.receiver.url.encode() in answer.body
    assert secret.encode() not in answer.body
    with post.app.app_context(), db.reading() as connection:
        bodies = db.rows(connection, "SELECT body FROM record UNION ALL SELECT content FROM operation")
        assert not [row for row in bodies if "whsec_" in row[0]]


def test_events_are_the_states_that_the_nouns_have():
    assert {
        "site.relapsed",
        "inspection.returned",
        "conflict.open",
        "receipt.held",
        "case.filed",
        "closure.fail",
    } <= set(webhooks.EVENTS)
    assert list(webhooks.events_of("case", {"filed_at": [None, "2026-01-02"], "fine": [None, 1]})) == [
        "case.filed"
    ]
    assert list(webhooks.events_of("case", {"filed_at": ["2026-01-01", "2026-01-02"]})) == []
    assert list(webhooks.events_of("site", {"lifecycle_status": ["lead", "lead"]})) == []
    assert list(webhooks.events_of("party", {"name": [None, "x"]})) == []
