"""An admin moves somebody whose phone is out of reach: his work is taken in, and nobody is left guessing."""

import pytest
from browser.handset import placed_photo
from browser.planning import done
from browser.test_phone import SITE, visit_closed_adit
from county import T1, T2

HELD = "手机上仍有"


@pytest.fixture
def sites(county) -> tuple[str, str]:
    """A site in each of two townships."""
    made = []
    for town, name in ((T1, "后山硐"), (T2, "对岸硐")):
        scripted = county.inspector(town)
        made.append(scripted.site(**SITE | {"town_code": town, "name": name}))
        scripted.push()
    return made[0], made[1]


def names(phone) -> set[str]:
    """Return the names of the sites that lie on a phone."""
    return {row["body"]["name"] for row in phone.kept("rows") if row["type"] == "site"}


def row_of(page, login: str) -> str:
    """Return what the list of people says of somebody."""
    page.goto("/console/people")
    return page.inner_text(f"tr:has(td.code:text-is('{login}'))")


def test_a_phone_that_is_away_when_its_person_is_moved(county, forms, sites, handset, seat, tmp_path):
    phone = handset(county.person("inspector", f"t-{T1}", login="chen"))
    phone.sync()
    assert names(phone) == {"后山硐"}
    phone.offline()
    visit_closed_adit(phone, sites[0], tmp_path, placed_photo)
    phone.page.click("button:has-text('提交')")
    phone.sees("可以去下一处了")

    # The admin sees what the phone said last, moves its person, and is told what it still holds.
    county.person("admin", login="guan")
    admin = seat("guan")
    before = row_of(admin, "chen")
    assert T1 in before
    assert HELD not in before
    admin.click("td a:has-text('chen')")
    assert "全部上传" in admin.inner_text("table.list:has-text('上次联系')")
    admin.check(f"input[name=towns][value='{T2}']")
    admin.click("button[value=reassign]")
    done(admin)
    assert "调动后还没有联系过" in admin.inner_text("main")
    meanwhile = row_of(admin, "chen")
    assert T2 in meanwhile
    assert HELD in meanwhile

    # The phone comes back: its work is taken in, the old township leaves it, the new one arrives.
    phone.offline(False)
    phone.sync()
    assert names(phone) == {"对岸硐"}
    phone.go("#/today")
    phone.sees("对岸硐")
    assert "后山硐" not in phone.page.inner_text("main")
    [visit] = county.screen().get("inspections")["records"]
    assert (visit["body"]["created_by"], visit["body"]["town_code"]) == (county.person_id("chen")[1], T1)
    assert visit["body"]["state"] == "submitted"
    assert all(photo["body"]["have"] for photo in county.screen().get("photos")["records"])
    assert {op["status"] for op in phone.kept("ops")} == {"applied"}
    assert HELD not in row_of(admin, "chen")
    county.person("reviewer", login="liu")
    desk = seat("liu")
    assert "chen" in desk.inner_text("tbody tr")
    assert phone.complaints == admin.complaints == desk.complaints == []
