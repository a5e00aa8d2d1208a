"""How long it takes to answer what makes no sense, at 240 monthly editions; part of make bench, after bench_growth.

The inputs are those of the tests, which see to it that the answers help.
"""

import logging
import sys
from collections.abc import Iterator
from datetime import date
from http import HTTPStatus
from itertools import product
from time import perf_counter
from urllib.parse import quote

from django.test import Client

from newsletter.models import Edition, EditionPublication, EditionWithdrawal

# Issue 7.
MOST_MILLISECONDS = 200
RUNS = 3  # the fastest counts
SEARCHING = ["/suche/", "/leistungen/", "/kommunen/"]
# Other pages pass parameters over.
WITH_PARAMETERS = [*SEARCHING, "/rollout/", "/rollout/2022-10-05/", "/entwicklung/", "/ausgaben/vergleich/"]
DRAFT, WITHDRAWN, NONE = date(2030, 1, 1), date(2030, 2, 1), date(2030, 3, 1)
LONGEST_ADDRESS = 100


def main() -> None:
    logging.disable(logging.WARNING)  # which every one of them is worth
    make_editions()
    client = Client(raise_request_exception=False)
    print(
        f"\n{'dearest bad input with 240 editions':{LONGEST_ADDRESS}}{'ms':>9}{'of':>5}{'ratio':>8}{'inputs':>8}"
    )
    for addresses in bad_input():
        costs = {address: measure(client, address) for address in addresses}
        address = max(costs, key=costs.__getitem__)
        print(
            f"{address[:LONGEST_ADDRESS]:{LONGEST_ADDRESS}}{costs[address]:9.1f}{MOST_MILLISECONDS:5}"
            f"{costs[address] / MOST_MILLISECONDS:8.2f}{len(costs):8}"
        )


def bad_input() -> Iterator[list[str]]:
    """Addresses: searches, parameters, other addresses, pairs of editions, and files of data."""
    # they need Django to be set up
    from ozgstatus.opendata import DATA_SETS
    from tests.ozgstatus.test_bad_input import IGNORED, REFUSED, UNKNOWN
    from tests.ozgstatus.test_helpful_answers import QUERIES, WRONG_KEYS, WRONG_PAIRS
    from tests.ozgstatus.test_opendata import NOWHERE
    from tests.ozgstatus.test_search import TYPED

    yield [f"{page}?q={quote(query)}" for page in SEARCHING for query in [*QUERIES.values(), *TYPED.values()]]
    yield [f"{page}?{query}" for page in WITH_PARAMETERS for query in IGNORED.values()]
    yield [*UNKNOWN, *(f"/suche/?{query}" for query in REFUSED.values())]
    yield [*WRONG_PAIRS, *pairs(), *not_public()]
    yield [*NOWHERE, *(f"/daten/{name}/{quote(key)}.csv" for name in DATA_SETS for key in WRONG_KEYS)]


def pairs() -> Iterator[str]:
    """Of every two sorts of editions: the first one, the oldest, a draft, one that was withdrawn, none."""
    oldest = Edition.objects.real().order_by("month").first().month
    months = [f"{month:%Y-%m}" for month in (date(2022, 10, 1), oldest, DRAFT, WITHDRAWN, NONE)]
    for before, after in product(months, months):
        yield f"/ausgaben/{before}/vergleich/{after}/"


def not_public() -> Iterator[str]:
    """The page and the PDF of editions that nobody may see."""
    for month in (DRAFT, WITHDRAWN, NONE):
        yield f"/ausgaben/{month:%Y-%m}/"
        yield f"/ausgaben/{month:%Y-%m}.pdf"


def make_editions() -> None:
    """A draft, and an edition that was withdrawn."""
    Edition.objects.create(month=DRAFT)
    publication = EditionPublication.objects.create(
        edition=Edition.objects.create(month=WITHDRAWN), published_on=WITHDRAWN
    )
    EditionWithdrawal.objects.create(
        publication=publication, withdrawn_on=WITHDRAWN, reason="Falsche Zahlen."
    )


def measure(client: Client, address: str) -> float:
    """In milliseconds."""
    return min(timed(client, address) for _ in range(RUNS))


def timed(client: Client, address: str) -> float:
    start = perf_counter()
    response = client.get(address)
    response.getvalue()
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        sys.exit(f"{address} answers {response.status_code}.")
    return (perf_counter() - start) * 1000
