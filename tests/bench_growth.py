"""What public pages and the search cost after two, 24 and 240 monthly editions; part of make bench.

Every edition is as large as the first one: its catalogue, its articles, a report of the roll-out and one of the
projects, all published. It comes last, since they stay.
"""

import sys
from collections import defaultdict
from datetime import date
from time import perf_counter
from typing import NamedTuple
from urllib.parse import quote

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from newsletter.models import Edition, EditionPublication
from ozgstatus.search import find
from projects.models import ProjectPublication, ProjectReport
from rollout.models import RolloutPublication, RolloutReport
from stand.drafts import copy
from stand.search import Search
from tests.pages import PUBLIC_PAGES

# Issues 7 and 8.
SIZES = (2, 24, 240)
SEARCH_MILLISECONDS, MOST_GROWTH, MOST_QUERIES, MOST_BYTES = 30, 1.2, 8, 120_000
WARM_UPS, RUNS = 2, 15  # the fastest counts
FIRST = date(2022, 10, 1)
SEARCHES = {
    "a rare word": "Baumfällgenehmigung",
    "in compounds": "Genehmigung",
    "in every edition": "Verwaltung",
    "a typing error": "Wohngelt",
    "a typing error in a text": "Datenfeldrn",
    "several typing errors": "Verwaltug Genemigung Wohngelt Komune",
    "a letter": "e",
    "a key": "14713000",
    "a month": "Oktober 2022",
    "several words": "Antrag auf Erteilung einer Genehmigung",
    "nothing": "Xylophonmusik",
    "5,000 characters": "Wohngeld " * 555,
}
# Of the editions before the first one.
OF_MANY = [
    "/ausgaben/2012-03/",
    "/rollout/2012-03-05/",
    "/projekte/2012-03-14/",
    "/ausgaben/2012-03/vergleich/2022-10/",
]


class Cost(NamedTuple):
    milliseconds: float
    queries: int
    size: int


def main() -> None:
    costs: dict[str, dict[int, Cost]] = defaultdict(dict)
    for editions in SIZES:
        make_editions(editions - real_editions())
        for address in [*PUBLIC_PAGES, *(OF_MANY if editions == SIZES[-1] else ())]:
            costs[address][editions] = measure(address)
    print_growth({address: found for address, found in costs.items() if len(found) == len(SIZES)})
    print_totals({address: found[SIZES[-1]] for address, found in costs.items()})
    print(f"\n{'search, 240 editions':44}{'queries':>9}{'hits':>7}{'ms':>9}{'of':>5}{'ratio':>8}")
    for label, query in SEARCHES.items():
        print_search(label, query)


def measure(address: str) -> Cost:
    client = Client()
    for _ in range(WARM_UPS):
        response = client.get(address)
    if response.status_code != 200:
        sys.exit(f"{address} answers {response.status_code}.")
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    number = len(queries)  # the next request forgets them
    return Cost(min(timed(client, address) for _ in range(RUNS)), number, len(response.getvalue()))


def timed(client: Client, address: str) -> float:
    start = perf_counter()
    client.get(address).getvalue()
    return (perf_counter() - start) * 1000


def print_growth(costs: dict[str, dict[int, Cost]]) -> None:
    head = "".join(f"{f'ms at {editions}':>12}" for editions in SIZES)
    print(f"\n{'rendered afresh':62}{head}{'growth':>8}{'of':>5}{'queries':>9}")
    for address, found in costs.items():
        times = [found[editions].milliseconds for editions in SIZES]
        queries = "/".join(str(found[editions].queries) for editions in SIZES)
        figures = "".join(f"{milliseconds:12.1f}" for milliseconds in times)
        print(f"{address:62}{figures}{times[-1] / times[0]:8.2f}{MOST_GROWTH:5}{queries:>9}")


def print_totals(costs: dict[str, Cost]) -> None:
    print(f"\n{'dearest with 240 editions':62}")
    for what, limit in (("queries", MOST_QUERIES), ("size", MOST_BYTES), ("milliseconds", 200)):
        address = max(costs, key=lambda address: getattr(costs[address], what))
        figure = getattr(costs[address], what)
        print(f"{address:62}{round(figure, 1):9,} of {limit:7,} {what:14}{figure / limit:5.2f}")


def print_search(label: str, query: str) -> None:
    cost, hits = measure(f"/suche/?q={quote(query)}"), find(Search.of(query), None, None).total
    ratio = cost.milliseconds / SEARCH_MILLISECONDS
    print(f"{label:44}{cost.queries:9}{hits:7,}{cost.milliseconds:9.1f}{SEARCH_MILLISECONDS:5}{ratio:8.2f}")


# --- editions ----------------------------------------------------------------------------------


def real_editions() -> int:
    return Edition.objects.real().count()


PARTS = ("rubrics", "articles", "catalogue_rows", "blocks")
REPORTS = {RolloutReport: "rollout_report", ProjectReport: "project_report"}


def make_editions(number: int) -> None:
    """More editions before the oldest one, each a copy of the first."""
    oldest = Edition.objects.order_by("month").first().month
    months = [oldest.year * 12 + oldest.month - 1 - n for n in range(1, number + 1)]  # counted from year 0
    with transaction.atomic():
        first = Edition.objects.get(month=FIRST)
        rollout = RolloutReport.objects.get(blocks__edition=first)
        projects = ProjectReport.objects.get(blocks__edition=first)
        for month in (date(n // 12, n % 12 + 1, 1) for n in months):
            edition = copy(first, [getattr(first, name).all() for name in PARTS], month=month)
            for report, published in ((rollout, RolloutPublication), (projects, ProjectPublication)):
                day = month.replace(day=report.date.day)
                made = copy(report, [getattr(report, part).all() for part in report.parts], date=day)
                published.objects.create(report=made, published_on=month)
                name = REPORTS[type(report)]
                edition.blocks.filter(**{name: report}).update(**{name: made})
            EditionPublication.objects.create(edition=edition, published_on=month)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum leaves it
