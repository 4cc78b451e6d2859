"""Distances between witnesses and what follows from them."""

from datetime import UTC, datetime, timedelta

import pytest

from fieldsync.photos.plausibility import Limits, Place, azimuth, compare, distance_m

HERE = Place(26.5, 118.2, 10)
NOON = datetime(2024, 5, 1, 4, tzinfo=UTC)


def moved(metres, accuracy=None, east=0.0):
    return Place(HERE.lat + metres / 111_195, HERE.lon + east / 99_512, accuracy)


def test_known_distances():
    assert distance_m(0, 0, 0, 1) == pytest.approx(111_195, rel=1e-4)
    assert distance_m(25, 179.9999, 25, -179.9999) == pytest.approx(20.2, abs=0.1)
    assert distance_m(90, 0, -90, 0) == pytest.approx(20_015_000, rel=1e-3)
    assert distance_m(26.5, 118.2, 26.5, 118.2) == 0


@pytest.mark.parametrize(("lat", "lon", "towards"), [(1, 0, 0), (0, 1, 90), (-1, 0, 180), (0, -1, 270)])
def test_azimuth(lat, lon, towards):
    assert azimuth(0, 0, lat, lon) == pytest.approx(towards)


def test_witnesses_that_agree():
    found = compare(moved(20, 5), HERE, moved(60), taken_at=NOON, device_at=NOON, received_at=NOON)
    assert (found.exif_device_m, found.device_site_m, found.exif_site_m) == (20, 60, 40)
    assert set(found.verdicts.values()) == {"consistent"}
    assert (found.clock_skew_s, found.flags) == (0, ())


def test_without_witnesses_nothing_can_be_told():
    found = compare(None, None, None)
    assert set(found.verdicts.values()) == {"cannot tell"}
    assert (found.exif_device_m, found.flags) == (None, ())


@pytest.mark.parametrize(
    ("metres", "accuracy", "flagged"), [(49, 5, False), (52, 5, True), (100, 40, False), (130, 40, True)]
)
def test_exif_against_device(metres, accuracy, flagged):
    found = compare(moved(metres, accuracy), HERE, None)
    assert ("exif_vs_device" in found.flags) == flagged
    assert found.verdicts["exif_device"] == ("inconsistent" if flagged else "consistent")


@pytest.mark.parametrize(("metres", "flagged"), [(109, False), (111, True)])
def test_device_against_site(metres, flagged):
    assert ("device_vs_site" in compare(None, HERE, moved(metres)).flags) == flagged


@pytest.mark.parametrize(("site", "suspect"), [
    (Place(26.497, 118.2045), True),   # as GCJ-02 in Fujian
    (Place(26.503, 118.1955), True),   # the reverse
    (Place(26.503, 118.2045), False),  # as far, another direction
    (Place(26.494, 118.2090), False),  # that direction, too far
])  # fmt: skip
def test_a_shift_of_the_known_shape(site, suspect):
    found = compare(None, HERE, site)
    assert ("datum_suspect" in found.flags) == suspect
    assert "device_vs_site" in found.flags


def test_poor_accuracy():
    assert compare(None, Place(26.5, 118.2, 51), None).flags == ("accuracy_poor",)


def test_null_island_is_no_witness():
    assert compare(Place(0, 0), HERE, None).verdicts["exif_device"] == "cannot tell"
    assert compare(Place(float("nan"), 1), HERE, None).verdicts["exif_device"] == "cannot tell"


@pytest.mark.parametrize(
    ("taken", "device", "received", "skew"),
    [
        (0, 0, 86_400, 0),
        (130, 0, 500, 130),
        (-130, 0, 500, -130),
        (None, 300, 0, 300),
        (None, 0, 9000, 0),
        (None, 0, None, None),
    ],
)
def test_clocks(taken, device, received, skew):
    moments = [None if one is None else NOON + timedelta(seconds=one) for one in (taken, device, received)]
    found = compare(None, None, None, taken_at=moments[0], device_at=moments[1], received_at=moments[2])
    assert found.clock_skew_s == skew
    assert ("clock_skew" in found.flags) == (abs(skew or 0) > 120)


def test_limits_are_settings():
    assert compare(moved(60), HERE, None, limits=Limits(exif_vs_device_m=100)).flags == ()
    assert compare(moved(60), HERE, None).as_json()["flags"] == ["exif_vs_device"]
