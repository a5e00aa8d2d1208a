"""The map as a page draws it: areas by reference, patterns, legend, and the table that says the same."""

import gzip
import re

import brotli
import pytest
from django.template.loader import render_to_string

from rollout.boundaries import HEIGHT, WIDTH
from rollout.map import AreaState, Place, areas_since, competent_places, compose_map, read_neighbours
from rollout.querysets.competence import Duty

USED, NOT_USED, NOT_RECORDED, NOT_COMPETENT = AreaState

RADEBEUL = Place(
    "14627210", "Radebeul", USED, district="Landkreis Meißen", figure="33.783", address="/kommunen/14627210/"
)
MORITZBURG = Place("14627150", "Moritzburg", NOT_RECORDED, district="Landkreis Meißen", figure="8.333")
OSTRAU_AND_ZSCHAITZ = {"14522275": ("14522450", "14522620")}


@pytest.fixture(scope="module")
def municipalities():
    """Keys of all municipalities on the map."""
    return sorted({key for pair in read_neighbours() for key in pair})


def html(drawing, **context):
    return render_to_string("rollout/_map.html", {"drawing": drawing, **context})


def drawn(page):
    """Title, address and areas of every place that is drawn, by the pattern it is filled with."""
    found = {}
    for pattern, content in re.findall(r'fill="url\(#([\w-]+)\)">(.*?)\n', page.replace("\n          ", "")):
        found[pattern] = [
            (title, address or None, re.findall(r'#k(\d+)"', uses))
            for address, title, uses in re.findall(
                r'(?:<a href="([^"]+)" tabindex="-1">|<g>)<title>(.*?)</title>(.*?)</(?:a|g)>', content
            )
        ]
    return found


def rows(page):
    table = page.partition("<table")[2]
    found = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr.*?</tr>", table)]
    return [[re.sub("<[^>]+>", "", cell) for cell in row] for row in found]


def test_places_are_drawn_by_state_with_title_and_address():
    page = html(compose_map("Wohngeld", [RADEBEUL, MORITZBURG]))
    assert drawn(page) == {
        "map-used": [("Radebeul: im Einsatz", "/kommunen/14627210/", ["14627210"])],
        "map-not-recorded": [("Moritzburg: nicht erfasst", None, ["14627150"])],
    }


def test_areas_are_referred_to_in_the_static_file():
    page = html(compose_map("Wohngeld", [RADEBEUL]))
    assert set(re.findall(r'<use [^>]*href="([^"]+)"', page)) == {
        "/static/sachsen.svg#k14627210",
        "/static/sachsen.svg#districts",
    }
    assert f'viewBox="0 0 {WIDTH} {HEIGHT}"' in page


def test_every_state_has_a_pattern_of_its_own():
    page = html(compose_map("Wohngeld", [RADEBEUL]))
    patterns = dict(re.findall(r'<pattern id="map-([\w-]+)"[^>]*>(.*?)</pattern>', page))
    assert set(patterns) == {state.value for state in AreaState}
    assert len(set(patterns.values())) == len(AreaState)


def test_the_legend_has_the_states_that_occur_with_their_numbers_and_patterns():
    page = html(compose_map("Wohngeld", [MORITZBURG, RADEBEUL]))
    legend = page.partition('<ul class="map-legend"')[2].partition("</ul>")[0]
    assert re.findall(r"</svg> ([^<]+)</li>", legend) == ["im Einsatz: 1", "nicht erfasst: 1"]
    assert re.findall(r"url\(#([\w-]+)\)", legend) == ["map-used", "map-not-recorded"]


def test_the_map_has_a_name_and_says_in_words_what_it_shows():
    page = html(compose_map("Wohngeld nach Gemeinden", [MORITZBURG, RADEBEUL]))
    names = dict(re.findall(r'<(?:title|desc) id="([\w-]+)">(.*?)</', page))
    assert 'aria-labelledby="map-title" aria-describedby="map-summary"' in page
    assert names["map-title"] == "Wohngeld nach Gemeinden"
    assert names["map-summary"].startswith("im Einsatz: 1, nicht erfasst: 1.")


def test_the_source_of_the_boundaries_is_named_with_its_licence():
    page = html(compose_map("Wohngeld", [RADEBEUL]))
    assert "© GeoBasis-DE / BKG 2021 (Daten verändert), " in page
    assert '<a href="https://www.govdata.de/dl-de/by-2-0">dl-de/by-2-0</a>' in page


def test_the_table_has_every_place_below_its_district_in_german_order():
    bautzen = Place("14625020", "Bautzen", NOT_USED, district="Landkreis Bautzen", figure="38.039")
    oessa = Place("14627230", "Öhna", NOT_COMPETENT, district="Landkreis Meißen", figure="1")
    page = html(compose_map("Wohngeld", [RADEBEUL, oessa, bautzen, MORITZBURG], "Einwohner"))
    assert rows(page) == [
        ["Name", "Stand", "Einwohner"],
        ["Landkreis Bautzen"],
        ["Bautzen", "nicht im Einsatz", "38.039"],
        ["Landkreis Meißen"],
        ["Moritzburg", "nicht erfasst", "8.333"],
        ["Öhna", "nicht zuständig", "1"],
        ["Radebeul", "im Einsatz", "33.783"],
    ]
    assert '<a href="/kommunen/14627210/">Radebeul</a></th>' in page


def test_a_table_without_districts_and_figures_has_two_columns():
    page = html(compose_map("Wohngeld", [Place("14612", "Dresden", USED)]))
    assert rows(page) == [["Name", "Stand"], ["Dresden", "im Einsatz"]]


