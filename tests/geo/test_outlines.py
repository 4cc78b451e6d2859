"""Outlines of townships: thinned without losing their shape, refused with a reason, put on the right records."""

import itertools
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fieldsync.domain import divisions
from fieldsync.geo import outlines
from fieldsync.geo.datums import Unfit

CELL, TOWN, OTHER = "350881", "350881101", "350881102"
SQUARE = [[117.4, 25.2], [117.5, 25.2], [117.5, 25.3], [117.4, 25.3], [117.4, 25.2]]


def feature(code=TOWN, coordinates=None, kind="Polygon") -> dict:
    geometry = {"type": kind, "coordinates": coordinates or [SQUARE]}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def collection(*features, **more) -> dict:
    return {"type": "FeatureCollection", "features": list(features), **more}


def wavy(points: int, radius: float = 0.1, lon: float = 117.42, lat: float = 25.29) -> list:
    """Return a ring with five bays."""
    turns = [2 * math.pi * n / points for n in range(points)]
    ring = [
        [lon + radius * (1 + 0.2 * math.sin(5 * turn)) * math.cos(turn),
         lat + radius * (1 + 0.2 * math.sin(5 * turn)) * math.sin(turn)] for turn in turns
    ]  # fmt: skip
    return [*ring, ring[0]]


def far_from(point: list, ring: list) -> float:
    """Return how far a point is from a ring, in degrees."""
    best = math.inf
    for a, b in itertools.pairwise(ring):
        length = (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2
        along = ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / length if length else 0
        at = min(1.0, max(0.0, along))
        best = min(best, math.hypot(point[0] - a[0] - at * (b[0] - a[0]), point[1] - a[1] - at * (b[1] - a[1])))
    return best


def test_a_small_outline_stays_as_it_is():
    (found,) = outlines.read(collection(feature()))
    assert found.geometry == {"type": "Polygon", "coordinates": [SQUARE]}


def test_a_large_one_keeps_its_shape():
    ring = wavy(20_000)
    (found,) = outlines.read(collection(feature(coordinates=[ring])))
    (thin,) = found.geometry["coordinates"]
    assert 250 <= len(thin) <= outlines.MOST_POINTS
    assert thin[0] == thin[-1]
    # Some twenty metres, of twenty kilometres.
    assert max(far_from(point, thin) for point in ring[::50]) < 0.0002
    assert all(number == round(number, 7) for point in thin for number in point)


def test_islands_and_holes():
    hole = wavy(400, 0.01)
    # Of one size, most of them.
    islands = [[wavy(30, 0.0005 + 0.00001 * max(0, n - 80), 117.7 + n / 1000)] for n in range(90)]
    polygons = [[wavy(5000), hole], *islands]
    (found,) = outlines.read(collection(feature(coordinates=polygons, kind="MultiPolygon")))
    rings = [ring for polygon in found.geometry["coordinates"] for ring in polygon]
    assert sum(map(len, rings)) <= outlines.MOST_POINTS
    assert all(len(ring) >= 4 and ring[0] == ring[-1] for ring in rings)
    assert len(found.geometry["coordinates"][0]) == 2


@given(some.integers(4, 900), some.floats(0.001, 0.3))
def test_any_ring_stays_closed_and_within_bounds(points, radius):
    (found,) = outlines.read(collection(feature(coordinates=[wavy(points, radius)])))
    (ring,) = found.geometry["coordinates"]
    assert 4 <= len(ring) <= outlines.MOST_POINTS
    assert ring[0] == ring[-1]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (feature(code=""), "no property"),
        ({"properties": None}, "no property"),
        ("feature", "no property"),
        (feature(kind="LineString"), "LineString"),
        (feature() | {"geometry": None}, "None"),
        (feature(coordinates=[SQUARE[:-1]]), "not closed"),
        (feature(coordinates=[[SQUARE[0], SQUARE[1], SQUARE[0]]]), "not closed"),
        (feature(coordinates=[[SQUARE[0], SQUARE[1], SQUARE[1], SQUARE[0]]]), "no area"),
        (feature(coordinates=[[[lat, lon] for lon, lat in SQUARE]]), "beyond Fujian"),
        (feature(coordinates=[[[lon * 1e4, lat * 1e4] for lon, lat in SQUARE]]), "beyond Fujian"),
        (feature(coordinates=[[*SQUARE[:2], ["117", 25], *SQUARE[2:]]]), "not numbers"),
        (feature(coordinates=[[*SQUARE[:2], [math.nan, 25.0], *SQUARE[2:]]]), "not numbers"),
        (feature(coordinates=[[]]), "not closed"),
        (feature(coordinates=[5]), "not numbers"),
        (feature(coordinates=5), "no coordinates"),
        (feature(coordinates=[7], kind="MultiPolygon"), "no coordinates"),
    ],
)
def test_a_bad_feature_is_refused_with_its_reason_and_the_others_are_read(bad, words):
    refused, good = outlines.read(collection(bad, feature(OTHER)))
    assert refused.geometry is None
    assert words in refused.refused[1]
    assert good.geometry


