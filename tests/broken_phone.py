"""What a broken phone exports: a plain tar file, written as the phone does and as no phone would."""

import hashlib
import io
import json
import tarfile

from photos import makers

from fieldsync.demo.phone import Phone

PHOTO = makers.jpeg(makers.tiff(makers.NANPING, first={0x10F: "vivo"}), image=makers.picture((320, 200)))
PREVIEW = makers.jpeg(image=makers.picture((64, 40)))
POINTS = b'["2026-10-03T01:11:00Z", 26.1, 117.4, 8]\n'


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def work(phone: Phone, town: str) -> tuple[str, str, str]:
    """Let somebody work without a signal; return the ids of site, photo and track."""
    site = phone.site(name="坏机硐", site_kind="adit", town_code=town, mineral_code="coal")
    preview = {"preview_sha256": sha(PREVIEW), "preview_size": len(PREVIEW)}
    photo = phone.photograph(site, PHOTO, None, **preview)
    track = {"town_code": town, "sha256": sha(POINTS), "size": len(POINTS)}
    return site, photo, phone.create("patrol_track.begin", track)


def outbox(phone: Phone, login: str, **more) -> dict:
    """Return the outbox as the phone writes it."""
    photos = [{"id": "p", "sha256": sha(PHOTO), "size": len(PHOTO), "type": "image/jpeg",
               "preview_sha256": sha(PREVIEW)}]  # fmt: skip
    tracks = [{"id": "t", "sha256": sha(POINTS), "size": len(POINTS)}]
    given = {"login": login, "person": phone.user, "device": phone.device, "app": "pwa/1.0.0",
             "exported_at": "2026-10-03T09:00:00Z", "ops": phone.outbox, "photos": photos,
             "tracks": tracks}  # fmt: skip
    return given | more


def entry(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, **more) -> tuple[tarfile.TarInfo, bytes]:
    """Return one entry of a tar file."""
    info = tarfile.TarInfo(name)
    info.size, info.type = len(content), kind
    for key, value in more.items():
        setattr(info, key, value)
    return info, content


def files(*contents: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
    """Return the entries of files under their hashes."""
    return [entry(f"files/{sha(content)}", content) for content in contents]


def tar(box: dict | bytes, *entries: tuple[tarfile.TarInfo, bytes], form: int = tarfile.USTAR_FORMAT) -> bytes:
    """Return a tar file: the outbox, then the entries."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        content = box if isinstance(box, bytes) else json.dumps(box).encode()
        for info, data in (entry("outbox.json", content), *entries):
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()
