"""What each public page, the computed coverage and sending an edition cost: make bench.

In process by Django's test client, thus without network and gunicorn; with PostgreSQL behind its socket, cached
templates and, as in production, static files under the hashed names of a real manifest.
"""

import sys
from statistics import median
from time import perf_counter
from typing import NamedTuple

import django
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from ozgstatus.demo import fixtures, load
from ozgstatus.memory import settle
from stand.uploads import read_sheet
from tests.pages import EDITION, PUBLIC_PAGES

WARM_UPS, RUNS = 5, 30

# Issue 3, "Speed".
MOST_QUERIES, EDITION_MILLISECONDS, MOST_BYTES = 8, 40, 120_000
# Issue 4, "Entry at speed".
REFUSAL_MILLISECONDS = 500

# Whole, though they are streamed.
FILES = [
    *(f"/daten/kommunen/2021-12-31.{kind}" for kind in ("csv", "json", "xlsx")),
    "/daten/rollout/2022-10-05.csv",
    "/daten/katalog.jsonld",
    "/feed/",
    "/leistungen/sozialpass/feed/",
    "/kommunen/14713000/feed/",
]

# The production one would also compress every file, which no page waits for.
MANIFEST = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}


class Cost(NamedTuple):
    address: str
    queries: int
    milliseconds: float
    size: int


def main() -> None:
    django.setup()
    # models are there only after the set-up
    from tests import bench_bad_input, bench_coverage, bench_growth, bench_http, bench_mail

    settle()  # as a worker does (gunicorn.conf.py)

    with override_settings(STORAGES=MANIFEST):
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        load(fixtures())
        costs = [measure(Client(), address) for address in PUBLIC_PAGES]
        files = [measure(Client(), address) for address in FILES]
    print_table([*costs, *files])
    print_ratios(costs)
    print_refusals()
    bench_coverage.main()
    bench_mail.main()
    bench_http.main()
    with override_settings(STORAGES=MANIFEST):
        bench_growth.main()
        bench_bad_input.main()


def measure(client: Client, address: str) -> Cost:
    for _ in range(WARM_UPS):
        response = client.get(address)
    if response.status_code != 200:
        sys.exit(f"{address} answers {response.status_code}.")
    with CaptureQueriesContext(connection) as queries:
        client.get(address).getvalue()
    return Cost(
        address, len(queries), median(timed(client, address) for _ in range(RUNS)), len(response.getvalue())
    )


def timed(client: Client, address: str) -> float:
    start = perf_counter()
    client.get(address).getvalue()
    return (perf_counter() - start) * 1000


def print_table(costs: list[Cost]) -> None:
    print(f"{'address':62}{'queries':>9}{'ms':>9}{'bytes':>10}")
    for cost in costs:
        print(f"{cost.address:62}{cost.queries:9}{cost.milliseconds:9.1f}{cost.size:10,}")
    print(f"Median of {RUNS} requests after {WARM_UPS} to warm up.\n")


def print_ratios(costs: list[Cost]) -> None:
    most_queries = max(costs, key=lambda cost: cost.queries)
    edition = next(cost for cost in costs if cost.address == EDITION)
    largest = max(costs, key=lambda cost: cost.size)
    for cost, figure, limit, unit in [
        (most_queries, most_queries.queries, MOST_QUERIES, "queries"),
        (edition, edition.milliseconds, EDITION_MILLISECONDS, "ms"),
        (largest, largest.size, MOST_BYTES, "bytes"),
    ]:
        print(f"{cost.address:62}{round(figure, 1):9,} of {limit:7,} {unit:9}{figure / limit:5.2f}")


def print_refusals() -> None:
    """How long it takes to refuse a file that no import takes; the slowest one counts."""
    from tests.rollout.test_import import REFUSED  # needs Django to be set up

    slowest = max((refusal_of(name, make()), label) for label, (name, make, _) in REFUSED.items())
    milliseconds, label = slowest
    print(
        f"{'refused upload: ' + label:62}{milliseconds:9.1f} of {REFUSAL_MILLISECONDS:7,} {'ms':9}"
        f"{milliseconds / REFUSAL_MILLISECONDS:5.2f}"
    )


def refusal_of(name: str, content: bytes) -> float:
    start = perf_counter()
    try:
        read_sheet(SimpleUploadedFile(name, content))
    except ValidationError:
        return (perf_counter() - start) * 1000
    sys.exit(f"{name} was not refused.")


if __name__ == "__main__":
    main()
