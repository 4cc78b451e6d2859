"""The phones come back over a bad line: pushes and uploads until everything is in, and what became of it."""

import hashlib
import time
from typing import Any

from fieldsync.demo.story.apart import COUNTY, TOWNSHIP
from fieldsync.demo.story.cast import Cast, Inspector, status_of
from fieldsync.demo.story.lines import Mountain, cut, persist
from fieldsync.demo.uploads import Upload

_BATCH = 3
_PIECE = 4096
_TRIES, _PAUSE = 50, 0.1


def hand_in(cast: Cast) -> None:
    """Push both outboxes over a line that loses and doubles."""
    n = cast.narrator
    n.act("归来：经由时断时续的信号上交", "Coming back over a bad line")
    for who in cast.both:
        line = Mountain(cast.wire, cast.random)
        who.phone.wire = line
        while who.phone.outbox:
            persist(lambda who=who: who.phone.push(_BATCH))  # type: ignore[misc]
        who.results = {op: result for op, (_, result, _) in who.phone.journal.items()}
        n.show(f"{who.name[0]} 线路故障", f"{who.name[1]}, faults of the line", line.faults())
        for op, result in who.results.items():
            n.outcome(who.phone.journal[op][0]["action"], result)
        n.equal("待发件已清空，每项都有结果", "nothing is left behind", who.phone.outbox, [])
    _same_again(cast)
    _of_a(cast)
    _of_b(cast)


def _same_again(cast: Cast) -> None:
    """Promise that sending everything once more changes nothing."""
    a, desk = cast.a, cast.reviewer
    before = desk.get(f"sites/{cast.mouth}/versions")["versions"]
    ops = [op for op, _, _ in a.phone.journal.values()]
    again = persist(lambda: a.phone.push_once(ops[::-1]))["results"]
    same = all(_gist(result) == _gist(a.results[result["op"]]) for result in again)
    after = desk.get(f"sites/{cast.mouth}/versions")["versions"]
    cast.narrator.promise(
        "全部重发一遍：结果相同，档案不变", "sent again: same outcomes, no new version", same and before == after
    )
    visits = desk.get(f"inspections/{a.visit}/versions")["versions"]
    cast.narrator.equal("丢失和重复的请求只生效一次", "lost and doubled requests count once", len(visits), 1)


def _gist(result: dict[str, Any]) -> Any:
    return result["status"], result.get("fields"), result.get("conflicts")


def _of_a(cast: Cast) -> None:
    """Promise who won what on the dossier that both sides edited."""
    n, a = cast.narrator, cast.a
    edit = a.results[a.ops["edit"]["op"]]
    fields = edit.get("fields", {})
    n.equal(
        "共有字段（备注）：成为待裁定的冲突", "shared field: an open conflict", fields.get("remark"), "conflict"
    )
    n.equal("县级字段（巡查等级）：成为建议", "county's field: a proposal", fields.get("patrol_class"), "proposed")
    n.equal("乡镇字段（开采方式）：直接生效", "township's field: applied", fields.get("mining_method"), "applied")
    body = cast.reviewer.get(f"sites/{cast.mouth}")["body"]
    n.equal("现值：备注仍是县里的", "the county's remark stands", body["remark"], COUNTY["remark"])
    n.equal("现值：巡查等级是县里的", "the county's class stands", body["patrol_class"], COUNTY["patrol_class"])
    n.equal(
        "现值：开采方式是乡镇的", "the township's method stands", body["mining_method"], TOWNSHIP["mining_method"]
    )
    marks = {path for path in body if path.startswith("violations/")}
    n.equal(
        "两边各加的违法类型都在",
        "both violations are there",
        marks,
        {"violations/unlicensed", "violations/illegal_power"},
    )
    numbers = {value for path, value in body.items() if path.startswith("openings/") and path.endswith("/no")}
    n.equal("两边各加的硐口都在", "both openings are there", numbers, {"K1", "K2"})
    moved = a.results[a.ops["moving"]["op"]]
    n.equal("档案已划走，未交的记录照收", "work on the moved dossier is taken", moved["status"], "applied")


