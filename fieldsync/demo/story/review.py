"""The county decides: approves one, returns one, settles the conflict, closes what is not the author's to say."""

from typing import Any

from fieldsync.demo.story.apart import FOREIGN, TOWNSHIP
from fieldsync.demo.story.back import settle
from fieldsync.demo.story.cast import Cast, status_of
from fieldsync.demo.story.lines import persist

_COMMENTS = {"review_fields/opinion": "请写明处理期限和责任人"}
_LATE = "复核：封堵已于当日补好，车辙为村民运竹。"


def approve(cast: Cast) -> None:
    """Have the reviewer approve A's inspection on the revision he read."""
    n, desk, path = cast.narrator, cast.reviewer, f"inspections/{cast.a.visit}"
    n.act("审核：批准甲的记录", "Review: A's inspection is approved")
    read = desk.get(path)
    begun = desk.act(f"{path}/begin_review", read["rev"])
    stale = status_of(desk.act, f"{path}/approve", read["rev"])
    n.equal("没有读过的版本不能批准", "a revision that was not read cannot be approved", stale[0], 412)
    approved = desk.act(f"{path}/approve", begun["rev"])["body"]
    n.equal(
        "已批准所读的版本",
        "the revision that was read is approved",
        (approved["state"], approved["approved_rev"]),
        ("approved", begun["rev"]),
    )
    settle(cast.a)
    n.equal("手机甲看到批准", "phone A sees it", cast.a.phone.view(cast.a.visit)["state"], "approved")
    _amend(cast, path, begun["rev"])


def _amend(cast: Cast, path: str, approved_rev: str) -> None:
    """Promise that a later edit never changes what was approved."""
    n, a = cast.narrator, cast.a
    before = cast.reviewer.get(f"{path}/versions?at={approved_rev}")["body"]
    a.phone.edit(a.visit, opinion="补充：建议夜查一次。")
    persist(a.phone.push)
    n.equal(
        "批准后的修改成为补充，重新待审",
        "a later edit is an amendment",
        cast.reviewer.get(path)["body"]["state"],
        "amended",
    )
    after = cast.reviewer.get(f"{path}/versions?at={approved_rev}")["body"]
    n.promise("已批准的内容不变", "what was approved stays as it was", before == after and "opinion" not in after)


def send_back(cast: Cast) -> None:
    """Have the reviewer return B's inspection with comments on fields; B corrects and hands in again."""
    n, desk, b, path = cast.narrator, cast.reviewer, cast.b, f"inspections/{cast.b.visit}"
    n.act("退回：乙的记录退回补充", "Returned: B's inspection needs more")
    unexplained = status_of(desk.act, f"{path}/return", desk.get(path)["rev"])
    n.equal("没有理由不能退回", "nothing is returned without a reason", unexplained[0], 400)
    desk.act(f"{path}/return", desk.get(path)["rev"], {"reason": "处理意见过于简单", "set": _COMMENTS})
    settle(b)
    shown = b.phone.view(b.visit)
    n.show("手机乙看到", "phone B sees", str(shown.get("review_comment")), _comments(shown))
    n.equal("退回意见逐项到达作者", "the comments reach the author", _comments(shown), _COMMENTS)
    b.phone.edit(b.visit, "inspection.resubmit", opinion="三日内补挂警示牌，责任人：村护矿员。")
    persist(b.phone.push)
    again = desk.get(path)["body"]
    n.equal(
        "作者修改后再次提交",
        "corrected and handed in again",
        (again["state"], again["opinion"][:2]),
        ("resubmitted", "三日"),
    )


def _comments(body: dict[str, Any]) -> dict[str, Any]:
    return {path: value for path, value in body.items() if path.startswith("review_fields/")}


