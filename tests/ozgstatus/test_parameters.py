"""No public page reads a parameter that the page cache would drop, and none is kept apart that no page reads."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import QueryDict
from django.utils.functional import cached_property

from ozgstatus.pagecache import NOT_KEPT_BELOW, PARAMETERS
from tests.pages import PUBLIC_PAGES

pytestmark = pytest.mark.django_db
FILES = [
    "/daten/kommunen/2021-12-31.csv",
    "/daten/rollout/2022-10-05.csv",
    "/daten/projekte/2022-10-14.csv",
    "/daten/nutzung/beispiel.csv",
    "/daten/katalog.jsonld",
    "/feed/",
    "/leistungen/sozialpass/feed/",
    "/kommunen/14713000/feed/",
]
READS = re.compile(r'GET(?:\.get(?:list)?\(|\[)\s*"(\w+)"')
IN_ADMIN = re.compile(r"admin|^ticking\.py$")


@pytest.fixture
def read(monkeypatch):
    """The names of all parameters that are asked for from here on."""
    names = set()

    class Reading(QueryDict):
        def __getitem__(self, name):
            names.add(name)
            return super().__getitem__(name)

        def __contains__(self, name):
            names.add(name)
            return super().__contains__(name)

        def getlist(self, name, default=None):
            names.add(name)
            return super().getlist(name, default)

    def get(request):
        return Reading(request.META.get("QUERY_STRING", ""))

    reading = cached_property(get)
    reading.__set_name__(WSGIRequest, "GET")
    monkeypatch.setattr(WSGIRequest, "GET", reading)
    return names


def test_every_parameter_that_a_public_page_reads_is_known_and_every_known_one_is_read(
    every_edition, client, read
):
    answered = 0
    for address in [*PUBLIC_PAGES, *FILES]:
        if not address.startswith(NOT_KEPT_BELOW):
            answered += client.get(address).status_code == 200
    assert answered > 50
    assert read == PARAMETERS


def test_no_module_of_public_pages_reads_another_one():
    """By their text, for what the addresses above may not reach: names that are written out are known."""
    base = Path(settings.BASE_DIR)
    paths = [
        path
        for app in ("catalogue", "rollout", "projects", "ozgstatus")
        for path in (base / app).glob("*.py")
    ]
    paths = [path for path in [*paths, base / "newsletter/views.py"] if not IN_ADMIN.search(path.name)]
    found = {name for path in paths for name in READS.findall(path.read_text())}
    assert found <= PARAMETERS
    assert {"q", "seite", "leistung"} <= found
