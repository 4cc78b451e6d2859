"""Photos from a folder: sent as a phone sends them, and what the server read in each."""

import json
from pathlib import Path
from typing import Any

import click

from fieldsync.demo.story.back import flags_of
from fieldsync.demo.story.cast import Cast
from fieldsync.demo.story.lines import Mountain, persist
from fieldsync.demo.uploads import Upload

_ENDINGS = {
    ".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".tif", ".tiff", ".jxl", ".gif", ".bmp", ".dng",
    ".pef", ".nef", ".cr2", ".arw",
}  # fmt: skip
_PIECE = 1 << 18
_NEAR = 1e-6


def send(cast: Cast, folder: Path) -> None:
    """Send every photo of a folder over the bad line and print what the server read."""
    n, a = cast.narrator, cast.a
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in _ENDINGS and path.is_file())
    n.act(f"相册：{folder.name} 中的 {len(files)} 张照片", f"The album: {len(files)} photos of {folder.name}")
    a.phone.wire = Mountain(cast.wire, cast.random, lose_request=0.1, lose_answer=0.1)
    visit = a.phone.inspect(cast.mouth, activity="none", opinion="相册")
    sent = {path: _announce(cast, visit, path) for path in files}
    while a.phone.outbox:
        persist(lambda: a.phone.push(50))
    for path in files:
        Upload(a.phone, path.read_bytes()).finish(_PIECE)
    n.say("服务器读出：文件名、位置、时间、疑点", "the server read: name, position, time, flags")
    read = {path.name: cast.reviewer.get(f"photos/{photo}")["body"] for path, photo in sent.items()}
    for name, body in read.items():
        click.echo(f"   {name}  {_place(body)}  {_time(body)}  {' '.join(flags_of(body))}".rstrip())
    late = [name for name, body in read.items() if body.get("have") is not True]
    n.equal("每张照片都已到达", "every photo has arrived", late, [])
    _compare(cast, folder, read)


def _announce(cast: Cast, visit: str, path: Path) -> str:
    """Seal and announce one file; return the photo's id."""
    content = path.read_bytes()
    return cast.a.phone.photograph(visit, content, capture_source="gallery", caption=path.name[:60])


def _place(body: dict[str, Any]) -> str:
    lat, lon = body.get("exif_lat"), body.get("exif_lon")
    return "-" if lat is None or lon is None else f"{lat:.6f},{lon:.6f}"


def _time(body: dict[str, Any]) -> str:
    return str(body.get("taken_at") or body.get("gps_at") or "-")


def _compare(cast: Cast, folder: Path, read: dict[str, dict[str, Any]]) -> None:
    """Where the folder has a manifest.json of positions, promise that the server agrees with it."""
    manifest = folder / "manifest.json"
    if not manifest.exists():
        return
    told = {photo["file"]: photo for photo in json.loads(manifest.read_text("utf-8"))["photos"]}
    wrong = [name for name, body in read.items() if name in told and not _agrees(body, told[name])]
    compared = len(read.keys() & told.keys())
    cast.narrator.equal(
        f"{compared} 个位置与清单一致（误差不超过 {_NEAR} 度）",
        f"{compared} positions agree with the manifest",
        wrong,
        [],
    )


def _agrees(body: dict[str, Any], told: dict[str, Any]) -> bool:
    """Tell whether both have the same position, or none."""
    pairs = [(body.get("exif_lat"), told.get("lat")), (body.get("exif_lon"), told.get("lon"))]
    return all((x is None) == (y is None) and (x is None or abs(x - y) <= _NEAR) for x, y in pairs)
