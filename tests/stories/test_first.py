"""The shortest story: an inspector and a reviewer work on the same dossier."""

from county import T1


def test_a_finding_reaches_the_county_and_the_approval_the_phone(county):
    phone, reviewer = county.inspector(), county.screen()
    site = phone.site(name="老鹰硐", site_kind="adit", town_code=T1, mineral_code="coal", remark="")
    visit = phone.inspect(site, activity="none", seal_state="intact")
    phone.sync()
    assert phone.base(site).body["dossier_no"] == "350899-101-2026-0001"
    reviewer.act(f"inspections/{visit}/approve")
    phone.sync()
    assert phone.base(visit).body["state"] == "approved"
    assert phone.base(site).body["last_visit_activity"] == "none"
    assert not phone.outbox


def test_both_edit_the_remark_and_nothing_is_lost(county):
    phone, reviewer = county.inspector(), county.screen()
    site = phone.site(name="老鹰硐", site_kind="adit", town_code=T1, mineral_code="coal", remark="a")
    phone.sync()
    reviewer.patch(f"sites/{site}", remark="county")
    phone.edit(site, remark="township")
    (result,) = phone.push()
    assert result["status"] == "conflict"
    assert result["why"]["remark"]["theirs"] == "county"
    phone.pull()
    assert phone.base(site).body["remark"] == "county"
    conflict = phone.base(result["conflicts"][0]).body
    assert conflict["status"] == "open"
    reviewer.act(f"conflicts/{result['conflicts'][0]}/resolve", choose=result["op"], reason="现场为准")
    phone.pull()
    assert phone.base(site).body["remark"] == "township"
