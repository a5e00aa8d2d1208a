"""The open data of everything that the demo shows."""

import datetime

import pytest
from django.conf import settings
from frictionless import Dialect, Package, Resource, Schema, validate

from ozgstatus.opendata import DATA_SETS
from rollout.models import RolloutReport
from tests.admin import client_of, upload
from tests.ozgstatus.test_opendata import as_json, body

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("every_edition")]


def problems(client, name: str, key: str) -> list[str]:
    """What frictionless finds wrong in a CSV, by the schema and the dialect that its data set publishes."""
    package = client.get(f"/daten/{name}/datapackage.json").json()
    [published] = [one for one in package["resources"] if one["name"] == f"{name}-{key}"]
    assert published["schema"] == client.get(f"/daten/{name}/tableschema.json").json()
    content = body(client.get(published["path"].removeprefix(settings.SITE_URL)))
    resource = Resource(
        data=content,
        format=published["format"],
        encoding="utf-8-sig",  # the BOM that German Excel needs
        dialect=Dialect.from_descriptor({"delimiter": published["dialect"]["delimiter"]}),
        schema=Schema.from_descriptor(published["schema"]),
    )
    report = validate(resource, limit_errors=5)
    return [error.message for task in report.tasks for error in task.errors]


def test_every_file_of_the_shipped_content_is_what_its_schema_says(client):
    for name, data_set in DATA_SETS.items():
        for stand in (*data_set.fixed, *data_set.stands()[:3]):
            assert problems(client, name, stand.key) == [], (name, stand.key)


def test_every_package_is_valid(client):
    for name in DATA_SETS:
        package = client.get(f"/daten/{name}/datapackage.json").json()
        assert list(Package.metadata_validate(package)) == [], name


def test_a_file_that_is_not_what_its_schema_says_would_be_found(client):
    schema = client.get("/daten/rollout/tableschema.json").json()
    resource = Resource(
        data=b"stand;adresse;anzahl\r\nheute;x;viele\r\n",
        format="csv",
        dialect=Dialect.from_descriptor({"delimiter": ";"}),
        schema=Schema.from_descriptor(schema),
    )
    assert not validate(resource).valid


def test_every_address_in_the_data_leads_to_its_row(client):
    pages: dict[str, str] = {}
    for name, data_set in DATA_SETS.items():
        if name == "kommunen":
            continue
        for stand in (*data_set.fixed, *data_set.stands()[:2]):
            for row in as_json(client.get(f"/daten/{name}/{stand.key}.json")):
                path, _, anchor = row["adresse"].removeprefix(settings.SITE_URL).partition("#")
                if path not in pages:
                    response = client.get(path)
                    assert response.status_code == 200, path
                    pages[path] = response.content.decode()
                assert not anchor or f'id="{anchor}"' in pages[path], row["adresse"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_october_comes_back_without_a_difference(client, kind):
    report = RolloutReport.objects.get(date=datetime.date(2022, 10, 5))
    content = body(client.get(f"/daten/rollout/2022-10-05.{kind}"))
    response = upload(client_of("Redaktion"), report, content, f"rollout.{kind}")
    assert response.context["outcome"].is_empty
    assert report.rows.count() == 30
