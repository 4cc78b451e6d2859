"""Who is out: shown to the county alone, the overdue counted in the head of every page."""

import re
from datetime import UTC, datetime, timedelta

from county import OTHER_CELL, T1

from console.desk import Desk, text


def begin(county, name: str, hours: float, **more) -> None:
    phone = county.phone(county.person("inspector", f"t-{T1}", login=name))
    back = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
    phone.create("patrol_track.begin", {"town_code": T1, "expected_return_at": back} | more)
    phone.push()


def test_who_is_out_and_who_is_overdue(county, desk):
    assert "没有内容" in text(desk.get("/console/out"))
    begin(county, "lin", 2, companions_text="村干部 <b>甲</b>")
    begin(county, "wang", -1, alone=True, contact_phone="13800000000", area_note="后山三号硐")
    page = desk.get("/console/out")
    said = text(page)
    assert said.index("wang") < said.index("lin")
    assert said.count("逾期未归") == 2  # in the summary and in the row
    for word in ("在外人员 2", "1 人逾期未归", "独自一人", "13800000000", "后山三号硐"):
        assert word in said, word
    assert "&lt;b&gt;甲" in page
    # Every page's head counts the overdue.
    head = desk.get("/console/sites").partition("<main")[0]
    assert re.search(r'/console/out">在外人员 <span class="count">1<', head)


def test_who_is_back_is_not_listed(county, desk):
    phone = county.inspector()
    track = phone.create("patrol_track.begin", {"town_code": T1})
    phone.do("patrol_track.end", track, {"points": 3})
    phone.push()
    assert "没有内容" in text(desk.get("/console/out"))


def test_another_county_sees_nobody(county):
    begin(county, "lin", -1)
    outsider = Desk(county, county.person("reviewer", cell=OTHER_CELL))
    page = outsider.get("/console/out")
    assert "lin" not in text(page)
    assert 'class="count"' not in page