def test_names_are_text():
    page = html(compose_map("<b>", [Place("14612", "<i>&", USED)]))
    assert "<b>" not in page
    assert "<i>" not in page


def test_two_maps_on_a_page_share_no_id():
    drawing = compose_map("Wohngeld", [RADEBEUL])
    ids = [re.findall(r' id="([^"]+)"', html(drawing, prefix=prefix)) for prefix in ("", "zwei-")]
    assert not set(ids[0]) & set(ids[1])
    assert '"url(#zwei-map-used)"' in html(drawing, prefix="zwei-")


# --- authorities -----------------------------------------------------------------------------


def duty(municipality: str, number: int, key: str, name: str, kind: str, population=1000) -> Duty:
    return Duty(
        1, municipality, population, municipality[:5], "Mittelsachsen", "landkreis", number, key, name, kind
    )


def in_districts(keys):
    """Everybody in the hands of the first five digits."""
    return [duty(key, int(key[:5]), key[:5], f"Kreis {key[:5]}", "landkreis") for key in keys]


def test_an_authority_covers_all_it_is_competent_for():
    unit = (7, "145225123", "Ostrau", "verwaltungsgemeinschaft")
    places = competent_places(
        [
            duty("14522450", *unit, population=3500),
            duty("14522620", *unit, population=1313),
            duty("14522010", 8, "14522010", "Altmittweida", "gemeinde"),
        ],
        {7: "not-used"},
    )
    page = html(compose_map("Personenstand", places, "Einwohner"))
    assert drawn(page) == {
        "map-not-used": [
            (
                "Verwaltungsgemeinschaft Ostrau: nicht im Einsatz",
                "/kommunen/145225123/",
                ["14522450", "14522620"],
            )
        ],
        "map-not-recorded": [("Altmittweida: nicht erfasst", "/kommunen/14522010/", ["14522010"])],
    }
    assert rows(page)[1:] == [
        ["Landkreis Mittelsachsen"],
        ["Altmittweida", "nicht erfasst", "1.000"],
        ["Verwaltungsgemeinschaft Ostrau", "nicht im Einsatz", "4.813"],
    ]


def test_a_district_and_a_city_are_drawn_without_borders_inside(municipalities):
    places = competent_places(in_districts(municipalities), {})
    drawing = compose_map("Wunschkennzeichen", places)
    assert [place.paths for place in drawing.layers[0].places] == [(place.key,) for place in places]
    assert len(places) == 13


# --- boundaries of another day ---------------------------------------------------------------


def test_a_merged_municipality_is_drawn_as_its_predecessors():
    jahnatal = Place("14522275", "Jahnatal", USED)
    drawing = compose_map("Wohngeld", [jahnatal], successions=OSTRAU_AND_ZSCHAITZ)
    assert drawn(html(drawing)) == {"map-used": [("Jahnatal: im Einsatz", None, ["14522450", "14522620"])]}
    assert drawing.undrawn == ()


def test_a_district_stays_whole_when_municipalities_in_it_merge(municipalities):
    now = set(municipalities) - {"14522450", "14522620"} | {"14522275"}
    places = competent_places(in_districts(sorted(now)), {})
    drawing = compose_map("Wunschkennzeichen", places, successions=OSTRAU_AND_ZSCHAITZ)
    assert ("14522",) in [place.paths for place in drawing.layers[0].places]


@pytest.mark.parametrize(
    ("successions", "areas"),
    [
        ([("14522450", "14522275"), ("14522620", "14522275")], {"14522275": ("14522450", "14522620")}),
        ([("14522450", "14522620")], {"14522620": ("14522450", "14522620")}),
        ([("14522450", "14522275"), ("14522275", "14522999")], {"14522999": ("14522450",)}),
        ([("145225123", "145225999")], {"145225999": ()}),
        ([("14522450", "14522620"), ("14522620", "14522450")], {}),
        (
            [("14522450", "14522620"), ("14522620", "14522450"), ("14522620", "14522999")],
            {"14522999": ("14522450", "14522620")},
        ),
        ([], {}),
    ],
)
def test_what_a_successor_covers_on_the_map(successions, areas):
    assert areas_since(successions) == areas


def test_who_took_another_one_in_is_drawn_with_its_area():
    drawing = compose_map(
        "Wohngeld",
        [Place("14522620", "Zschaitz", USED)],
        successions=areas_since([("14522450", "14522620")]),
    )
    assert drawing.layers[0].places[0].paths == ("14522450", "14522620")


def test_a_place_that_the_map_does_not_know_is_named_below_it():
    page = html(compose_map("Wohngeld", [RADEBEUL, Place("14522275", "Jahnatal", NOT_USED)]))
    assert "Nicht auf der Karte, deren Grenzen vom 01.01.2021 sind: Jahnatal (nicht im Einsatz)</p>" in page
    assert drawn(page)["map-not-used"] == []
    assert ["Jahnatal", "nicht im Einsatz"] in rows(page)


# --- weight ----------------------------------------------------------------------------------


def test_a_page_of_all_municipalities_is_light(municipalities):
    states = list(AreaState)
    places = [
        Place(
            key,
            f"Ort {key[3:]}",
            states[int(key) // 10 % 4],
            district=f"Landkreis {key[:5]}",
            figure=f"{int(key) % 90_000}",
            address=f"/kommunen/{key}/",
        )
        for key in municipalities
    ]
    page = html(compose_map("Wohngeld", places, "Einwohner")).encode()
    assert len(places) == 419
    # 40,000 and, uncompressed, the 120,000 of test_html are for the whole page, with what stands around the map
    assert len(brotli.compress(page, quality=5)) < 35_000
    assert len(gzip.compress(page)) < 35_000
    assert len(page) < 112_000
