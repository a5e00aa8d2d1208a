"""A map in a browser: areas come out of another file, under the policy of the site."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from csp.utils import build_policy
from django.template import engines

from rollout.map import AreaState, Place, compose_map

PAGE = """{% extends "base.html" %}{% load static %}
{% block title %}Karte{% endblock %}
{% block head %}<link rel="stylesheet" href="{% static 'map.css' %}">{% endblock %}
{% block main %}<h1>Karte</h1>{% include "rollout/_map.html" %}{% endblock %}"""

MAP = compose_map(
    "Wohngeld",
    [
        Place("14627210", "Radebeul", AreaState.USED, "Landkreis Meißen", "33.783", "/kommunen/14627210/"),
        Place("14627150", "Moritzburg", AreaState.NOT_RECORDED, "Landkreis Meißen", "8.333"),
        Place("14612", "Dresden", AreaState.NOT_USED, "Kreisfreie Städte", "555.351"),
        Place("14713", "Leipzig", AreaState.NOT_COMPETENT, "Kreisfreie Städte", "601.866"),
    ],
    "Einwohner",
)


def show(visitor, rf):
    """A page with the map alone, at an address of the site and with the policy of every page."""
    html = engines["django"].from_string(PAGE).render({"drawing": MAP}, rf.get("/karte/"))
    headers = {"Content-Security-Policy": build_policy(), "Content-Type": "text/html; charset=utf-8"}
    visitor.page.route("**/karte/", lambda route: route.fulfill(body=html, headers=headers))
    visitor.open("/karte/")


def test_areas_of_the_other_file_are_seen_and_lead_to_their_page(visit, rf):
    visitor = visit()
    show(visitor, rf)
    area = visitor.page.locator("use[href$='#k14627210']")
    box = area.bounding_box()
    assert box["width"] > 5
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    found = "() => document.querySelector('.map-areas a:hover').getAttribute('href')"
    assert visitor.page.evaluate(found) == "/kommunen/14627210/"
    districts = visitor.page.locator(".map-districts").bounding_box()
    assert districts["width"] > 0.9 * visitor.page.locator(".map-drawing").bounding_box()["width"]


def test_the_keyboard_goes_to_the_table(visit, rf):
    visitor = visit()
    show(visitor, rf)
    focusable = (
        "[...document.querySelectorAll('main a')].filter(a => a.tabIndex >= 0).map(a => a.textContent)"
    )
    assert visitor.page.evaluate(focusable) == ["dl-de/by-2-0", "Radebeul"]


@pytest.mark.parametrize(
    "options", [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}, {"width": 360}, {"width": 320}]
)
def test_the_map_has_no_barrier_and_fits_its_place(visit, rf, options):
    visitor = visit(**options)
    show(visitor, rf)
    found = Axe().run(visitor.page).response["violations"]
    assert [(violation["id"], violation["nodes"][0]["html"][:120]) for violation in found] == []
    wider = """() => [...document.querySelectorAll('main *')]
        .filter(element => element.getBoundingClientRect().right > document.documentElement.clientWidth)
        .map(element => element.outerHTML.slice(0, 120))"""
    assert visitor.page.evaluate(wider) == []


@pytest.mark.parametrize(
    "media", [{}, {"color_scheme": "dark"}, {"media": "print"}, {"forced_colors": "active"}]
)
def test_states_are_told_apart_whatever_the_colours(visit, rf, media):
    """The grounds of the patterns, and the ink on them, are never of one colour."""
    visitor = visit()
    visitor.page.emulate_media(**media)
    show(visitor, rf)
    fill = "name => getComputedStyle(document.querySelector('pattern .map-' + name)).fill"
    used, plain, tint, ink = (visitor.page.evaluate(fill, name) for name in ("used", "plain", "tint", "ink"))
    assert used != plain
    assert ink not in (plain, tint)
