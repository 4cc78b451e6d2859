"""Cases and what hangs on them: numbers, what does not fit together, and who reads them."""

import pytest
from county import CELL, OTHER_CELL, T1

from fieldsync.domain import cases
from fieldsync.fields import Field

RIGHT = {
    "cause": "无证开采", "body": "自然资源局", "act_county_code": CELL, "filed_at": "2026-07-01",
    "decided_at": "2026-07-20", "fine": 10_000, "approver": "丙",
    **{f"filing_five/{condition}": True for condition in cases.CONDITIONS},
    "officers/a": True, "officers/a/name": "甲", "officers/b": True, "officers/b/name": "乙",
    "parties/p": True, "parties/p/name": "丁", "site_ids/01a20000-0000-7000-8000-000000000001": True,
}  # fmt: skip


def flaws(**changed) -> set[str]:
    return {code for code, _path in cases.flaws(RIGHT | {k.replace("__", "/"): v for k, v in changed.items()})}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, None),
        ({"decided_at": "2026-06-30"}, "decided-before-filing"),
        ({"filed_at": None}, "decided-before-filing"),
        ({"closed_at": "2026-06-30", "close_mode": "withdrawn"}, "closed-before-filing"),
        ({"closed_at": "2026-08-01"}, "not-paid"),
        ({"closed_at": "2026-08-01", "close_mode": "court"}, None),
        ({"payments__x": True, "payments__x__amount": 10_000, "closed_at": "2026-08-01"}, None),
        ({"payments__x": True, "payments__x__amount": 10_001}, "paid-too-much"),
        ({"payments__x": True, "payments__x__amount": 10_001, "surcharge": 1}, None),
        ({"filing_five__facts": None}, "conditions"),
        ({"officers__b": None}, "two-officers"),
        ({"officers__b__name": "甲"}, "two-officers"),
        ({"parties__p": None}, "required"),
        ({"approver": "甲"}, "own-approval"),
    ],
)
def test_what_does_not_fit_together(changed, code):
    assert flaws(**changed) == ({code} if code else set())


def test_a_case_is_numbered_salted_and_the_countys_own(scene, refusal):
    given = {"cause": "无证开采", "body": "局", "act_county_code": CELL}
    made = [scene.reviewer.post("cases", set=given) for _ in range(2)]
    year = made[0]["body"]["case_no"].split("-")[2]
    assert [one["body"]["case_no"] for one in made] == [f"{CELL}-AJ-{year}-0001", f"{CELL}-AJ-{year}-0002"]
    assert made[0]["scope"] == f"c-{CELL}"
    assert len(made[0]["body"]["salt"]) >= 32
    scene.phone.pull()
    assert made[0]["id"] not in scene.phone.records()
    assert refusal(scene.phone.ask, "GET", f"/api/v1/cases/{made[0]['id']}") == (404, "not-found")
    assert refusal(scene.county.screen(cell=OTHER_CELL).get, f"cases/{made[0]['id']}") == (404, "not-found")


def test_what_is_wrong_is_told_and_kept(scene):
    given = {
        "cause": "x",
        "body": "局",
        "act_county_code": CELL,
        "filed_at": "2026-07-02",
        "decided_at": "2026-07-01",
    }
    made = scene.reviewer.post("cases", set=given)
    assert {"code": "decided-before-filing", "path": "decided_at"} in made["issues"]
    assert made["body"]["decided_at"] == "2026-07-01"
    answer = scene.reviewer.patch(f"cases/{made['id']}", fine=-1)
    assert {"code": "out-of-range", "path": "fine"} in answer["issues"]


def test_what_hangs_on_a_case_stays_in_the_county_when_a_site_moves(scene):
    case = scene.reviewer.post("cases", set={"cause": "x", "body": "局", "act_county_code": CELL})["id"]
    measure = {"name": "甲", "type": "government_discipline", "authority": "监委", "decided_at": "2019-01-01"}
    made = scene.reviewer.post("person_measures", set=measure, parent={"id": case})
    assert made["scope"] == f"c-{CELL}"
    assert {"code": "before-the-law", "path": "type"} in made["issues"]
    late = {"no": "1", "issuer": "所", "applied_at": "2026-07-02", "issued_at": "2026-07-01"}
    made = scene.reviewer.post("damage_appraisals", set=late, parent={"id": case})
    assert {"code": "issued-before-application", "path": "issued_at"} in made["issues"]
    early = {"title": "x", "act_county_code": CELL, "found_at": "2026-07-02", "confirmed_at": "2026-07-01"}
    made = scene.reviewer.post("trade_incidents", set=early)
    assert {"code": "confirmed-before-found", "path": "confirmed_at"} in made["issues"]
    assert T1 not in made["scope"]


@pytest.mark.parametrize(
    ("number", "is_right"),
    [("11010519491231002X", True), ("440524188001010014", True), ("440524188001010015", False),
     ("11010519491231002x", False), ("0", False), ("", False), (1, False)],
)  # fmt: skip
def test_a_citizens_number_has_a_check_digit(number, is_right):
    assert (Field("id_no", ("", ""), "id_no").check(number) is None) is is_right
