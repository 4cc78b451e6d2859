"""Every trap between a camera and a position: right, or nothing with a reason."""

import io
import math

import pytest

from fieldsync.photos import exif
from fieldsync.photos.source import Source

from . import makers
from .makers import ASCII, BYTE, DOUBLE, LAT, LON, NANPING, SRATIONAL, UNDEFINED, Typed, rationals

NOTHING = rationals((0, 0), (0, 0), (0, 0))


def facts(content):
    return exif.read(Source.of(io.BytesIO(content)))


def of(gps=None, camera=None, first=None, order="II", **options):
    return facts(makers.jpeg(makers.tiff(gps, camera, first, order), **options))


def place(found):
    return (found.lat, found.lon)


def near(lat, lon):
    return (pytest.approx(lat, abs=1e-7), pytest.approx(lon, abs=1e-7))


@pytest.mark.parametrize("order", ["II", "MM"])
@pytest.mark.parametrize(("ns", "lat"), [("N", 1), ("S", -1)])
@pytest.mark.parametrize(("ew", "lon"), [("E", 1), ("W", -1)])
def test_four_quadrants_in_both_byte_orders(order, ns, lat, ew, lon):
    found = of(NANPING | {1: ns, 3: ew}, order=order)
    assert place(found) == near(lat * LAT, lon * LON)
    assert (found.position_source, found.flags) == ("exif", ())


@pytest.mark.parametrize(
    "ref",
    ["South", "SOUTH", "s", "S ", " S", b"S\0\0\0", b"S", Typed(BYTE, [83, 0]), Typed(UNDEFINED, b"S\0")],
)
def test_refs_that_mean_south(ref):
    assert of(NANPING | {1: ref}).lat == pytest.approx(-LAT)


@pytest.mark.parametrize("ref", ["", "X", "E", "?", "0", "-", b"\0\0", b"\xff\0", "Nord", "N/S", Typed(BYTE, [0])])
def test_junk_refs_mean_no_position(ref):
    found = of(NANPING | {1: ref})
    assert place(found) == (None, None)
    assert "gps_missing_ref" in found.flags


@pytest.mark.parametrize("tag", [1, 3])
def test_missing_refs_mean_no_position(tag):
    found = of({key: value for key, value in NANPING.items() if key != tag})
    assert place(found) == (None, None)
    assert found.flags == ("gps_missing_ref",)


def test_no_gps_at_all():
    assert of(first={0x10F: "vivo"}).flags == ("gps_missing",)
    assert of({0: Typed(BYTE, [2, 3, 0, 0])}).flags == ("gps_missing",)
    assert facts(makers.jpeg()).flags == ("gps_missing",)


def test_android_redaction_is_not_a_missing_position():
    found = of(
        {
            1: b"\0\0",
            2: NOTHING,
            3: b"\0\0",
            4: NOTHING,
            5: Typed(BYTE, [0]),
            6: rationals((0, 0)),
            29: bytes(11),
        }
    )
    assert place(found) == (None, None)
    assert (found.altitude_m, found.gps_at, found.flags) == (None, None, ("gps_redacted",))


def test_no_fix_with_refs_is_no_redaction():
    assert of({1: "N", 2: NOTHING, 3: "E", 4: NOTHING}).flags == ("gps_bad_number",)


@pytest.mark.parametrize(
    "tags", [{1: "N", 2: [26.0, 0, 0]}, {3: "E", 4: [118.0, 0, 0]}, {1: "N", 2: [26.0], 3: "E"}]
)
def test_half_positions(tags):
    found = of(tags)
    assert place(found) == (None, None)
    assert found.flags == ("gps_half",)


@pytest.mark.parametrize(
    "value",
    [
        rationals((26, 1), (38, 1), (0, 0)),
        rationals((26, 1), (38, 0), (0, 1)),
        rationals((0, 0), (38, 1), (15, 1)),
        Typed(DOUBLE, [math.nan, 0.0, 0.0]),
        Typed(DOUBLE, [math.inf, 0.0, 0.0]),
        rationals((26, 1), (38, 1), (15, 1), (1, 1)),
        "twenty-six",
    ],
)
def test_what_is_no_number_is_no_position(value):
    found = of(NANPING | {2: value})
    assert place(found) == (None, None)
    assert found.flags == ("gps_bad_number",)


@pytest.mark.parametrize(
    "value", [[90.5, 0, 0], [91.0], rationals((4294967295, 1), (0, 1), (0, 1)), [89.0, 61, 0]]
)
def test_out_of_range(value):
    found = of(NANPING | {2: value})
    assert place(found) == (None, None)
    assert found.flags == ("gps_out_of_range",)


def test_null_island_is_written_and_flagged():
    zero = rationals((0, 1), (0, 1), (0, 1))
    found = of({1: "S", 2: zero, 3: "W", 4: zero})
    assert str(place(found)) == "(0.0, 0.0)"
    assert found.flags == ("gps_null_island",)


