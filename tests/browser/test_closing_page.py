"""How a dossier is closed and signed, as its township reads it on the phone; and why a wish was refused."""

from browser.axe import prepare, violations
from county import T1
from domain.conftest import Scene
from domain.life import RATED, Life


def test_a_township_reads_closure_rectification_signatures_and_refusals(county, forms, handset):
    scene = Scene(county, county.inspector(), county.screen())
    life = Life(scene)
    life.sign(life.reviewer, "supervisor")
    life.sign(life.manager, "responsible")
    life.force("verifying", "confirmed", "registered", "handling", "closing")
    closure = life.check(items__K13__result="fail", items__K13__remark="尚有两车矿石")
    life.team(closure, "自然资源局", "应急管理局")
    life.force("closed_pending")
    life.conclude(closure, "fail")
    lead = scene.site(name="新线索", lon=117.6, lat=26.05)
    phone = handset(county.person("inspector", f"t-{T1}", login="巡查员甲"))
    phone.go(f"#/closing/{life.id}")
    closed = ("第 1 轮", "不合格", "尚有两车矿石", "矿产品未清场", "整改中")
    for words in (*closed, "第 2 版", "manager3", "未签字", "有效"):
        phone.sees(words)
    assert "签后有更改" not in phone.page.inner_text("main")
    prepare(phone.page)
    assert violations(phone.page) == []
    life.reviewer.patch(life.path, violations__unlicensed=None, **RATED)
    scene.phone.pull()
    scene.phone.edit(life.id, place_name="改了小地名")
    scene.phone.push()
    phone.sync()
    phone.go(f"#/closing/{life.id}")
    phone.sees("签后有更改")

    phone.go(f"#/site/{lead}")
    phone.page.click("text=我来核实")
    phone.sync()
    phone.go(f"#/site/{lead}")
    phone.sees("已同意")
    assert county.screen().get(f"sites/{lead}")["body"]["verifier_name"] == "巡查员甲"
    early = scene.phone.create("request.make", {"target": life.id, "to": "closed_pending"}, parent=life.id)
    scene.phone.sync()
    assert scene.phone.base(early).body["code"] == "rectification-open"
    phone.sync()
    phone.go(f"#/site/{life.id}")
    phone.sees("还有整改事项未完成")
    assert phone.complaints == []
