"""Areas that share their borders, and the files that are made of them."""

import json
import re
from io import StringIO
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from rollout.boundaries import (
    BoundaryError,
    check_fit,
    merged,
    middle,
    needed_points,
    neighbours,
    neighbours_after,
    path_data,
    project,
    read_areas,
    rings,
)

DATA = settings.BASE_DIR.parent / "shared" / "data"
MUNICIPALITIES = DATA / "sachsen_gemeinden_vg5000_2021.geojson"
DISTRICTS = DATA / "sachsen_kreise_vg5000_2021.geojson"
FILES = ["static/sachsen.svg", "rollout/data/neighbours.csv", "rollout/data/map.json"]


def feature(key, *rings, name="Ort"):
    """A polygon of rings, each a list of points in tenths of a degree from a corner in Saxony; it closes them."""
    coordinates = [
        [[round(12 + x / 10, 6), round(51 + y / 10, 6)] for x, y in [*ring, ring[0]]] for ring in rings
    ]
    geometry = {"type": "Polygon", "coordinates": coordinates}
    return {"type": "Feature", "properties": {"ags": key, "gen": name}, "geometry": geometry}


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def areas(*features, digits=8):
    return read_areas(collection(*features), digits)


def square(x, y, size=1):
    """Clockwise, as in the files."""
    return [(x, y), (x, y + size), (x + size, y + size), (x + size, y)]


WEST, EAST, CORNER, INSIDE = "14521010", "14521020", "14521030", "14521040"


def drawn_points(data):
    """The corners of all rings of an SVG path of relative steps."""
    found = []
    for ring in re.findall(r"m([^z]+)z", data):
        numbers = [int(number) for number in re.findall(r"-?\d+", ring)]
        x = y = 0
        points = []
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        found.append(points)
    return found


# --- neighbours ------------------------------------------------------------------------------


def test_who_shares_a_line_is_a_neighbour_and_who_shares_a_corner_is_not():
    found = areas(feature(WEST, square(0, 0)), feature(EAST, square(1, 0)), feature(CORNER, square(2, 1)))
    assert neighbours(found.values()) == [(WEST, EAST)]


def test_the_direction_in_which_rings_are_given_does_not_matter():
    found = areas(feature(WEST, square(0, 0)[::-1]), feature(EAST, square(1, 0)))
    assert neighbours(found.values()) == [(WEST, EAST)]


@pytest.mark.parametrize("hole", [square(1, 1), square(1, 1)[::-1]])
def test_an_enclave_borders_on_what_surrounds_it(hole):
    found = areas(feature(WEST, square(0, 0, 3), hole), feature(INSIDE, square(1, 1)))
    assert neighbours(found.values()) == [(WEST, INSIDE)]


def test_an_exclave_brings_its_own_neighbours():
    both = feature(WEST, square(0, 0))
    both["geometry"] = {
        "type": "MultiPolygon",
        "coordinates": [
            both["geometry"]["coordinates"],
            feature(WEST, square(5, 5))["geometry"]["coordinates"],
        ],
    }
    found = areas(both, feature(EAST, square(6, 5)))
    assert neighbours(found.values()) == [(WEST, EAST)]
    assert len(rings(found[WEST].edges)) == 2


def test_neighbours_of_predecessors_become_those_of_the_successor():
    pairs = [("a", "b"), ("a", "x"), ("b", "x"), ("b", "y"), ("x", "y")]
    assert neighbours_after(pairs, {"n": ["a", "b"]}) == [("n", "x"), ("n", "y"), ("x", "y")]


# --- mergers ---------------------------------------------------------------------------------


def test_merged_areas_are_one_without_the_border_between_them():
    found = merged(
        areas(feature(WEST, square(0, 0)), feature(EAST, square(1, 0)), feature(CORNER, square(2, 0))),
        {"14521099": [WEST, EAST]},
    )
    assert list(found) == [CORNER, "14521099"]
    [ring] = rings(found["14521099"].edges)
    assert len(ring) == 6
    assert neighbours(found.values()) == [(CORNER, "14521099")]


def test_an_enclave_that_merges_leaves_no_hole():
    found = merged(
        areas(feature(WEST, square(0, 0, 3), square(1, 1)), feature(INSIDE, square(1, 1))),
        {WEST: [WEST, INSIDE]},
    )
    [ring] = rings(found[WEST].edges)
    assert len(ring) == 4


