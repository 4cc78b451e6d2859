"""Forms as records: versions that never change, and what a form's rules tell of an inspection."""

import pytest
from county import CELL, OTHER_CELL

from fieldsync import db
from fieldsync.actions import REGISTRY
from fieldsync.domain import forms
from fieldsync.errors import Problem
from fieldsync.ids import new_id
from fieldsync.sync import actors, audit
from fieldsync.sync.heads import COMMON

SURVEY = """
| survey |
| | type | name | label | required | constraint | relevant |
| | select_one activity | activity | 现场状态 | yes | | |
| | integer | depth | 深度 | ${{activity}} = 'active' | . < {most} | |
| | text | why | 原因 | yes | | ${{depth}} > 5 |
| | image | photo | 照片 | yes | | |
| choices |
| | list_name | name | label |
| | activity | none | 无 |
| | activity | active | 有 |
| settings |
| | form_id | version | form_title |
| | {name} | {version} | 题 |
"""


@pytest.fixture
def publish(scene):
    """Publish a form with one changing number."""

    def enter(version: int = 1, most: int = 10, county: str = "", name: str = "depths") -> str:
        source = SURVEY.format(version=version, most=most, name=name)
        with scene.county.app.app_context():
            return forms.enter(scene.county.engine, forms.compiled(source, REGISTRY.nouns), county, "somebody")

    return enter


def submit(scene, form: str, **fields) -> list[tuple[str, str]]:
    """Hand in an inspection by phone; return what it was told."""
    phone = scene.phone
    site = getattr(scene, "one_site", None) or scene.site()
    scene.one_site = site
    answers = {"site_id": site} | {name.replace("__", "/", 1): value for name, value in fields.items()}
    scene.last = phone.create("inspection.submit", answers, parent=site, form=form)
    (result,) = phone.push()
    assert result["status"] == "applied", "whatever its form says"
    return [(issue["code"], issue.get("path", "")) for issue in result["issues"]]


def listed(scene) -> list[tuple]:
    with scene.county.app.app_context():
        return [(one["county"], one["name"], one["version"], one["current"]) for one in forms.listed()]


def test_a_published_form_reaches_a_phone(scene, publish):
    record_id = publish()
    scene.phone.sync()
    body = scene.phone.view(record_id)
    assert (body["name"], body["version"], body["county"], body["current"]) == ("depths", 1, "", True)
    assert body["titles"] == ["题", "题"]
    assert body["published_by"] == "somebody"


def test_a_newer_version_takes_the_place_of_the_older(scene, publish):
    publish(1)
    publish(2, county=CELL)
    publish(3)
    assert listed(scene) == [
        ("", "depths", 1, False),
        ("", "depths", 3, True),
        (CELL, "depths", 2, True),
    ]


def test_a_version_never_changes(scene, publish):
    publish(1)
    assert publish(1) == forms.form_id("depths", 1)
    with pytest.raises(Problem) as refused:
        publish(1, most=11)
    assert (refused.value.name, refused.value.reason) == ("wrong-state", "form-kept")
    publish(3)
    with pytest.raises(Problem) as refused:
        publish(2)
    assert refused.value.reason == "form-older"
    publish(1)
    assert listed(scene) == [("", "depths", 1, False), ("", "depths", 3, True)]


def test_a_form_that_is_too_large_is_refused(scene):
    rows = "\n".join(f"| | text | q{at} | {'题' * 50} |" for at in range(700))
    settings = "| settings |\n| | form_id | version | form_title |\n| | f | 1 | 题 |"
    source = f"| survey |\n| | type | name | label |\n{rows}\n{settings}"
    with scene.county.app.app_context(), pytest.raises(Problem) as refused:
        forms.enter(scene.county.engine, forms.compiled(source, REGISTRY.nouns))
    assert refused.value.name == "too-large"


def test_nobody_publishes_by_push(scene):
    op = {
        "op": new_id(),
        "cell": COMMON,
        "action": "form.publish",
        "id": new_id(),
        "set": {"name": "x", "version": 1},
    }
    answer = scene.phone.ask("POST", "/api/v1/sync/push", {"ops": [op, op | {"op": new_id(), "cell": CELL}]})
    assert [result["status"] for result in answer["results"]] == ["rejected", "rejected"]


def test_what_breaks_the_form_is_applied_and_told(scene, publish):
    publish()
    assert submit(scene, "depths@1", activity="none") == []
    assert submit(scene, "depths@1", activity="active") == [("required", "answers/depth")]
    assert submit(scene, "depths@1", activity="none", answers__depth=12) == [
        ("constraint", "answers/depth"),
        ("required", "answers/why"),
    ]
    assert submit(scene, "depths@1", activity="none", answers__depth="deep") == [("type", "answers/depth")]
    assert scene.body(f"inspections/{scene.last}")["answers/depth"] == "deep"


def test_a_path_is_told_of_once(scene, publish):
    publish()
    assert submit(scene, "depths@1", activity="suspected") == [("choice", "activity")]
    assert submit(scene, "depths@1", activity="maybe") == [("not-a-choice", "activity")]
    assert submit(scene, "depths@1", remark="x") == [("required", "activity")]


def test_photos_are_not_counted(scene, publish):
    publish()
    assert ("required", "answers/photo") not in submit(scene, "depths@1", activity="none")


def test_a_reason_stands_for_an_answer(scene, publish):
    publish()
    assert submit(scene, "depths@1", activity="active") == [("required", "answers/depth")]
    assert submit(scene, "depths@1", activity="active", could_not__answers__depth="井口封死") == []


