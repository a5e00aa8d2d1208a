"""The map of Saxony by adoption of a service, as one plain structure for a page.

Pure but for the data files of `manage.py prepare_map`, which also writes static/sachsen.svg: there the areas are
drawn, a page only refers to them, and a browser keeps the file.
"""

import csv
import datetime
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from django.db.models import TextChoices

from stand.paths import path_to
from stand.sorting import din_5007_key
from stand.templatetags.stand import number

from .boundaries import HEIGHT, WIDTH, Pair, Successions
from .models import Authority
from .querysets.competence import Duty

NO_SUCCESSIONS: Successions = {}
DATA = Path(__file__).parent / "data"

# What a reader finds the way by; districts are told by their borders.
CITIES = {"14511": "Chemnitz", "14612": "Dresden", "14713": "Leipzig"}


class AreaState(TextChoices):
    """What is known of a place on the map; the order is that of the legend."""

    USED = "used", "im Einsatz"
    NOT_USED = "not-used", "nicht im Einsatz"
    NOT_RECORDED = "not-recorded", "nicht erfasst"
    NOT_COMPETENT = "not-competent", "nicht zuständig"


@dataclass(frozen=True)
class Place:
    """A municipality or authority with its state.

    `district` is the heading it stands below in the table ("Landkreis Meißen"), `figure` what stands beside its state
    there ("34.055"), `address` the page to lead to, if any. `paths` are the keys of the areas it covers on the map:
    its own, if not given.
    """

    key: str
    name: str
    state: AreaState
    district: str = ""
    figure: str = ""
    address: str = ""
    paths: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Layer:
    """All places of one state, drawn alike; `words` is the state in the legend."""

    state: str
    words: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class District:
    """The places that stand together in the table, in the order of their names."""

    name: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Label:
    """A name and the middle of its place, in units of the map."""

    text: str
    x: int
    y: int


@dataclass(frozen=True)
class MapDrawing:
    """A whole map and the table below it: `title` says what of, `date` the day its boundaries hold for.

    `layers` are the states that occur, in the order of the legend. `undrawn` are places that the boundaries do not
    know, as they are of another day. `figure_heading` is the heading of the figures, if there are any.
    """

    title: str
    date: datetime.date
    layers: tuple[Layer, ...]
    labels: tuple[Label, ...]
    districts: tuple[District, ...]
    undrawn: tuple[Place, ...]
    figure_heading: str
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def summary(self) -> str:
        """ "im Einsatz: 3, nicht erfasst: 416": every state that occurs, and how often."""
        return ", ".join(f"{layer.words}: {len(layer.places)}" for layer in self.layers)


def compose_map(
    title: str, places: Iterable[Place], figure_heading: str = "", successions: Successions = NO_SUCCESSIONS
) -> MapDrawing:
    """`successions` are the mergers since the day of the boundaries: a new area is drawn as those that went into it."""
    ground = _ground()
    rows = sorted((_on_the_ground(place, ground, successions) for place in places), key=_sort_key)
    layers = (
        Layer(state.value, state.label, tuple(row for row in rows if row.state == state))
        for state in AreaState
    )
    return MapDrawing(
        title=title,
        date=ground.date,
        layers=tuple(layer for layer in layers if layer.places),
        labels=tuple(Label(name, *ground.middles[key]) for key, name in CITIES.items()),
        districts=tuple(
            District(name, tuple(members)) for name, members in groupby(rows, key=attrgetter("district"))
        ),
        undrawn=tuple(row for row in rows if not row.paths),
        figure_heading=figure_heading,
    )


def competent_places(duties: Iterable[Duty], states: Mapping[int, str]) -> list[Place]:
    """The competent authorities of a set, each over all places where it is; `states` as recorded, by number.

    A municipality or unit stands below its Landkreis.
    """
    groups = defaultdict(list)
    for duty in duties:
        groups[duty.authority_id].append(duty)
    return [_competent_place(group, states.get(pk)) for pk, group in groups.items()]


def _competent_place(duties: list[Duty], state: str | None) -> Place:
    first = duties[0]
    within = first.kind in (Authority.Kind.DISTRICT, Authority.Kind.URBAN_DISTRICT)
    return Place(
        key=first.key,
        name=_full_name(first.kind, first.name),
        state=AreaState(state or AreaState.NOT_RECORDED),
        district="" if within else _full_name(first.district_kind, first.district_name),
        figure=number(sum(duty.population for duty in duties)),
        address=path_to("kommunen:authority", first.key),
        paths=tuple(duty.municipality for duty in duties),
    )


@lru_cache(maxsize=1024)
def _full_name(kind: str, name: str) -> str:
    return Authority(kind=kind, name=name).full_name


def areas_since(successions: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Of the keys of those who are gone and of those in their place, the areas on the map that each successor covers.

    Those that took another one in have also their own area.
    """
    predecessors = defaultdict(list)
    for old_key, key in successions:
        predecessors[key].append(old_key)
    gone = {old_key for old_keys in predecessors.values() for old_key in old_keys}
    middles = _ground().middles

    def areas(key: str, after: frozenset[str] = frozenset()) -> set[str]:
        """`after` are those that came after it: an editor may have entered a circle."""
        old_keys = set(predecessors.get(key, ())) - after
        before = (areas(old_key, after | {key}) for old_key in old_keys)
        return set().union(*before) | ({key} & middles.keys())

    return {key: tuple(sorted(areas(key))) for key in predecessors.keys() - gone}


def _sort_key(place: Place) -> tuple[str, str, str]:
    return din_5007_key(place.district), din_5007_key(place.name), place.key


# --- what the map knows ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Ground:
    """The day of the boundaries, the middle of every area, and the municipalities of every district."""

    date: datetime.date
    middles: dict[str, list[int]]
    members: dict[str, set[str]]


@cache
def _ground() -> _Ground:
    data = json.loads((DATA / "map.json").read_text(encoding="utf-8"))
    members = defaultdict(set)
    for key in data["middles"]:
        if len(key) == 8:
            members[key[:5]].add(key)
    return _Ground(datetime.date.fromisoformat(data["date"]), data["middles"], dict(members))


def boundaries_date() -> datetime.date:
    """The day that the boundaries of the map hold for."""
    return _ground().date


def _on_the_ground(place: Place, ground: _Ground, successions: Successions) -> Place:
    """With paths that are on the map. A whole district is one, without the borders inside."""
    wanted = {
        old_key
        for key in ((place.key,) if place.paths is None else place.paths)
        for old_key in successions.get(key, (key,))
    }
    paths = wanted & ground.middles.keys()
    district = min(paths, default="")[:5]
    return replace(
        place, paths=(district,) if paths == ground.members.get(district) else tuple(sorted(paths))
    )


def read_neighbours() -> list[Pair]:
    """Keys of municipalities that have a piece of border in common, the smaller first, as of the map's day."""
    with (DATA / "neighbours.csv").open(encoding="utf-8", newline="") as file:
        return [(row["key"], row["neighbour"]) for row in csv.DictReader(file)]
