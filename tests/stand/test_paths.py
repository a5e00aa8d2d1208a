"""Where the pages of things stand."""

import datetime

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch, reverse, set_script_prefix

from stand.paths import path_to


@pytest.mark.parametrize(
    ("view", "args"),
    [
        ("home", ()),
        ("catalogue:service", ("sozialpass",)),
        ("rollout:report", (datetime.date(2022, 10, 5),)),
        ("daten:download", ("rollout", "2022-10-05", "csv")),
    ],
)
def test_it_is_what_django_says_also_when_asked_again(view, args):
    assert [path_to(view, *args) for _ in range(2)] == [reverse(view, args=args)] * 2


def test_it_stands_below_the_address_that_the_site_has():
    before = path_to("catalogue:service", "sozialpass")
    set_script_prefix("/ozg/")
    try:
        assert path_to("catalogue:service", "sozialpass") == "/ozg" + before
    finally:
        set_script_prefix("/")


def test_what_has_no_page_is_an_error_and_stays_one():
    for _ in range(2):
        with pytest.raises(NoReverseMatch):
            path_to("catalogue:service", "")


def test_a_template_writes_it_or_keeps_it():
    text = "{% path 'catalogue:service' slug %} {% path 'home' as start %}{{ start }}"
    assert Template(text).render(Context({"slug": "a-b"})) == "/leistungen/a-b/ /"
