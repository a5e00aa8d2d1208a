"""What the search costs over twenty years of content; part of make bench."""

import sys
from datetime import date
from statistics import median
from time import perf_counter, process_time
from urllib.parse import quote

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalogue.models import Service, ServicePart
from newsletter.models import Article, Block, Edition, EditionPublication, Rubric
from ozgstatus.search import find
from projects.models import Project, ProjectPublication, ProjectReport, ProjectRow
from stand.search import Search
from tests.factories import ServiceFactory

# Issue 7, "Shown by": 240 monthly editions of realistic size.
MILLISECONDS, EDITIONS, ARTICLES, SERVICES = 30, 240, 5, 60
RUNS = 15
QUERIES = {
    "a rare word": "Messung 17",
    "in compounds": "Genehmigung",
    "in every article": "Verwaltung",
    "a typing error": "Wohngelt",
    "a key": "14713000",
    "a month": "Oktober 2022",
    "several words": "Antrag auf Erteilung einer Genehmigung",
    "nothing": "Xylophonmusik",
    "5,000 characters": "Wohngeld " * 555,
}


def main() -> None:
    """Two sizes, to see how the time grows with the editions."""
    print(
        f"\n{'search':30}{'editions':>10}{'queries':>9}{'hits':>7}{'ms':>9}{'CPU ms':>9}{'of':>5}{'ratio':>8}"
    )
    for editions in (2, EDITIONS):
        with transaction.atomic():
            make_editions(editions)
            for label, query in QUERIES.items():
                print_cost(label, editions, query)
            transaction.set_rollback(True)


def print_cost(label: str, editions: int, query: str) -> None:
    client, address = Client(), f"/suche/?q={quote(query)}"
    for _ in range(3):
        response = client.get(address)
    if response.status_code != 200:
        sys.exit(f"{address} answers {response.status_code}.")
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    number, total = len(queries), find(Search.of(query), None, None).total
    start = process_time()
    milliseconds = median(timed(client, address) for _ in range(RUNS))
    own = (process_time() - start) * 1000 / RUNS
    figures = f"{editions:10,}{number:9}{total:7,}{milliseconds:9.1f}{own:9.1f}"
    print(f"{label:30}{figures}{MILLISECONDS:5}{milliseconds / MILLISECONDS:8.2f}")


def timed(client: Client, address: str) -> float:
    start = perf_counter()
    client.get(address)
    return (perf_counter() - start) * 1000


def make_editions(number: int) -> None:
    """Monthly editions before the first one, each with real articles in another order, and a report of the projects."""
    services = Service.objects.bulk_create(
        ServiceFactory.build(name=f"Messung {n}", slug=f"messung-{n}") for n in range(SERVICES)
    )
    ServicePart.objects.bulk_create(ServicePart(service=one, name=f"Teil {one.pk}") for one in services)
    texts = list(Article.objects.filter(edition__month=date(2022, 10, 1)).values_list("title", "body"))
    before = [2022 * 12 + 8 - n for n in range(number)]  # months counted from year 0; the last is 09/2022
    editions = Edition.objects.bulk_create(Edition(month=date(n // 12, n % 12 + 1, 1)) for n in before)
    rubrics = Rubric.objects.bulk_create(
        Rubric(edition=edition, position=1, title="Aktuelles") for edition in editions
    )
    articles = Article.objects.bulk_create(
        Article(
            edition=edition,
            title=f"{texts[(n + k) % len(texts)][0]} {k}",
            slug=f"m-{k}",
            body=texts[(n + k) % len(texts)][1],
        )
        for n, edition in enumerate(editions)
        for k in range(ARTICLES)
    )
    Block.objects.bulk_create(
        Block(
            edition=article.edition,
            rubric=rubrics[n // ARTICLES],
            position=n,
            kind=Block.Kind.ARTICLE,
            article=article,
        )
        for n, article in enumerate(articles)
    )
    EditionPublication.objects.bulk_create(EditionPublication(edition=edition) for edition in editions)
    projects = list(Project.objects.all())
    reports = ProjectReport.objects.bulk_create(
        ProjectReport(date=edition.month.replace(day=14)) for edition in editions
    )
    ProjectRow.objects.bulk_create(
        ProjectRow(report=report, position=n, lp="01", lp_name="Umwelt", label=project.name, project=project)
        for report in reports
        for n, project in enumerate(projects)
    )
    ProjectPublication.objects.bulk_create(ProjectPublication(report=report) for report in reports)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