def test_areas_around_an_enclave_merge_to_one_with_a_hole():
    left = [(0, 0), (0, 3), (1.5, 3), (1.5, 2), (1, 2), (1, 1), (1.5, 1), (1.5, 0)]
    right = [(1.5, 0), (1.5, 1), (2, 1), (2, 2), (1.5, 2), (1.5, 3), (3, 3), (3, 0)]
    enclave = [(1, 1), (1, 2), (1.5, 2), (2, 2), (2, 1), (1.5, 1)]
    found = merged(
        areas(feature(WEST, left), feature(EAST, right), feature(INSIDE, enclave)),
        {"14521099": [WEST, EAST]},
    )
    assert sorted(len(ring) for ring in rings(found["14521099"].edges)) == [6, 6]
    assert neighbours(found.values()) == [(INSIDE, "14521099")]


def test_a_merger_of_what_is_not_there_or_into_what_stays_is_refused():
    found = areas(feature(WEST, square(0, 0)), feature(EAST, square(1, 0)))
    with pytest.raises(BoundaryError, match="14521999 cannot merge into 14521099"):
        merged(found, {"14521099": [WEST, "14521999"]})
    with pytest.raises(BoundaryError, match=f"{EAST} is an area already"):
        merged(found, {EAST: [WEST]})


# --- drawing ---------------------------------------------------------------------------------

# A border with a bend of 70 m, less than a unit, and one of 3 km.
JAGGED = [(1, 0), (1.01, 0.2), (1.4, 0.5), (1, 1)]


def test_a_shared_border_is_thinned_out_alike_on_both_sides():
    found = areas(
        feature(WEST, [(0, 0), (0, 1), *JAGGED[::-1]]),
        feature(EAST, [*JAGGED, (2, 1), (2, 0)]),
    )
    for tolerance, shared in [(0, 4), (12, 3), (40, 2)]:
        kept = needed_points(found.values(), tolerance)
        [west], [east] = (drawn_points(path_data(area, kept)) for area in found.values())
        assert len(set(west) & set(east)) == shared


def test_no_border_moves_further_than_the_tolerance():
    found = areas(feature(WEST, [(0, 0), (0, 1), *JAGGED[::-1]]), feature(EAST, [*JAGGED, (2, 1), (2, 0)]))
    bend = (12.14, 51.05)
    assert bend in needed_points(found.values(), 27)
    assert bend not in needed_points(found.values(), 30)


def test_a_hole_is_drawn_as_a_second_ring_in_the_other_direction():
    found = areas(feature(WEST, square(0, 0, 3), square(1, 1)), feature(INSIDE, square(1, 1)))
    kept = needed_points(found.values(), 0)
    outer, hole = drawn_points(path_data(found[WEST], kept))
    [inside] = drawn_points(path_data(found[INSIDE], kept))
    assert set(hole) == set(inside)
    assert (turn(outer) > 0) != (turn(hole) > 0)


def turn(points):
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True))


def test_rings_that_touch_in_a_corner_are_drawn_apart():
    diabolo = merged(areas(feature(WEST, square(0, 0)), feature(EAST, square(1, 1))), {WEST: [WEST, EAST]})[
        WEST
    ]
    assert [len(ring) for ring in drawn_points(path_data(diabolo, needed_points([diabolo], 0)))] == [4, 4]


def test_what_would_vanish_is_named():
    found = areas(feature(WEST, square(0, 0, 0.05), name="Klein"))
    with pytest.raises(BoundaryError, match=rf"{WEST} \(Klein\) is too small"):
        path_data(found[WEST], needed_points(found.values(), 100))


def test_the_plane_is_true_to_scale_in_the_middle_of_saxony():
    (x0, y0), (x1, y1) = project((13.0, 51.0)), project((14.0, 51.1))
    assert x1 - x0 == 700  # 70 km from one meridian to the next
    assert y0 - y1 == 111


def test_a_label_stands_in_the_middle():
    [area] = areas(feature(WEST, square(0, 0, 2))).values()
    assert middle(area) == project((12.1, 51.1))


