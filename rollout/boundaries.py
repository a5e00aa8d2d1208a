"""Boundaries as GeoJSON to areas on a plane that share their borders. Pure: no database, no files.

An area is the set of its directed edges, its inside always on the same hand. So what two areas share is an edge
of the one that runs backwards in the other: neighbours, unions, holes and gaps all follow from that alone.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
Edge = tuple[Point, Point]
Pair = tuple[str, str]
Successions = Mapping[str, Sequence[str]]  # the key of each new municipality, and the keys that went into it

# The window of the map in degrees, wide enough for Saxony and a line around it, and its fixed scale: later
# boundaries are drawn at the same place. Equirectangular, true to scale at 51° N, the middle of Saxony.
WEST, NORTH, EAST, SOUTH = 11.86, 51.70, 15.06, 50.16
UNIT = 100  # metres
DEGREE = 6_371_000 * math.pi / 180 / UNIT
SQUEEZE = math.cos(math.radians(51))
WIDTH = round((EAST - WEST) * DEGREE * SQUEEZE)
HEIGHT = round((NORTH - SOUTH) * DEGREE)


class BoundaryError(ValueError):
    """Boundaries that make no map; the message names the area."""


@dataclass(frozen=True)
class Area:
    """A municipality or district: its key (8 or 5 digits), its name and its boundary."""

    key: str
    name: str
    edges: frozenset[Edge]


def read_areas(geojson: Mapping, digits: int) -> dict[str, Area]:
    """The features of a collection by their key `ags`, which has so many digits. Coordinates are WGS 84 degrees."""
    areas: dict[str, Area] = {}
    try:
        for feature in geojson["features"]:
            key, name = feature["properties"]["ags"], feature["properties"]["gen"]
            if not (isinstance(key, str) and len(key) == digits and key.isdecimal()):
                raise BoundaryError(f"{key} ({name}) is no key of {digits} digits.")
            if key in areas:
                raise BoundaryError(f"{key} ({name}) stands twice.")
            areas[key] = Area(key, name, _edges_of(feature["geometry"], key))
    except (KeyError, TypeError, IndexError) as error:
        raise BoundaryError(f"This is no GeoJSON with the properties ags and gen ({error!r}).") from error
    if not areas:
        raise BoundaryError("There is no area in it.")
    return areas


def _edges_of(geometry: Mapping, key: str) -> frozenset[Edge]:
    if geometry["type"] not in ("Polygon", "MultiPolygon"):
        raise BoundaryError(f"{key} is a {geometry['type']} and no area.")
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    edges: list[Edge] = []
    for shell, *holes in polygons:
        edges += _ring(shell, key, clockwise=True)
        for hole in holes:
            edges += _ring(hole, key, clockwise=False)
    return frozenset(edges)


def _ring(positions: list, key: str, clockwise: bool) -> list[Edge]:
    """The edges of a ring in the wanted direction, in whichever it is given."""
    points = [(float(x), float(y)) for x, y, *_ in positions]
    for x, y in points:
        if not (WEST <= x <= EAST and SOUTH <= y <= NORTH):
            raise BoundaryError(f"{key} has a point outside of Saxony ({x}, {y}).")
    edges = [edge for edge in pairwise(points) if edge[0] != edge[1]]
    if len(edges) < 3 or points[0] != points[-1]:
        raise BoundaryError(f"{key} has a ring that does not close.")
    return (
        edges if (signed_area(edges) < 0) == clockwise else [(end, start) for start, end in reversed(edges)]
    )


def signed_area(edges: Iterable[Edge]) -> float:
    """What closed rings of edges enclose, in square units; below zero where they run clockwise and y points up."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in edges) / 2


def merged(areas: Mapping[str, Area], successions: Successions) -> dict[str, Area]:
    """The areas after mergers, sorted by key; the borders inside a merged area are gone."""
    result = dict(areas)
    for key, old_keys in successions.items():
        if missing := [old_key for old_key in old_keys if old_key not in result]:
            raise BoundaryError(f"{missing[0]} cannot merge into {key}: there is no such area.")
        old_areas = [result.pop(old_key) for old_key in old_keys]
        if key in result:
            raise BoundaryError(f"{key} is an area already and not among those that merge into it.")
        result[key] = Area(key, " + ".join(area.name for area in old_areas), union(old_areas))
    return dict(sorted(result.items()))


