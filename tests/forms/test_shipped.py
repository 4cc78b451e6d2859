"""The forms that every instance has: they compile, ask what domain.md asks, and bear the people's mistakes."""

import pytest

from fieldsync.actions import REGISTRY
from fieldsync.domain import forms, inspections, words
from fieldsync.forms.evaluate import Plan

NOW = "2026-10-03T10:00:00+08:00"
SOURCES = {path.stem: path.read_text("utf-8") for path in forms.shipped()}
PLANS = {name: Plan(forms.compiled(text, REGISTRY.nouns).form) for name, text in SOURCES.items()}
ROW, OTHER = "0197f3a2-7c10-7d3e-9a41-000000000001", "0197f3a2-7c10-7d3e-9a41-000000000002"
VISIT = {
    "lon": 117.5,
    "lat": 26.5,
    "accuracy_m": 5,
    "fix_time": "2026-10-03T01:00:00Z",
    "kind": "routine",
    "unit": "云溪所",
    "started_at": "2026-10-03T01:00:00Z",
    "ended_at": "2026-10-03T01:30:00Z",
    "weather": "晴",
    f"inspectors/{ROW}": True,
    f"inspectors/{ROW}/name": "张三",
    "access": "reached",
    "activity": "none",
    "explosives_seen": "none",
    "stockpile_t": 0,
    "opinion": "继续巡查",
    f"signatures/{ROW}": True,
}


def problems(name: str, answers: dict, **counts: int) -> set[tuple[str, str]]:
    context = {"now": NOW} | ({"counts": {f"answers/{path}": n for path, n in counts.items()}} if counts else {})
    return {(found["path"], found["code"]) for found in PLANS[name].evaluate(answers, context)["problems"]}


def test_there_are_five():
    assert set(SOURCES) == {"patrol", "closed_adit", "active_mining", "satellite_check", "closure_check"}


@pytest.mark.parametrize("name", SOURCES)
def test_each_says_everything_in_both_languages(name):
    for node in PLANS[name].by_path.values():
        labels = node.item["labels"]
        if isinstance(labels, list) and node.kind != "calculate":
            assert labels[0] != labels[1], node.path
            assert not labels[0].isascii()
    assert forms.compiled(SOURCES[name], REGISTRY.nouns).warnings == []


def test_lists_are_the_nouns_own():
    lists = PLANS["patrol"].labels
    for name, known in (
        ("signs", words.SIGNS),
        ("violations", words.VIOLATIONS),
        ("kinds", words.PATROL_KINDS),
        ("activity", inspections.ACTIVITY),
        ("conditions", words.CONDITIONS),
        ("explosives", words.EXPLOSIVES),
    ):
        assert {choice: tuple(labels) for choice, labels in lists[name].items()} == dict(known), name


def test_the_patrol_asks_for_every_field_of_the_record():
    """domain.md 4.2; the phone itself fills in site, task and what the server owns."""
    asked = {path.partition("/")[0] for path in PLANS["patrol"].by_path} - {"answers", "position"}
    known = {
        field.path.partition("/")[0]
        for field in inspections.FIELDS.declared
        if field.policy not in ("server", "once")
    }
    by_phone = {"lon", "lat", "accuracy_m", "fix_time", "answers", "could_not"}
    assert known - asked - by_phone == set()


def test_a_good_patrol():
    assert problems("patrol", VISIT, photo_overview=1, photo_close=1) == set()


def test_two_photos_or_a_reason():
    assert problems("patrol", VISIT, photo_overview=1) == {("answers/photo_close", "required")}
    reason = {"could_not/answers__photo_close": "边坡落石，无法靠近"}
    assert problems("patrol", VISIT | reason, photo_overview=1) == set()


def test_suspicion_needs_signs_and_active_mining_a_report():
    suspected = problems("patrol", VISIT | {"activity": "suspected"}, photo_overview=1, photo_close=1)
    assert suspected == {("signs", "required"), ("suspected_violations", "required")}
    active = problems("patrol", VISIT | {"activity": "active"}, photo_overview=1, photo_close=1)
    assert active == suspected | {(path, "required") for path in ("stop_action", "reported_to", "reported_at")}


def test_a_blocked_way_needs_reason_and_photo_and_nothing_of_the_scene():
    blocked = {path: value for path, value in VISIT.items() if path not in ("stockpile_t", "activity")}
    found = problems("patrol", blocked | {"access": "blocked"}, photo_overview=0)
    assert found == {("access_reason", "required"), ("answers/photo_blocked", "required")}