# --- files that make no map ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ([feature("14521", square(0, 0))], r"14521 \(Ort\) is no key of 8 digits"),
        ([feature(WEST, square(0, 0)), feature(WEST, square(1, 0))], f"{WEST} .* stands twice"),
        ([feature(WEST, square(300, 0))], f"{WEST} has a point outside of Saxony"),
        ([feature(WEST, [(0, 0), (0, 1)])], f"{WEST} has a ring that does not close"),
        ([{"properties": {"ags": WEST}}], "no GeoJSON with the properties ags and gen"),
        ([], "no area in it"),
    ],
)
def test_a_file_that_makes_no_map_is_refused_with_the_key(features, message):
    with pytest.raises(BoundaryError, match=message):
        areas(*features)


def test_points_are_no_areas():
    point = feature(WEST, square(0, 0))
    point["geometry"] = {"type": "Point", "coordinates": [12, 51]}
    with pytest.raises(BoundaryError, match=f"{WEST} is a Point"):
        areas(point)


def test_gaps_overlaps_and_foreign_districts_are_refused():
    district = areas(feature("14521", square(0, 0, 3)), digits=5)
    inside = feature(INSIDE, square(1, 1))
    around = feature(WEST, square(0, 0, 3), square(1, 1))
    check_fit(areas(around, inside), district)
    with pytest.raises(BoundaryError, match=f"gap between {WEST}"):
        check_fit(areas(around), district)
    with pytest.raises(BoundaryError, match=f"{WEST} and {EAST} lie on the same side"):
        check_fit(areas(around, inside, feature(EAST, square(0, 0, 3), square(1, 1))), district)
    with pytest.raises(BoundaryError, match=r"14521 \(Ort\) is not what its municipalities are"):
        check_fit(areas(inside), district)
    with pytest.raises(BoundaryError, match="14522 is in one of the two files only"):
        check_fit(areas(around, inside, feature("14522010", square(3, 0))), district)


# --- the command -----------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path):
    """A district of three municipalities, as the two files."""
    municipalities = collection(
        feature(WEST, square(0, 0)), feature(EAST, square(1, 0)), feature(CORNER, square(2, 0))
    )
    outline = [(0, 0), (0, 1), (1, 1), (2, 1), (3, 1), (3, 0), (2, 0), (1, 0)]
    paths = [tmp_path / "gemeinden.geojson", tmp_path / "kreise.geojson"]
    paths[0].write_text(json.dumps(municipalities))
    paths[1].write_text(json.dumps(collection(feature("14521", outline))))
    return paths


def prepared(folder, sources, *arguments):
    call_command("prepare_map", *map(str, sources), f"--into={folder}", *arguments, stdout=StringIO())
    return {name: (folder / name).read_bytes() for name in FILES}


def test_the_command_merges_as_told(small, tmp_path):
    files = prepared(tmp_path, small, f"--merge=14521099={WEST},{EAST}")
    svg = files["static/sachsen.svg"].decode()
    assert re.findall(r'id="(\w+)"', svg) == [f"k{CORNER}", "k14521099", "districts", "k14521"]
    assert files["rollout/data/neighbours.csv"].decode() == f"key,neighbour\n{CORNER},14521099\n"
    assert set(json.loads(files["rollout/data/map.json"])["middles"]) == {CORNER, "14521099", "14521"}


def test_the_day_of_the_boundaries_is_named_as_the_licence_wants(small, tmp_path):
    files = prepared(tmp_path, small, "--date=2024-01-01")
    assert "© GeoBasis-DE / BKG 2024 (Daten verändert), dl-de/by-2-0" in files["static/sachsen.svg"].decode()
    assert json.loads(files["rollout/data/map.json"])["date"] == "2024-01-01"


@pytest.mark.parametrize(
    ("merge", "message"),
    [
        (["14521099"], "write it as 14522275=14522450,14522620"),
        ([f"14521099={WEST},"], "write it as"),
        ([f"14521099={WEST}", f"14521099={EAST}"], "given twice"),
        (["14521099=14521999"], "there is no such area"),
    ],
)
def test_a_merger_that_cannot_be_changes_no_file(small, tmp_path, merge, message):
    with pytest.raises(CommandError, match=message):
        prepared(tmp_path, small, *[f"--merge={each}" for each in merge])
    assert not (tmp_path / "static").exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"features": 1}', b"\xff\xfe"])