def union(areas: Iterable[Area]) -> frozenset[Edge]:
    """The boundary of the areas together."""
    edges = {edge for area in areas for edge in area.edges}
    return frozenset((start, end) for start, end in edges if (end, start) not in edges)


def neighbours(areas: Iterable[Area]) -> list[Pair]:
    """The keys of areas that share a piece of their borders, a corner being none; sorted, the smaller key first."""
    owner = {edge: area.key for area in areas for edge in area.edges}
    shared = {(key, owner.get((end, start), "")) for (start, end), key in owner.items()}
    return sorted((key, other) for key, other in shared if key < other)


def neighbours_after(pairs: Iterable[Pair], successions: Successions) -> list[Pair]:
    """The pairs of `neighbours` after mergers: who bordered on a predecessor borders on the successor."""
    successor = {old_key: key for key, old_keys in successions.items() for old_key in old_keys}
    now = [sorted(successor.get(key, key) for key in pair) for pair in pairs]
    return sorted({(key, other) for key, other in now if key != other})


def check_fit(municipalities: Mapping[str, Area], districts: Mapping[str, Area]) -> None:
    """The municipalities neither overlap nor leave a gap, and each district is exactly the union of its own."""
    _check_overlaps(municipalities.values())
    _check_gaps(municipalities.values())
    members = defaultdict(list)
    for key, area in municipalities.items():
        members[key[:5]].append(area)
    if strangers := sorted(members.keys() ^ districts.keys()):
        raise BoundaryError(f"{strangers[0]} is in one of the two files only.")
    for key, district in districts.items():
        if union(members[key]) != district.edges:
            raise BoundaryError(f"{key} ({district.name}) is not what its municipalities are together.")


def _check_overlaps(areas: Iterable[Area]) -> None:
    owner: dict[Edge, Area] = {}
    for area in areas:
        for edge in area.edges:
            if edge in owner:
                raise BoundaryError(f"{owner[edge].key} and {area.key} lie on the same side of a border.")
            owner[edge] = area


def _check_gaps(areas: Iterable[Area]) -> None:
    """Saxony surrounds no foreign land, so every hole in it is a fault of the file."""
    areas = list(areas)
    for ring in rings(union(areas)):
        edges = set(_edges_along(ring))
        if signed_area(edges) >= 0:
            around = sorted(area.key for area in areas if area.edges & edges)
            raise BoundaryError(f"There is a gap between {', '.join(around)}.")


def rings(edges: Iterable[Edge]) -> list[list[Point]]:
    """The closed rings of the edges, each once around without repeating its first point, and none touching itself."""
    following = defaultdict(list)
    for start, end in sorted(edges, reverse=True):
        following[start].append(end)
    return [ring for start in sorted(following) for ring in _walk(start, following)]


def _walk(start: Point, following: dict[Point, list[Point]]) -> Iterator[list[Point]]:
    """The rings of the edges that are found from a point; their edges are used up."""
    trail = [start]
    while following[trail[-1]]:
        point = following[trail[-1]].pop()
        if point in trail:
            at = trail.index(point)
            yield trail[at:]
            del trail[at + 1 :]
        else:
            trail.append(point)


def _edges_along(ring: Sequence[Point]) -> Iterator[Edge]:
    return zip(ring, [*ring[1:], ring[0]], strict=True)


# --- drawing ---------------------------------------------------------------------------------

SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" fill="none" stroke="#555">
<title>Sachsen: Gemeinden, Landkreise und Kreisfreie Städte</title>
<desc>© GeoBasis-DE / BKG {year} (Daten verändert), dl-de/by-2-0, https://www.govdata.de/dl-de/by-2-0</desc>
{municipalities}
<g id="districts">
{districts}
</g>
</svg>
"""
# Lines keep their width on every screen; said here, since what refers to a path cannot say it.
PATH = '<path id="k{key}" d="{data}" vector-effect="non-scaling-stroke"/>'


def compose_svg(
    municipalities: Mapping[str, Area], districts: Mapping[str, Area], year: int, tolerance: float
) -> str:
    """A file of paths to be referred to, #k14522275 or #k14522, and all districts together as #districts.

    A path has no colour of its own and takes that of the `use` which refers to it.
    """
    kept = needed_points([*municipalities.values(), *districts.values()], tolerance)
    return SVG.format(
        width=WIDTH,
        height=HEIGHT,
        year=year,
        municipalities=_paths(municipalities, kept),
        districts=_paths(districts, kept),
    )


def _paths(areas: Mapping[str, Area], kept: set[Point]) -> str:
    return "\n".join(PATH.format(key=key, data=path_data(areas[key], kept)) for key in sorted(areas))


def project(point: Point) -> tuple[int, int]:
    """Degrees to whole units of the map, 100 m each, from its upper left corner."""
    longitude, latitude = point
    return round((longitude - WEST) * DEGREE * SQUEEZE), round((NORTH - latitude) * DEGREE)


def needed_points(areas: Iterable[Area], tolerance: float) -> set[Point]:
    """The points that borders keep when no line may move by more than `tolerance` units (Douglas-Peucker).

    Each piece of border between two corners, where three areas meet, is thinned out once for both its sides: so
    whoever draws these points only, draws shared borders alike.
    """
    links = defaultdict(set)
    for area in areas:
        for start, end in area.edges:
            links[start].add(end)
            links[end].add(start)
    kept = set()
    for line in _pieces(links):
        kept |= _thinned(line, tolerance)
    return kept


def _pieces(links: Mapping[Point, set[Point]]) -> Iterator[list[Point]]:
    """The borders, cut at their corners; one without a corner, as around an enclave, is whole."""
    corners = sorted(point for point, others in links.items() if len(others) != 2)
    seen = set(corners)
    for corner in corners:
        for second in sorted(links[corner]):
            line = _follow(links, corner, second)
            if line[0] <= line[-1]:  # each is found from both its ends
                seen.update(line)
                yield line
    for start in sorted(links):
        if start not in seen:
            ring = _follow(links, start, min(links[start]))
            seen.update(ring)
            yield ring


def _follow(links: Mapping[Point, set[Point]], start: Point, second: Point) -> list[Point]:
    """From a point along a border to the next corner, or around to the start."""
    line = [start, second]
    while line[-1] != start and len(links[line[-1]]) == 2:
        line.append(next(iter(links[line[-1]] - {line[-2]})))
    return line


def _thinned(line: list[Point], tolerance: float) -> set[Point]:
    """The needed ones of a line's points, its ends among them, and of a ring's the one furthest from its start."""
    first, last = project(line[0]), project(line[-1])
    distances = [_distance(project(point), first, last) for point in line[1:-1]]
    if not distances or (max(distances) <= tolerance and line[0] != line[-1]):
        return {line[0], line[-1]}
    middle = distances.index(max(distances)) + 1
    return _thinned(line[: middle + 1], tolerance) | _thinned(line[middle:], tolerance)


def _distance(point: Point, start: Point, end: Point) -> float:
    """From a point to the line between two others."""
    along = (end[0] - start[0], end[1] - start[1])
    away = (point[0] - start[0], point[1] - start[1])
    length = along[0] ** 2 + along[1] ** 2
    part = min(1, max(0, (along[0] * away[0] + along[1] * away[1]) / length)) if length else 0
    return math.hypot(away[0] - part * along[0], away[1] - part * along[1])


def path_data(area: Area, kept: set[Point]) -> str:
    """The `d` of an SVG path: every ring of the area along the points to be kept, in whole units, relative."""
    drawn = [_ring_data([project(point) for point in ring if point in kept]) for ring in rings(area.edges)]
    if not all(drawn):
        raise BoundaryError(f"{area.key} ({area.name}) is too small to be drawn: lower the tolerance.")
    return "".join(drawn)


def _ring_data(points: list[tuple[int, int]]) -> str:
    """Empty where nothing is left to see."""
    if not signed_area(_edges_along(points)):
        return ""
    (x, y), *_ = points
    steps = [f"{x1 - x0} {y1 - y0}" for (x0, y0), (x1, y1) in pairwise(points) if (x0, y0) != (x1, y1)]
    return f"m{x} {y} {' '.join(steps)}z".replace(" -", "-")


def middle(area: Area) -> tuple[int, int]:
    """Where a label stands: the centre of gravity of the area's largest ring, in units of the map."""
    largest = max(rings(area.edges), key=lambda ring: -signed_area(_edges_along(ring)))
    edges = list(_edges_along([project(point) for point in largest]))
    crosses = [x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in edges]
    x = sum((x0 + x1) * cross for ((x0, _), (x1, _)), cross in zip(edges, crosses, strict=True))
    y = sum((y0 + y1) * cross for ((_, y0), (_, y1)), cross in zip(edges, crosses, strict=True))
    return round(x / 3 / sum(crosses)), round(y / 3 / sum(crosses))