@pytest.mark.parametrize("document", [[], {}, {"features": 5}, {"type": "Feature"}])
def test_what_is_no_collection(document):
    with pytest.raises(Unfit):
        list(outlines.read(document))


def test_a_document_that_names_another_datum():
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2437"}}
    with pytest.raises(Unfit, match="2437"):
        list(outlines.read(collection(feature(), crs=named)))
    named["properties"]["name"] = "urn:ogc:def:crs:OGC:1.3:CRS84"
    assert next(iter(outlines.read(collection(feature(), crs=named)))).geometry


# The command


@pytest.fixture
def load(shell, tmp_path):
    def run(document, *words):
        (tmp_path / "towns.geojson").write_text(json.dumps(document), "utf-8")
        return shell("outline", "load", str(tmp_path / "towns.geojson"), *(words or ("--datum", "wgs84")))

    return run


def test_outlines_come_to_their_townships_and_stay(load, shell, make_app):
    done = load(collection(feature(f"{TOWN}000"), feature(OTHER, [wavy(900)])))
    assert done.exit_code == 0, done.output
    assert "2 outlines, 2 new" in done.output
    app = make_app()
    with app.app_context():
        known = divisions.listed()
        assert known[TOWN]["outline"] == {"type": "Polygon", "coordinates": [SQUARE]}
        assert known[TOWN]["name"]
        # The shipped list, loaded again, leaves them where they are.
        assert divisions.load_all(app.extensions["darkroom"].engine, list(divisions.of_fujian())) == 0
        assert "outline" in divisions.listed()[TOWN]
    assert "2 outlines, 0 new" in load(collection(feature(TOWN), feature(OTHER, [wavy(900)]))).output


def test_bad_features_and_strange_townships_are_named(load, make_app):
    done = load(collection(feature("350102001"), feature(OTHER), feature(TOWN, [SQUARE[:-1]])))
    assert done.exit_code == 1
    assert "350102001: " in done.output
    assert f"{TOWN}: " in done.output
    assert "1 outlines" in done.output
    with make_app().app_context():
        known = divisions.listed()
        assert "outline" in known[OTHER]
        assert "outline" not in known[TOWN]
        assert "outline" not in known.get("350102001", {})


def test_outlines_of_another_datum_are_refused(load):
    done = load(collection(feature()), "--datum", "beijing54")
    assert done.exit_code == 1
    assert "seven parameters" in done.output
    assert load([]).exit_code == 1


def test_phones_get_the_outline(county):
    with county.app.app_context():
        body = {"code": TOWN, "name": "x", "level": "township", "parent_code": CELL, "current_code": TOWN}
        divisions.load_all(county.engine, [body])
        divisions.load_outlines(county.engine, {TOWN: {"type": "Polygon", "coordinates": [SQUARE]}}, [CELL])
    phone = county.inspector()
    found = phone.base(divisions.division_id(TOWN)).body
    assert found["outline"]["coordinates"] == [SQUARE]