def test_a_file_that_is_none_is_named(small, tmp_path, content):
    small[1].write_bytes(content)
    with pytest.raises(CommandError, match=r"kreise\.geojson: "):
        prepared(tmp_path, small)


def test_a_file_that_is_missing_is_named(small, tmp_path):
    with pytest.raises(CommandError, match=r"missing\.geojson: "):
        prepared(tmp_path, [tmp_path / "missing.geojson", small[1]])


# --- the map of Saxony -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def saxony():
    """Key and path of every area in the committed file."""
    svg = (settings.BASE_DIR / "static/sachsen.svg").read_text()
    return dict(re.findall(r'<path id="k(\d+)" d="([^"]+)"', svg))


def test_saxony_has_419_municipalities_in_13_districts(saxony):
    assert len([key for key in saxony if len(key) == 8]) == 419
    assert len([key for key in saxony if len(key) == 5]) == 13
    assert {key[:5] for key in saxony} == {key for key in saxony if len(key) == 5}


def test_a_browser_loads_the_map_with_less_than_35_kilobytes():
    assert len(brotli.compress((settings.BASE_DIR / "static/sachsen.svg").read_bytes())) < 35_000


def test_no_line_of_saxony_is_drawn_by_one_side_only(saxony):
    """Every line is there twice, in both directions, or is a line of the outer border, which is one closed ring."""

    def lines(keys):
        return [
            line
            for key in keys
            for ring in drawn_points(saxony[key])
            for line in zip(ring, [*ring[1:], ring[0]], strict=True)
        ]

    municipal = lines(key for key in saxony if len(key) == 8)
    assert len(set(municipal)) == len(municipal)
    outer = dict(line for line in municipal if line[::-1] not in set(municipal))
    point, steps = next(iter(outer)), 0
    start = point
    while (point := outer[point]) != start:
        steps += 1
    assert steps + 1 == len(outer)
    assert set(lines(key for key in saxony if len(key) == 5)) <= set(municipal)


def committed_neighbours():
    lines = (settings.BASE_DIR / "rollout/data/neighbours.csv").read_text().splitlines()[1:]
    return [tuple(line.split(",")) for line in lines]


def test_radebeul_borders_on_dresden_coswig_klipphausen_and_moritzburg():
    """Klipphausen lies across the Elbe, whose middle is the border."""
    around = {(set(pair) - {"14627210"}).pop() for pair in committed_neighbours() if "14627210" in pair}
    assert around == {"14612000", "14627010", "14627100", "14627150"}


def test_jahnatal_borders_on_whom_its_predecessors_bordered_on():
    before = {key for pair in committed_neighbours() if {"14522450", "14522620"} & set(pair) for key in pair}
    after = neighbours_after(committed_neighbours(), {"14522275": ["14522450", "14522620"]})
    around = {key for pair in after if "14522275" in pair for key in pair}
    assert around == before - {"14522450", "14522620"} | {"14522275"}
    assert len(around) > 3


@pytest.fixture
def sources(capsys):
    """The files of the BKG, which stand beside the repository and not in it."""
    found = [MUNICIPALITIES, DISTRICTS]
    if not all(map(Path.exists, found)):
        with capsys.disabled():
            print(f"\nNOT COMPARED WITH THE BOUNDARIES OF THE BKG: there is no {DATA}\n")
        pytest.skip(f"no {DATA}")
    return found


def test_the_committed_files_are_what_the_command_makes(sources, tmp_path):
    committed = {name: (settings.BASE_DIR / name).read_bytes() for name in FILES}
    assert prepared(tmp_path, sources) == committed


def test_the_merger_of_2023_gives_one_area(sources, tmp_path):
    files = prepared(tmp_path, sources, "--merge=14522275=14522450,14522620")
    svg = files["static/sachsen.svg"].decode()
    keys = re.findall(r'<path id="k(\d{8})"', svg)
    assert len(keys) == 418
    assert "14522275" in keys
    [ring] = drawn_points(re.search(r'id="k14522275" d="([^"]+)"', svg)[1])
    assert len(ring) > 10
    pairs = files["rollout/data/neighbours.csv"].decode().splitlines()[1:]
    expected = neighbours_after(committed_neighbours(), {"14522275": ["14522450", "14522620"]})
    assert pairs == [",".join(pair) for pair in expected]
