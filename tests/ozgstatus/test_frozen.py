"""What is published reads the same, letter for letter, whatever happens around it."""

import datetime
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalogue.models import Service
from newsletter.models import Article
from projects.models import Project
from rollout.models import Adoption, Competence, RegisterEdition
from rollout.register_import import take_over, with_population_date
from tests.admin import make_user
from tests.factories import (
    BlockFactory,
    EditionFactory,
    ProjectReportFactory,
    RolloutReportFactory,
    ServiceFactory,
    publish,
)
from tests.pages import PUBLIC_PAGES
from tests.rollout.registers import register_2023

pytestmark = pytest.mark.django_db
PUBLISHED = {address for address in PUBLIC_PAGES if re.search(r"\d{4}-\d{2}", address)}


def main_part(client, address) -> str:
    page = client.get(address)
    assert page.status_code == 200
    return re.search("<main.*</main>", page.content.decode(), re.DOTALL)[0]


def published_pages(client) -> dict[str, str]:
    articles = {article.get_absolute_url() for article in Article.objects.real()}
    return {address: main_part(client, address) for address in PUBLISHED | articles}


@pytest.fixture(scope="module")
def before(every_edition):
    return published_pages(Client())


def rename_everything():
    for thing in [*Service.objects.all(), *Project.objects.all()]:
        thing.name = f"Umbenannt {thing.pk}"
        thing.save()
    Service.objects.update(printed_name="", available_since="2020-01-01", level="gemeinden", position=1)
    ServiceFactory(name="ganz neu")


def publish_the_next_edition():
    january = EditionFactory(month="2023-01-01")
    for field, report in (
        ("rollout_report", RolloutReportFactory(date="2023-01-01")),
        ("project_report", ProjectReportFactory(date="2023-01-01")),
    ):
        BlockFactory(rubric__edition=january, introduction="<p>neu</p>", **{field: report})
        publish(report)
    publish(january)


def delete_an_account():
    make_user("Redaktion").delete()
    assert not User.objects.exists()


def forget_who_has_what():
    Adoption.objects.all().delete()
    Competence.objects.all().delete()


def read_another_register():
    take_over(with_population_date(register_2023(), datetime.date(2022, 12, 31)))
    assert RegisterEdition.objects.count() == 2


@pytest.mark.parametrize(
    "happens",
    [
        rename_everything,
        publish_the_next_edition,
        delete_an_account,
        forget_who_has_what,
        read_another_register,
    ],
)
def test_no_published_page_changes(client, before, happens):
    assert len(before) >= 15
    happens()
    assert published_pages(client) == before
