"""Histories name who set each value: people for everybody who sees the record, devices at the desk only."""

import pytest
from county import T1, T2, verifier

from .raw import Raw


@pytest.fixture
def phone(county):
    return county.phone(county.person("inspector", f"t-{T1}", login="chen"))


@pytest.fixture
def site(county, phone) -> str:
    site = phone.site(name="老鹰硐", site_kind="adit", town_code=T1, mineral_code="coal")
    phone.sync()
    reviewer = county.screen()
    reviewer.act(f"sites/{site}/transit", set={"to": "verifying"} | verifier(phone))
    return site


def versions(app, token: str, path: str) -> list[dict]:
    return Raw(app, token)("GET", f"/api/v1/{path}/versions").get_json()["versions"]


def test_a_township_reads_names_of_people_and_none_of_devices(app, county, phone, site):
    first, second = versions(app, phone.token, f"sites/{site}")
    assert (first["by"], first["by_name"]) == (phone.user, "chen")
    assert second["by_name"].startswith("reviewer")
    assert not [v for v in (first, second) if "device_name" in v]
    assert first["device"] == phone.device


def test_the_county_reads_the_names_of_devices_too(app, county, phone, site):
    first, second = versions(app, county.screen().phone.token, f"sites/{site}")
    assert first["device_name"] == "测试手机"
    assert "device_name" not in second


def test_the_servers_own_operations_have_no_name(app, county, phone):
    found = versions(app, county.screen().phone.token, f"devices/{phone.device}")
    assert [v["by"] for v in found] == ["system"]
    assert not {"by_name", "device_name"} & set(found[0])


def test_people_of_another_county_have_no_name_here(app, county):
    """The list of divisions is everybody's; who of another county wrote in it is not."""
    stranger = county.person("admin", "c-350898", cell="350898")
    cell, person = county.person_id(stranger)
    with app.app_context():
        county.engine.perform(
            county.engine.actor(cell, person), "person.edit", person, op=phone_id(), set_={"unit": "x"}
        )
    theirs = county.screen("admin", cell="350898")
    assert versions(app, theirs.phone.token, f"people/{person}")[-1]["by_name"] == stranger
    ours = county.screen("admin")
    assert Raw(app, ours.phone.token)("GET", f"/api/v1/people/{person}/versions").status_code == 404


def test_a_neighbour_reads_no_history(app, county, site):
    neighbour = county.inspector(T2)
    assert Raw(app, neighbour.token)("GET", f"/api/v1/sites/{site}/versions").status_code == 404


def phone_id() -> str:
    return "0198f3a2-7c11-7d3e-9a41-0b6f2f6f1d10"
