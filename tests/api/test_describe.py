"""The description: valid OpenAPI 3.1, complete, and a page that needs nothing from elsewhere."""

import re
from html.parser import HTMLParser

import pytest
from conftest import close
from county import FAST
from openapi_spec_validator import validate

from fieldsync import create_app
from fieldsync.actions import ACTIONS, NOUNS
from fieldsync.api.doors import PUBLIC
from fieldsync.errors import PROBLEMS
from fieldsync.sync.merge import POLICIES

from .raw import Raw


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    app = create_app(tmp_path_factory.mktemp("spec"), **FAST)
    yield Raw(app)("GET", "/api/v1/openapi.json").get_json()
    close(app)


def operations(spec):
    for path, methods in spec["paths"].items():
        for method, told in methods.items():
            if method != "parameters":
                yield path, method, told


def test_it_is_valid(spec):
    assert spec["openapi"].startswith("3.1")
    validate(spec)


def test_every_endpoint_is_there(app, spec):
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api"):
            path = re.sub(r"<(?:[^:<>]*:)?([a-z_]+)>", r"{\1}", rule.rule)
            explicit = rule.methods - {"OPTIONS"} or rule.methods
            for method in explicit - ({"HEAD"} if "GET" in rule.methods else set()):
                assert method.lower() in spec["paths"][path], (method, path)


def test_every_operation_says_what_it_does_and_what_can_go_wrong(spec):
    for path, method, told in operations(spec):
        assert told.get("summary"), (method, path)
        assert any(status[0] == "2" for status in told["responses"]), (method, path)
        assert "default" not in told["responses"]
        assert told["tags"]
        for status, answer in told["responses"].items():
            if status[0] in "45":
                assert "application/problem+json" in answer["content"], (method, path, status)
                for name in re.findall(r"`([a-z-]+)`", answer["description"]):
                    assert PROBLEMS[name][0] == int(status)
        given = {p["name"] for p in told.get("parameters", []) + spec["paths"][path].get("parameters", [])}
        assert set(re.findall(r"{(\w+)}", path)) <= given
        if method in ("patch", "put") and "uploads" not in path:
            assert told["requestBody"]["content"]


def test_who_need_not_sign_in_is_told(app, spec):
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api"):
            path = re.sub(r"<(?:[^:<>]*:)?([a-z_]+)>", r"{\1}", rule.rule)
            explicit = rule.methods - {"OPTIONS"} or rule.methods
            for method in set(spec["paths"][path]) & {m.lower() for m in explicit}:
                told = spec["paths"][path][method]
                is_public = app.view_functions[rule.endpoint].allowed == PUBLIC
                assert (told.get("security") == []) == is_public, (method, path)
                if not is_public:
                    assert "401" in told["responses"]


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_the_body_of_every_noun(spec, noun):
    schemas = spec["components"]["schemas"]
    body = schemas[f"{noun.name}.body"]
    assert (body["title"], body["description"]) == noun.labels
    for field in noun.fields.declared:
        if "*" in field.path:
            concrete = field.path.replace("**", "a/b").replace("*", "0198f3a2-7c11")
            found = [s for p, s in body["patternProperties"].items() if re.fullmatch(p, concrete)]
            schema = next(s for s in found if s["title"] == field.labels[0])
        else:
            schema = body["properties"][field.path]
        assert schema["title"] == field.labels[0]
        assert schema["description"].startswith(field.labels[1])
        assert schema["x-policy"] == field.policy in POLICIES
        if field.kind == "choice":
            assert schema["enum"] == list(field.choices)
            assert schema["x-labels"] == {c: list(labels) for c, labels in field.choices.items()}
        # What only the server sets is not offered to be set.
        settable = schemas[f"{noun.name}.set"]
        offered = field.path in settable["properties"] or any(
            s["title"] == field.labels[0] for s in settable["patternProperties"].values()
        )
        assert offered or field.policy == "server"
    assert body["required"] == list(noun.fields.required)


def test_strict_actions_ask_for_the_revision_and_name_the_roles(spec):
    found = {told["x-action"]: told for _, _, told in operations(spec) if "x-action" in told}
    doors = {a.name: a for a in ACTIONS if a.who and a.noun != "receipt" and a.verb != "view"}
    assert set(found) == set(doors)
    for name, action in doors.items():
        headers = {p["name"] for p in found[name]["parameters"]}
        assert "Operation-Id" in headers
        assert ("If-Match" in headers) == (action.strict or action.verb == "edit"), name
        assert ("412" in found[name]["responses"]) == (action.strict or action.verb == "edit")
        assert found[name]["x-roles"] == sorted(action.who)


class Links(HTMLParser):
    """Collects what a page asks for, and what it anchors."""

    def __init__(self):
        super().__init__()
        self.asked, self.anchors, self.ids, self.tags = [], [], set(), set()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        self.ids.add(given.get("id"))
        if tag == "a" and given.get("href", "").startswith("#"):
            self.anchors.append(given["href"][1:])
        elif given.get("href") or given.get("src"):
            self.asked.append(given.get("href") or given.get("src"))
        assert "style" not in given
        assert not any(name.startswith("on") for name in given), given


@pytest.mark.parametrize("lang", ["zh_Hans", "en"])
def test_the_page_for_people(app, raw, lang):
    answer = raw("GET", f"/api/docs?lang={lang}")
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    page = Links()
    page.feed(answer.text)
    assert not {"script", "style", "iframe"} & page.tags
    assert set(page.anchors) <= page.ids
    for asked in page.asked:
        if asked == "data:,":
            continue
        assert asked.startswith("/"), asked
        assert raw("GET", asked).status_code == 200, asked
    for noun in NOUNS:
        assert noun.name in page.ids
        for field in noun.fields.declared:
            assert f"<code>{field.path}</code>" in answer.text
            assert field.labels[0 if lang.startswith("zh") else 1].replace("'", "&#39;") in answer.text
    for action in ACTIONS:
        assert f"<code>{action.name}</code>" in answer.text
    for name in PROBLEMS:
        assert f"<code>{name}</code>" in answer.text
