"""The open data of everything that the demo shows."""

import datetime

import pytest
from django.conf import settings

from ozgstatus.opendata import DATA_SETS
from rollout.models import RolloutReport
from tests.admin import client_of, upload
from tests.ozgstatus.test_opendata import as_csv, as_json, body, check

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("every_edition")]


def test_every_row_of_the_shipped_content_is_what_its_schema_says(client):
    for name, data_set in DATA_SETS.items():
        schema = client.get(f"/daten/{name}/tableschema.json").json()
        for stand in (*data_set.fixed, *data_set.stands()[:3]):
            check(as_csv(client.get(f"/daten/{name}/{stand.key}.csv")), schema)


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