def _of_b(cast: Cast) -> None:
    """Promise that a foreign township's dossier is neither changed nor shown."""
    n, b = cast.narrator, cast.b
    n.equal(
        "乙的修改无人相争，直接生效",
        "B's uncontested edit is applied",
        b.results[b.ops["edit"]["op"]]["status"],
        "applied",
    )
    held = b.results[b.ops["foreign"]["op"]]
    n.equal(
        "外乡的操作被留存待处置",
        "the foreign edit is held",
        (held["status"], held.get("why")),
        ("held", "out-of-scope"),
    )
    n.equal(
        "不泄露外乡档案的任何内容",
        "nothing of the foreign dossier is told",
        set(held) - {"op", "status", "why", "issues"},
        set(),
    )


def upload(cast: Cast) -> None:
    """Upload the photos in pieces over the bad line, one cut in the middle, and see what the server read."""
    n = cast.narrator
    n.act("照片：分段上传，中途断线，续传", "Photos: uploaded in pieces, cut, resumed")
    visit = cast.reviewer.get(f"inspections/{cast.a.visit}")
    early = status_of(cast.reviewer.act, f"inspections/{cast.a.visit}/approve", visit["rev"])
    n.equal("照片未到齐不能批准", "no approval before the photos are in", early, (409, "/problems/wrong-state"))
    for who in cast.both:
        for number, (photo, (content, position)) in enumerate(who.photos.items()):
            task = Upload(who.phone, content)
            if number == 0:
                _interrupt(cast, task)
            task.finish(_PIECE)
            _read(cast, photo, content, position)


def _interrupt(cast: Cast, task: Upload) -> None:
    """Break the line in the middle of the first piece; what had arrived counts."""
    persist(task.begin)
    half = len(task.content) // 2
    headers = {
        "Authorization": f"Bearer {task.phone.token}", "Tus-Resumable": "1.0.0", "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
    }  # fmt: skip
    cut(cast.url, task.path, headers, task.content, half)
    offset = _first_offset(task)
    cast.narrator.promise(
        f"在第 {half} 字节断线，已收 {offset} 字节，从那里续传",
        f"cut after {half} bytes, {offset} are safe, it resumes there",
        0 < offset <= half,
        offset,
    )


def _first_offset(task: Upload) -> int:
    """Return how many bytes are safe, once the server has noticed that the line is gone."""
    for _ in range(_TRIES):
        offset = persist(task.offset)
        if offset:
            return offset
        time.sleep(_PAUSE)
    return 0


def _read(cast: Cast, photo: str, content: bytes, position: Any) -> None:
    """Promise that the bytes are the same and that the position is the camera's, or none."""
    n, body = cast.narrator, cast.reviewer.get(f"photos/{photo}")["body"]
    place = (body.get("exif_lat"), body.get("exif_lon"))
    n.show(
        "服务器读出位置、时间、疑点、距站点米数", "the server read position, time, flags, metres to the site",
        place, str(body.get("taken_at")), flags_of(body), str(body.get("exif_to_site_m")),
    )  # fmt: skip
    original = cast.reviewer.phone.send("GET", f"/api/v1/photos/{photo}/original").body
    n.equal(
        "原图一字节不差",
        "the original, byte by byte",
        hashlib.sha256(original).hexdigest(),
        hashlib.sha256(content).hexdigest(),
    )
    n.equal("拍摄声明的签名有效", "the phone's seal holds", body.get("claim_verdict"), "valid")
    if isinstance(position, tuple):
        near = None not in place and all(abs(x - y) < 1e-6 for x, y in zip(place, position, strict=True))
        n.promise("位置与相机写入的一致", "the position is the camera's", near, place)
    else:
        flag = {"none": "gps_missing", "redacted": "gps_redacted"}[position]
        told = place == (None, None) and flag in flags_of(body)
        n.promise(f"没有位置就不编造：{flag}", f"no position is invented: {flag}", told, (place, flags_of(body)))


def flags_of(body: dict[str, Any]) -> list[str]:
    """Return the flags of a photo."""
    return sorted(path.removeprefix("flags/") for path in body if path.startswith("flags/"))


def settle(who: Inspector) -> None:
    """Pull over whatever line the phone has."""
    persist(who.phone.pull)