def test_a_closed_adit_has_its_seal_looked_at():
    closed = VISIT | {"answers/site_kind": "adit", "answers/site_lifecycle_status": "monitoring"}
    states = {(path, "required") for path in ("seal_state", "fence_state", "sign_state", "vegetation")}
    assert problems("patrol", closed, photo_overview=1, photo_close=1) == states | {
        ("answers/photo_openings", "required")
    }


def test_everybody_signs():
    more = VISIT | {f"inspectors/{OTHER}": True, f"inspectors/{OTHER}/name": "李四"}
    assert problems("patrol", more, photo_overview=1, photo_close=1) == {("signatures", "constraint")}


@pytest.mark.parametrize(
    ("answers", "alarm", "shown"),
    [
        ({"explosives_seen": "found"}, "answers/alarm_explosives", True),
        ({"signs/explosive_traces": True}, "answers/alarm_explosives", True),
        ({"explosives_seen": "none"}, "answers/alarm_explosives", False),
        ({f"hazards/{ROW}": True, f"hazards/{ROW}/people": 3}, f"hazards/{ROW}/alarm_people", True),
        ({f"hazards/{ROW}": True, f"hazards/{ROW}/people": 0}, f"hazards/{ROW}/alarm_people", False),
    ],
)
def test_alarms(answers, alarm, shown):
    for name in ("patrol", "active_mining"):
        hidden = PLANS[name].evaluate(answers, {"now": NOW})["hidden"]
        assert (alarm not in hidden) is shown
        nodes = [node for node in PLANS[name].by_path.values() if node.item["name"].startswith("alarm")]
        assert all(node.item["appearance"] == "alarm" for node in nodes)


def test_the_visit_of_a_closed_adit_takes_a_minute():
    plan = PLANS["closed_adit"]
    required = [node for node in plan.by_path.values() if node.item.get("required") is True]
    assert len(required) <= 8
    assert sum(node.kind == "image" for node in required) == 2
    assert plan.by_path["activity"].item["default"] == "none"
    assert {path for path, node in plan.by_path.items() if node.item.get("carry")} == {
        "seal_state",
        "fence_state",
        "sign_state",
    }


def test_a_clue_is_photographed_in_four_directions():
    given = {
        "lon": 117.5,
        "lat": 26.5,
        "answers/spot_no": "350899-017",
        "started_at": "2026-10-03T01:00:00Z",
        "answers/field_state": "none",
        "answers/town_opinion": "属实",
        f"signatures/{ROW}": True,
    }
    missing = problems("satellite_check", given, photo_north=1)
    assert missing == {(f"answers/photo_{side}", "required") for side in ("east", "south", "west")}
    assert PLANS["satellite_check"].evaluate(given, {"now": NOW})["answers"]["activity"] == "not_found"


def test_the_checklist_shows_what_belongs_to_the_kind_of_site():
    def shown(kind: str, **more: str) -> set[str]:
        answers = {"answers/site_kind": kind} | {f"answers/{name}": value for name, value in more.items()}
        hidden = set(PLANS["closure_check"].evaluate(answers, {"now": NOW})["hidden"])
        return {f"k{at:02d}" for at in range(1, 21) if f"answers/k{at:02d}" not in hidden}

    always = {f"k{at:02d}" for at in (2, 3, 5, 6, 7, 13, 14, 15, 16, 17, 18, 19)}
    assert shown("stockpile") == always
    assert shown("adit") == always | {"k04", "k08", "k09"}
    assert shown("open_pit") == always | {"k10"}
    assert shown("leach_field", site_licence_no="C35") == always | {"k01", "k11", "k20"}
    assert shown("tailings_pond") == always | {"k12"}


def test_a_checklist_with_a_failed_item_does_not_pass():
    given = {"answers/site_kind": "stockpile", "answers/k02": "fail", "answers/conclusion": "pass"}
    found = PLANS["closure_check"].evaluate(given, {"now": NOW})
    told = {(problem["path"], problem["code"]) for problem in found["problems"]}
    assert found["answers"]["answers/failed_count"] == 1
    assert {("answers/k02_note", "required"), ("answers/conclusion", "constraint")} <= told
    assert found["problems"][-1]["path"] == "signatures"
