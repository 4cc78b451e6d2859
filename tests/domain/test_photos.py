"""Photos as records: what the rules say of them, whatever the order in which things arrive."""

import io

from county import T1
from PIL import Image


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "JPEG")
    return out.getvalue()


def test_a_photo_is_dropped_although_its_bytes_came_after_the_author_looked(county):
    phone = county.inspector()
    site = phone.site(town_code=T1, name="照片硐", site_kind="adit", mineral_code="coal")
    content = picture()
    photo = phone.photograph(site, content)
    phone.sync()
    phone.upload(content)
    phone.do("photo.drop", photo, base=phone.base(photo).rev, reason="拍错了")
    [result] = phone.push()
    assert result["status"] == "applied"
    phone.pull()
    assert phone.base(photo) is None
