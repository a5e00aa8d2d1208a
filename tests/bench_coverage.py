"""What the computed coverage of all services and the page of a municipality cost; part of make bench."""

import sys
from datetime import date
from statistics import median
from time import perf_counter

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalogue.models import Service
from rollout.models import Adoption, Competence, CompetenceSet, ServiceCompetence
from tests.factories import ServiceFactory

# Issue 5, "Speed": 60 services, 430 authorities, 60,000 adoptions over ten years.
MILLISECONDS, SERVICES, YEARS = 50, 60, 10
MUNICIPALITY, MOST_QUERIES = "/kommunen/14627210/", 8
PERIODS = (1, 3)
RUNS = 30
STAND = date(2022, 10, 5)


def main() -> None:
    """Two sizes, to see that the time grows no faster than the rows: at most 1 is as it should be."""
    print(f"\n{'coverage of all services':30}{'adoptions':>10}{'queries':>9}{'ms':>9}{'of':>5}{'ratio':>8}")
    sizes = []
    for periods in PERIODS:
        with transaction.atomic():
            rows = make_adoptions(periods)
            with CaptureQueriesContext(connection) as queries:
                found = Adoption.objects.coverage(STAND)
            milliseconds = median(timed() for _ in range(RUNS))
            page_queries = queries_of_the_page()
            transaction.set_rollback(True)
        if len(found) < SERVICES:
            sys.exit(f"There are figures of {len(found)} services, not of {SERVICES}.")
        figures = f"{rows:10,}{len(queries):9}{milliseconds:9.1f}{MILLISECONDS:5}"
        print(f"{'':30}{figures}{milliseconds / MILLISECONDS:8.2f}")
        sizes.append((rows, milliseconds, page_queries))
    (fewer, faster, _), (more, slower, page_queries) = sizes
    growth = (slower / faster) / (more / fewer)
    print(f"{'growth of time by that of rows':30}{slower / faster:19.2f}{more / fewer:14.2f}{growth:8.2f}")
    print(
        f"{'page of a municipality':30}{more:10,}{page_queries:9}{'':9}{MOST_QUERIES:5}"
        f"{page_queries / MOST_QUERIES:8.2f}"
    )


def queries_of_the_page() -> int:
    """Of a municipality that is competent for half of the services, with all that is recorded."""
    with CaptureQueriesContext(connection) as queries:
        response = Client().get(MUNICIPALITY)
    if response.status_code != 200:
        sys.exit(f"{MUNICIPALITY} answers {response.status_code}.")
    return len(queries)


def make_adoptions(periods: int) -> int:
    """Of all municipalities for half of the services, of all units for the other half, in periods of equal length."""
    services = Service.objects.bulk_create(
        ServiceFactory.build(name=f"Messung {n}", slug=f"messung-{n}") for n in range(SERVICES)
    )
    sets = [CompetenceSet.objects.get(key=key) for key in ("municipalities", "units")]
    links = ServiceCompetence.objects.bulk_create(
        ServiceCompetence(service=service, set=sets[n % 2]) for n, service in enumerate(services)
    )
    competent = {
        kept: sorted(set(Competence.objects.filter(set=kept).values_list("authority", flat=True)))
        for kept in sets
    }
    months = YEARS * 12 // periods
    adoptions = [
        Adoption(
            authority_id=authority,
            service=link.service,
            state=Adoption.State.USED if (place + period) % 3 else Adoption.State.NOT_USED,
            since=month(period * months),
            until=month((period + 1) * months - 1) if period + 1 < periods else None,
        )
        for link in links
        for place, authority in enumerate(competent[link.set])
        for period in range(periods)
    ]
    Adoption.objects.bulk_create(adoptions, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return len(adoptions)


def month(number: int) -> date:
    """Counted from January 2013."""
    return date(2013 + number // 12, number % 12 + 1, 1)


def timed() -> float:
    start = perf_counter()
    Adoption.objects.coverage(STAND)
    return (perf_counter() - start) * 1000
