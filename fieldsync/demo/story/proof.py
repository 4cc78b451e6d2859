"""The end: the moved dossier is where it belongs, and both phones have what the county has."""

from fieldsync.demo.phone import Phone
from fieldsync.demo.story.apart import proves
from fieldsync.demo.story.back import settle
from fieldsync.demo.story.cast import Cast, Inspector
from fieldsync.demo.story.lines import persist


def show_move(cast: Cast) -> None:
    """Promise that the dossier changed phones with all that hangs on it."""
    n, a, b = cast.narrator, cast.a, cast.b
    n.act("划转：档案随乡镇走", "The move: the dossier follows its township")
    for who in cast.both:
        settle(who)
    visit = a.ops["moving"]["id"]
    home = f"t-{a.town}"
    n.promise(
        "手机甲不再有划走的档案", "phone A no longer has the dossier", cast.moving not in a.phone.members[home]
    )
    (receipt,) = persist(lambda: a.phone.receipts(a.ops["moving"]["op"]))
    n.equal("手机甲有自己记录的回执", "phone A has the receipt of its inspection", receipt["status"], "applied")
    n.promise("手机乙有了档案", "phone B has the dossier", b.phone.base(cast.moving) is not None)
    n.promise("手机乙有了甲的记录", "phone B has A's inspection", b.phone.base(visit) is not None)


def prove(cast: Cast) -> None:
    """Promise that nothing is lost and that every copy is the same."""
    n = cast.narrator
    n.act("对账：手机与县里一致", "Proof: the phones have what the county has")
    for who in cast.both:
        who.phone.wire = cast.wire
        who.phone.sync()
        proves(cast, who)
        _from_nothing(cast, who)
        _receipts(cast, who)


def _from_nothing(cast: Cast, who: Inspector) -> None:
    """Promise that a phone that starts anew gets the same, byte by byte."""
    phone, fresh = who.phone, Phone(cast.wire)
    fresh.device, fresh.token, fresh.user, fresh.cell = phone.device, phone.token, phone.user, phone.cell
    fresh.pull()
    same = {s: {r: (row.rev, row.body) for r, row in rows.items()} for s, rows in fresh.members.items()} == {
        s: {r: (row.rev, row.body) for r, row in rows.items()} for s, rows in phone.members.items()
    }
    cast.narrator.promise(
        f"{who.name[0]} 从零重新下载，内容相同", f"{who.name[1]}: taken down from nothing, it is the same", same
    )


def _receipts(cast: Cast, who: Inspector) -> None:
    """Promise that every operation ever sent has a receipt with a number and a final outcome."""
    ops = list(who.phone.journal)
    receipts = persist(lambda: who.phone.receipts(*ops))
    final = {
        r["op"] for r in receipts if r["status"] in ("applied", "merged", "conflict", "closed") and r["number"]
    }
    cast.narrator.equal(
        f"{who.name[0]} 发出的 {len(ops)} 项都有回执", f"{who.name[1]}: all {len(ops)} operations have receipts",
        final, set(ops),
    )  # fmt: skip