def decide(cast: Cast) -> None:
    """Have the reviewer settle the conflict, seeing base, both values, who, when and why."""
    n, desk, a = cast.narrator, cast.reviewer, cast.a
    n.act("裁定：备注的冲突", "Settled: the conflict on the remark")
    open_ones = {c["body"]["path"]: c for c in map(desk.get, _conflicts(cast))}
    conflict = open_ones["remark"]
    _show(cast, conflict["body"])
    a.phone.edit(cast.mouth, remark=_LATE)
    late = a.phone.outbox[-1]["op"]
    persist(a.phone.push)
    path = f"conflicts/{conflict['id']}"
    stale = status_of(desk.act, f"{path}/resolve", conflict["rev"], {"choose": "current", "reason": "维持"})
    n.equal(
        "裁定时又来新值：旧页面不能裁定", "a value came meanwhile: the old screen decides nothing", stale[0], 412
    )
    fresh = desk.get(path)
    _show(cast, fresh["body"])
    values = {v for p, v in fresh["body"].items() if p.endswith("/value")}
    n.equal("甲的两个值都还在", "both of A's values are kept", values, {TOWNSHIP["remark"], _LATE})
    desk.act(f"{path}/resolve", fresh["rev"], {"choose": late, "reason": "以现场复核为准"})
    n.equal("选定的值生效", "the chosen value stands", desk.get(f"sites/{cast.mouth}")["body"]["remark"], _LATE)
    _take_over(cast, open_ones)


def _conflicts(cast: Cast) -> list[str]:
    ids = cast.a.results[cast.a.ops["edit"]["op"]].get("conflicts", [])
    return [f"conflicts/{conflict}" for conflict in ids]


def _show(cast: Cast, body: dict[str, Any]) -> None:
    """Tell what a person who decides sees."""
    n = cast.narrator
    n.show("原值，现值", "base, present value", body.get("base"), body.get("current"))
    for path in sorted(path for path in body if path.startswith("candidates/") and path.count("/") == 1):
        value, by, at, side = (body.get(f"{path}/{name}") for name in ("value", "by", "at", "side"))
        n.show(
            "候选：值、谁、何时、哪一方",
            "candidate: value, who, when, which side",
            value,
            str(by),
            str(at),
            str(side),
        )


def _take_over(cast: Cast, open_ones: dict[str, Any]) -> None:
    """Have the county take over the township's proposal, and see that its own waits for the township."""
    n, desk, a = cast.narrator, cast.reviewer, cast.a
    proposal = open_ones["patrol_class"]
    desk.act(
        f"conflicts/{proposal['id']}/resolve", proposal["rev"], {"choose": a.ops["edit"]["op"], "reason": "采纳"}
    )
    body = desk.get(f"sites/{cast.mouth}")["body"]
    n.equal(
        "县里采纳乡镇的建议", "the county takes over the proposal", body["patrol_class"], TOWNSHIP["patrol_class"]
    )
    settle(a)
    waiting = [
        row.body for row in a.phone.records("conflict").values()
        if row.body.get("record_id") == cast.mouth and row.body.get("status") == "proposed"
    ]  # fmt: skip
    n.equal(
        "县里对乡镇字段的建议，手机甲看得到",
        "the county's proposal shows on phone A",
        [c["path"] for c in waiting],
        ["mining_method"],
    )


def close(cast: Cast) -> None:
    """Have the desk close the foreign edit with a reason that its author sees."""
    n, desk, b = cast.narrator, cast.reviewer, cast.b
    n.act("处置：外乡的操作", "The desk: the foreign edit")
    op = b.ops["foreign"]["op"]
    waiting = {receipt["op"]: receipt for receipt in desk.get("held")["held"]}
    kept = waiting.get(op, {}).get("set")
    n.equal("内容完整留存", "its content is kept whole", kept, {"remark": FOREIGN})
    desk.post(f"held/{op}/close", {"reason": "请由云溪镇填报"})
    (receipt,) = persist(lambda: b.phone.receipts(op))
    n.equal(
        "作者看到结果和理由",
        "its author sees why",
        (receipt["status"], receipt["why"]),
        ("closed", "请由云溪镇填报"),
    )
    n.promise(
        "手机乙始终没有收到外乡档案", "phone B never got the foreign dossier", b.phone.base(cast.mouth) is None
    )
