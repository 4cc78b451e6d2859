"""Pictures that a phone takes for the tests, and what their records say afterwards."""

from photos import makers
from photos.makers import LAT, LON, NANPING

FIX = {"lat": LAT + 0.0001, "lon": LON, "accuracy": 8, "time": "2026-10-03T01:11:00Z"}
EXIF = {0x9003: "2026:10:03 09:11:05", 0x9011: "+08:00"}
BLOCK = makers.tiff(NANPING, EXIF, {0x10F: "vivo", 0x110: "X200", 0x112: 6})


def arrived(phone, photo: str) -> dict:
    phone.pull()
    return phone.base(photo).body


def taken(phone, parent: str, content: bytes, fix=FIX, **more) -> dict:
    """Take, push and upload a photo; return what its record says then."""
    photo = phone.photograph(parent, content, fix, **more)
    phone.push()
    phone.upload(content)
    return arrived(phone, photo) | {"id": photo}