@pytest.mark.parametrize(
    "value", [rationals((266376667, 10_000_000)), [26, 38.26], Typed(DOUBLE, [26.6376667]), "26.6376667"]
)
def test_degrees_and_minutes_as_decimals(value):
    assert of(NANPING | {2: value}).lat == pytest.approx(26.6376667, abs=1e-6)


def test_a_minus_may_repeat_the_hemisphere_but_not_contradict_it():
    minus = Typed(SRATIONAL, [(-26, 1), (38, 1), (0, 1)])
    assert of(NANPING | {1: "S", 2: minus}).lat == pytest.approx(-(26 + 38 / 60))
    found = of(NANPING | {1: "N", 2: minus})
    assert (found.lat, found.flags) == (None, ("gps_sign_conflict",))


def test_altitude_needs_its_reference():
    height = {6: rationals((505, 10))}
    assert of(NANPING | height | {5: Typed(BYTE, [0])}).altitude_m == 50.5
    assert of(NANPING | height | {5: Typed(BYTE, [1])}).altitude_m == -50.5
    assert of(NANPING | height).altitude_m is None
    assert of(NANPING | {5: Typed(BYTE, [0]), 6: rationals((1, 0))}).altitude_m is None


def test_accuracy_and_bearing():
    found = of(NANPING | {0x1F: [4.5], 0x11: [359.5]})
    assert (found.accuracy_m, found.bearing) == (4.5, 359.5)
    found = of(NANPING | {0x1F: rationals((0, 0)), 0x11: [361.0]})
    assert (found.accuracy_m, found.bearing) == (None, None)


def times(date="2024:05:01", clock=(4, 0, 0), taken="2024:05:01 12:00:10", **camera):
    tags = {0x9003: taken} | {int(tag[1:], 16): value for tag, value in camera.items()}
    return of(NANPING | {7: list(clock), 29: date}, tags)


def test_times_agree_in_the_assumed_zone():
    found = times()
    assert (found.taken_at, found.gps_at) == ("2024-05-01T12:00:10+08:00", "2024-05-01T04:00:00Z")
    assert found.flags == ("tz_assumed",)


def test_offset_and_fraction_are_used():
    found = times(x9011="+08:00", x9291="25")
    assert (found.taken_at, found.flags) == ("2024-05-01T12:00:10.250+08:00", ())


def test_dates_with_hyphens():
    assert times(date="2024-05-01").gps_at == "2024-05-01T04:00:00Z"


def test_stale_fix():
    assert times(clock=(3, 50, 0)).flags == ("stale_fix", "tz_assumed")
    assert times(clock=(2, 0, 0)).flags == ("stale_fix", "tz_assumed", "tz_conflict")


def test_week_rollover():
    assert "gps_week_rollover" in times(date="2004:09:15").flags
    assert "stale_fix" not in times(date="2004:09:15").flags


@pytest.mark.parametrize(
    "taken", ["0000:00:00 00:00:00", "2024:13:01 00:00:00", "yesterday", "    :  :     :  :  "]
)
def test_dates_that_are_none(taken):
    found = times(taken=taken)
    assert found.taken_at is None
    assert "bad_date" in found.flags or not taken.strip(" :")


def test_gps_dates_that_are_none():
    assert times(date="2024:02:31").flags == ("bad_gps_date", "tz_assumed")
    assert times(clock=(99, 0, 0)).gps_at is None


def test_text_is_one_safe_line():
    found = of(
        first={
            0x10F: b"=HYPER\r\nLINK\x01 \xe2\x80\xaegpj.exe\xe2\x80\xac" + b"x" * 900,
            0x110: "小米".encode("gb18030"),
        }
    )
    assert found.make.startswith("=HYPER LINK gpj.exexxx")
    assert len(found.make) == 200
    assert found.model == "小米"


@pytest.mark.parametrize("software", ["Adobe Photoshop 24.0 (Windows)", "今日水印相机 2.9", "Snapseed 2.0"])
def test_editors(software):
    found = of(NANPING, first={0x131: software})
    assert (found.software, found.flags) == (software, ("edited",))


def test_screenshot():
    assert "screenshot" in of(camera={0x9286: Typed(UNDEFINED, b"ASCII\0\0\0Screenshot")}).flags


@pytest.mark.parametrize("value", range(10))
def test_orientation(value):
    assert of(first={0x112: value}).orientation == (value if 1 <= value <= 8 else None)


def test_two_blocks_that_agree():
    found = facts(makers.jpeg(makers.tiff(NANPING), makers.tiff(NANPING)))
    assert (place(found), found.flags) == (near(LAT, LON), ("exif_blocks",))


def test_two_blocks_that_contradict_each_other():
    found = facts(makers.jpeg(makers.tiff(NANPING), makers.tiff(NANPING | {1: "S"})))
    assert found.flags == ("exif_blocks", "exif_disagree")


