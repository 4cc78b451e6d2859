"""The whole loop: a phone in one context, the county in two others."""

import pytest
from browser.axe import prepare, violations
from county import T1

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def reviewer(county, seat):
    """Hire reviewers and seat them."""

    def hire(login: str):
        county.person("reviewer", login=login)
        page = seat(login)
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.wait_for_url("**/console/inspections")
        return page

    return hire


@pytest.fixture
def visited(county, handset, forms):
    """An inspector's phone that has handed in a visit."""
    login = county.person("inspector", f"t-{T1}", login="chen")
    scripted = county.phone(login)
    site = scripted.site(town_code=T1, name="老鹰硐", site_kind="adit", mineral_code="coal", lat=26.05, lon=117.6)
    visit = scripted.inspect(site, activity="suspected", kind="routine", lat=26.05, lon=117.6005, accuracy_m=8)
    scripted.push()
    phone = handset(login)
    phone.scripted, phone.visit = scripted, visit
    return phone


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_two_reviewers_at_once(visited, reviewer):
    first, second = reviewer("liu"), reviewer("wang")
    path = f"/console/inspections/{visited.visit}"
    for page in (first, second):
        page.goto(path)
        assert fits(page)
    first.click("button[value=begin_review]")
    first.wait_for_selector(".flash")
    # The other one had the page open: nothing is done, and he sees who came first.
    second.click("button[value=begin_review]")
    second.wait_for_selector(".trouble")
    assert "本次操作未执行" in second.inner_text(".trouble")
    assert "liu 正在审核" in second.inner_text("aside")
    assert second.locator("button[value=approve]").count() == 0
    second.goto("/console/inspections")
    assert "liu" in second.inner_text("tbody tr")
    second.goto(path)
    second.click("text=接手审核")
    second.fill("#take_over_reason", "liu 出差")
    second.click("button[value=take_over]")
    second.wait_for_selector(".flash")
    first.click("button[value=approve]")
    first.wait_for_selector(".trouble")
    assert "wang 正在审核" in first.inner_text("aside")
    # What both complain of is the refusal itself.
    assert {line.split(" (")[0] for page in (first, second) for line in page.complaints} <= {
        "Failed to load resource: the server responded with a status of 412"
    }


def test_from_the_phone_to_the_county_and_back(visited, reviewer):
    phone, desk = visited, reviewer("liu")
    desk.goto("/console/inspections?risk=suspected")
    desk.click("tbody a")
    assert "疑似开采" in desk.inner_text("h1")
    assert desk.locator("svg.witnesses g.mark").count() == 2
    assert fits(desk)
    desk.click("summary:has-text('逐项意见')")
    desk.fill("input[name='comment:activity']", "请拍近景")
    desk.fill("#return_reason", "依据不足")
    desk.click("button[value=return]")
    desk.wait_for_selector(".flash")
    assert "请拍近景" in desk.inner_text(".pairs")
    # The author reads the words on his phone; what he hands in again comes from there too.
    phone.page.reload()
    phone.go("#/today")
    phone.sees("依据不足")
    phone.go(f"#/visit/{phone.visit}")
    phone.sees("请拍近景")
    phone.scripted.pull()
    phone.scripted.edit(phone.visit, "inspection.resubmit", activity="none")
    phone.scripted.push()
    desk.goto(f"/console/inspections/{phone.visit}")
    assert "再次提交" in desk.inner_text("h1")
    desk.click("summary:has-text('更正后批准')")
    desk.select_option("select[name='county:activity']", "suspected")
    desk.fill("#correct_reason", "卫片可见新挖面")
    desk.click("button[value=correct]")
    desk.wait_for_selector(".flash")
    assert "已批准" in desk.inner_text("h1")
    assert "县级意见" in desk.inner_text(".pairs")
    phone.scripted.pull()
    body = phone.scripted.base(phone.visit).body
    assert phone.complaints == []
    assert (body["activity"], body["county/activity"]) == ("none", "suspected")
    assert desk.complaints == []


@pytest.mark.parametrize(
    "where", ["/console/inspections", "/console/inspections/{0}", "/console/inspections/{0}/sheet"]
)
def test_the_pages_are_accessible(visited, reviewer, where):
    desk = reviewer("liu")
    desk.goto(where.format(visited.visit))
    prepare(desk)
    assert violations(desk) == []
