"""The editors' guide in a browser: readable for everybody, on every screen."""

import pytest
from django.conf import settings

from ozgstatus.guide import PAGES
from tests.admin import client_of, make_user
from tests.browser.site import committed

ADDRESSES = ["/admin/hilfe/", *(f"/admin/hilfe/{slug}/" for slug in PAGES)]


@pytest.fixture
def reader(site, chromium):
    user = committed(lambda: make_user("Lesende"))
    yield committed(lambda: client_of("Lesende").cookies[settings.SESSION_COOKIE_NAME].value)
    committed(user.delete)


def log_in(visitor, key):
    visitor.page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": visitor.site}]
    )


def test_no_page_has_a_barrier_that_axe_knows_however_it_is_looked_at(visit, reader):
    visitor = visit()
    log_in(visitor, reader)
    found = {}
    for address in ADDRESSES:
        visitor.open(address)
        found[address] = visitor.barriers_everywhere(context="#content")
    assert {address: barriers for address, barriers in found.items() if barriers} == {}


def test_no_page_scrolls_sideways(visit, reader):
    visitor = visit()
    log_in(visitor, reader)
    found = {}
    for address in ADDRESSES:
        visitor.open(address)
        for width in (320, 360, 768, 1280):
            visitor.resize(width)
            found[address, width] = visitor.page.evaluate("document.documentElement.scrollWidth")
    assert {place: wide for place, wide in found.items() if wide > place[1]} == {}


def test_every_picture_is_loaded_and_keeps_its_shape(visit, reader):
    broken = """[...document.querySelectorAll('.guide img')].filter(image => !image.naturalWidth ||
        Math.abs(image.clientWidth / image.clientHeight - image.naturalWidth / image.naturalHeight) > 0.05)
        .map(image => image.src)"""
    for width in (360, 1280):
        visitor = visit(width=width)
        log_in(visitor, reader)
        for address in ADDRESSES:
            visitor.open(address)
            assert visitor.page.evaluate(broken) == [], address
