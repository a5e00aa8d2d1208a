"""What is published reads the same, letter for letter, whatever happens to the things it is about."""

import re

import pytest

from catalogue.models import Service
from projects.models import Project
from tests.pages import PUBLIC_PAGES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_edition")]
PUBLISHED = [address for address in PUBLIC_PAGES if re.search(r"\d{4}-\d{2}", address)]


def main_part(client, address):
    return re.search("<main.*</main>", client.get(address).content.decode(), re.DOTALL)[0]


def test_renaming_every_service_and_project_changes_no_published_page(client):
    before = {address: main_part(client, address) for address in PUBLISHED}
    assert len(before) >= 4
    for thing in [*Service.objects.all(), *Project.objects.all()]:
        thing.name = f"Umbenannt {thing.pk}"
        thing.save()
    assert {address: main_part(client, address) for address in PUBLISHED} == before