@pytest.mark.parametrize(
    "form", ["nothing@1", "depths@2", "depths", "depths@x", "@", "depths@99999999999", "depths@١", "x" * 64]
)
def test_a_form_that_is_not_known_tells_nothing(scene, publish, form):
    publish()
    assert submit(scene, form, activity="active", answers__depth="deep") == []


def test_what_was_not_there_is_found_once_it_is(scene, publish):
    assert submit(scene, "depths@1", activity="active") == []
    publish()
    assert submit(scene, "depths@1", activity="active") == [("required", "answers/depth")]


def test_a_form_of_the_county_goes_before_everybodys(scene, publish):
    publish(1, most=10)
    publish(1, most=100, county=CELL)
    publish(1, most=1000, county=OTHER_CELL)
    told = submit(scene, "depths@1", activity="none", answers__depth=50, answers__why="x")
    assert told == []
    assert submit(scene, "depths@1", activity="none", answers__depth=500, answers__why="x") == [
        ("constraint", "answers/depth")
    ]


def test_a_form_of_another_county_has_no_say(scene, publish):
    publish(county=OTHER_CELL)
    assert submit(scene, "depths@1", activity="active") == []


def test_an_edit_is_looked_at_as_a_whole(scene, publish):
    publish()
    submit(scene, "depths@1", activity="active", answers__depth=3)
    scene.phone.pull()
    scene.phone.change(scene.last, {"answers/depth": 8})
    (result,) = scene.phone.push()
    assert [(issue["code"], issue["path"]) for issue in result["issues"]] == [("required", "answers/why")]


def test_a_second_submission_is_looked_at_too(scene, publish):
    publish()
    submit(scene, "depths@1", activity="none")
    scene.phone.pull()
    rev = scene.reviewer.get(f"inspections/{scene.last}")["rev"]
    op = {"op": new_id(), "cell": CELL, "action": "inspection.submit", "id": scene.last, "base": rev,
          "form": "depths@1", "parent": {"id": scene.one_site}, "set": {"activity": "active"}}  # fmt: skip
    (result,) = scene.phone.ask("POST", "/api/v1/sync/push", {"ops": [op]})["results"]
    assert [issue["path"] for issue in result["issues"]] == ["answers/depth"]


def test_a_correction_is_looked_at_when_it_is_handed_in_again(scene, publish):
    publish()
    submit(scene, "depths@1", activity="none")
    scene.reviewer.act(f"inspections/{scene.last}/return", reason="x")
    path = f"/api/v1/inspections/{scene.last}"
    rev = scene.phone.ask("GET", path)["rev"]
    answer = scene.phone.ask("POST", f"{path}/resubmit", {"set": {"activity": "active"}}, If_Match=f'"{rev}"')
    assert [issue["path"] for issue in answer["issues"]] == ["answers/depth"]


def test_the_phones_day_counts_unless_its_clock_is_absurd(scene):
    source = "| survey |\n| | type | name | label | constraint |\n| | date | day | 日 | . = today() |\n" + (
        "| settings |\n| | form_id | version | form_title |\n| | days | 1 | 题 |"
    )
    with scene.county.app.app_context():
        forms.enter(scene.county.engine, forms.compiled(source, REGISTRY.nouns))
    told = submit(scene, "days@1", activity="none", answers__day="1999-01-01")
    assert told == [("constraint", "answers/day")]
    site, phone = scene.one_site, scene.phone
    for at, day, codes in (
        ("2026-01-01T20:00:00Z", "2026-01-02", []),
        ("2026-01-01T23:30:00+08:00", "2026-01-01", []),
        ("2999-01-01T00:00:00Z", "2999-01-01", ["constraint", "clock"]),
        ("nonsense", "2999-01-01", ["constraint"]),
        ("0001-01-01T00:00:00+14:00", "2999-01-01", ["constraint"]),
    ):
        given = {"site_id": site, "activity": "none", "answers/day": day}
        op = {
            "op": new_id(),
            "cell": CELL,
            "action": "inspection.submit",
            "id": new_id(),
            "form": "days@1",
            "at": at,
            "head": 1_000_000,
            "parent": {"id": site},
            "set": given,
        }
        (result,) = phone.ask("POST", "/api/v1/sync/push", {"ops": [op]})["results"]
        assert [issue["code"] for issue in result["issues"]] == codes, at


def test_the_shipped_forms_are_loaded_once(scene):
    engine = scene.county.engine
    with scene.county.app.app_context():
        assert forms.load_all(engine, REGISTRY.nouns) == len(forms.shipped()) == 5
        assert forms.load_all(engine, REGISTRY.nouns) == 0
        with db.reading() as connection:
            assert list(audit.findings(connection, COMMON)) == []


def test_sheets_come_back_as_they_were(scene, publish):
    publish(1, county=CELL)
    with scene.county.app.app_context():
        sheets = forms.sheets_of("depths@1", CELL)
        assert sheets["settings"][1] == ["depths", "1", "题"]
        for reference, county in (("depths@1", ""), ("depths@2", CELL), ("depths", CELL), ("x@y", CELL)):
            with pytest.raises(Problem):
                forms.sheets_of(reference, county)


def test_only_the_system_acts(scene, publish):
    engine = scene.county.engine
    with scene.county.app.app_context():
        person = engine.actor(CELL, scene.phone.user)
        with pytest.raises(Problem) as refused:
            engine.perform(person, "form.publish", new_id(), op=new_id(), set_={"name": "x"})
    assert refused.value.name == "not-allowed"
    assert actors.system(COMMON).user
