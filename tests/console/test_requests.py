"""Requests of the townships at the desk."""

from console.desk import text


def test_a_request_is_granted(desk, stage):
    stage.phone.sync()
    page = text(desk.get("/console/requests"))
    assert "下坑采砂点 350899102 核实中 核实属实 chen 现场已核实" in page
    assert "须先有一次巡查" in desk.submit("/console/requests", "grant", 409)
    desk.submit("/console/requests", "grant", override="1", reason="县级同日到场")
    assert "核实属实" in desk.get("/console/sites?status=confirmed")
    assert "已同意" in desk.get("/console/requests?status=granted")


def test_a_request_is_refused_with_a_reason(desk, stage):
    stage.phone.sync()
    page = desk.submit("/console/requests", "refuse", 400)
    assert "请填写理由" in page
    desk.submit("/console/requests", "refuse", reason="证据不足")
    stage.phone.pull()
    assert stage.phone.base(stage.request).body["decision_reason"] == "证据不足"


def test_what_was_decided_meanwhile_is_not_decided_again(desk, stage):
    stage.phone.sync()
    form = desk.form("/console/requests", "refuse", reason="我的理由")
    desk.submit("/console/requests", "grant", override="1", reason="县级同日到场")
    desk.send(form, 412)