def test_a_block_without_gps_gives_way():
    found = facts(makers.jpeg(makers.tiff(first={0x10F: "vivo"}), makers.tiff(NANPING)))
    assert place(found) == near(LAT, LON)


def test_readers_that_disagree_leave_no_position(monkeypatch):
    flipped = exif.readers.by_exifread(makers.tiff(NANPING | {1: "S"}))
    monkeypatch.setattr(exif.readers, "by_pillow", lambda block: flipped)
    found = of(NANPING)
    assert (place(found), found.flags) == ((None, None), ("exif_disagree",))


def test_pillow_stands_in(monkeypatch):
    monkeypatch.setattr(exif.readers, "by_exifread", lambda block: None)
    assert place(of(NANPING)) == near(LAT, LON)


INSIDE = "<exif:GPSLatitude>26,38.26N</exif:GPSLatitude><exif:GPSLongitude>118,10,33.6E</exif:GPSLongitude>"


@pytest.mark.parametrize(
    "packet",
    [
        makers.packet(
            INSIDE + "<exif:GPSAltitude>505/10</exif:GPSAltitude><exif:GPSAltitudeRef>0</exif:GPSAltitudeRef>"
        ),
        makers.packet(
            attributes='exif:GPSLatitude="26,38.26N" exif:GPSLongitude="118,10.56E" exif:GPSAltitude="101/2"'
        ),
    ],
)
def test_xmp_is_the_third_witness(packet):
    found = facts(makers.jpeg(packet=packet))
    assert (place(found), found.position_source) == (near(LAT, LON), "xmp")
    assert (found.altitude_m, found.flags) == (50.5, ())


def test_places_shown_in_the_picture_are_not_the_camera():
    item = f'<rdf:Bag><rdf:li rdf:parseType="Resource">{INSIDE}</rdf:li></rdf:Bag>'
    shown = f"<Iptc4xmpExt:LocationShown>{item}</Iptc4xmpExt:LocationShown>"
    nested = shown.replace(item, f"<rdf:Description>{INSIDE}</rdf:Description>")
    for inside in (shown, nested):
        found = facts(makers.jpeg(packet=makers.packet(inside)))
        assert (place(found), found.flags) == ((None, None), ("gps_missing",))


def test_entities_are_refused():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    found = facts(makers.jpeg(packet=makers.packet(INSIDE, prolog=bomb)))
    assert (place(found), found.flags) == ((None, None), ("gps_missing", "xmp_refused"))


@pytest.mark.parametrize(
    ("lat", "flag"),
    [
        ("26,38.26", "gps_missing_ref"),
        ("26,38.26E", "gps_missing_ref"),
        ("-26,3N", "gps_sign_conflict"),
        ("north", "gps_bad_number"),
        ("96,0N", "gps_out_of_range"),
        ("", "gps_half"),
    ],
)
def test_xmp_traps(lat, flag):
    inside = f"<exif:GPSLatitude>{lat}</exif:GPSLatitude><exif:GPSLongitude>118,10.56E</exif:GPSLongitude>"
    found = facts(makers.jpeg(packet=makers.packet(inside)))
    assert (place(found), found.flags) == ((None, None), (flag,))


def test_damaged_xmp_keeps_what_came_before_the_damage():
    found = facts(makers.jpeg(packet=makers.packet(INSIDE + "<broken")))
    assert (place(found), "xmp_damaged" in found.flags) == (near(LAT, LON), True)


def test_xmp_far_from_exif_is_flagged():
    packet = makers.packet(attributes='exif:GPSLatitude="25,0N" exif:GPSLongitude="118,10.56E"')
    found = facts(makers.jpeg(makers.tiff(NANPING), packet=packet))
    assert (found.position_source, found.flags) == ("exif", ("xmp_disagree",))


@pytest.mark.parametrize("content", [
    makers.png(makers.chunk(b"eXIf", makers.tiff(NANPING))),
    makers.webp(makers.tiff(NANPING)),
    makers.saved("HEIF", exif=makers.tiff(NANPING)),
    makers.saved("AVIF", exif=makers.tiff(NANPING)),
    makers.tiff(NANPING, first={0x100: 128, 0x101: 64}),
])  # fmt: skip
def test_every_container(content):
    found = facts(content)
    assert (place(found), found.width, found.height) == (near(LAT, LON), 128, 64)


def test_facts_survive_json():
    found = of(NANPING, {0x9003: "2024:05:01 12:00:10"})
    assert exif.Facts.from_json(found.as_json()) == found


def test_repeated_tags_and_ascii_type():
    doubled = [
        (1, "N"),
        (2, [1.0, 2, 3]),
        (2, [26, 38, 15.6]),
        (3, Typed(ASCII, b"E\0")),
        (4, [118, 10, 33.6]),
    ]
    assert place(of(doubled)) == near(LAT, LON)
