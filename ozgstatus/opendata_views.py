"""Open data: pages for people, files for programs."""

import datetime
from functools import wraps
from hashlib import sha256
from itertools import chain

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_safe

from rollout.models import RegisterEdition
from stand.history import last_change
from stand.opendata import EXAMPLES, FORMATS, DataSet, Listed, table_schema
from stand.years import choose

from .models import Site
from .opendata import (
    DATA_SETS,
    data_package,
    dcat_catalogue,
    for_search_engines,
    page_of,
    terms_of,
)


def open_to_others(view):
    """Pages of other sites may read the answer in a browser."""

    @wraps(view)
    def answer(request, **kwargs):
        response = view(request, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag"
        return response

    return answer


def of_a_data_set(view):
    """Gives the view the data set of that name; of no such name, the page that says which there are."""

    @wraps(view)
    def answer(request, name, **kwargs):
        found = DATA_SETS.get(name)
        return view(request, found, **kwargs) if found else _no_such_set(request, name)

    return answer


def _sources() -> list[str]:
    return list(RegisterEdition.objects.order_by("-territory_date").values_list("source", flat=True))


# --- for people ------------------------------------------------------------------------------


@require_safe
def overview(request):
    """All data sets, how their addresses are made and under which terms they are."""
    site, sources = Site.objects.for_pages(), _sources()
    context = {
        "site": site,
        "section": "daten",
        "entries": [
            {"data_set": one, "terms": terms_of(one, site, sources), "files": _files(one, one.fixed)}
            for one in DATA_SETS.values()
        ],
        "formats": FORMATS.values(),
    }
    return render(request, "daten/overview.html", context)


@require_safe
@of_a_data_set
def data_set(request, found):
    """One data set: its Stände, what its columns mean, and its terms."""
    site, choice = Site.objects.for_pages(), choose(found.stands(), _year_of, request.GET.get("jahr", ""))
    terms = terms_of(found, site, _sources() if found.of_register else [])
    context = {
        "site": site,
        "section": "daten",
        "data_set": found,
        "terms": terms,
        "fixed": _files(found, found.fixed),
        "choice": choice,
        "listed": _files(found, choice.shown),
        "json_ld": for_search_engines(found, site, terms, last_change(*found.sources)[1]),
    }
    return render(request, "daten/data_set.html", context)


def _year_of(stand: Listed) -> str:
    return stand.key[:4]


def _files(found: DataSet, stands) -> list[dict]:
    """Each Stand with the addresses of its files, which are put together here: `reverse` takes its time."""
    page = page_of(found)
    return [
        {
            "label": stand.label,
            "is_example": stand.illustrative and stand.key != EXAMPLES,  # which says so already
            "files": [(form.label, f"{page}{stand.key}.{form.name}") for form in FORMATS.values()],
        }
        for stand in stands
    ]


# --- for programs ----------------------------------------------------------------------------


@require_safe
@open_to_others
@of_a_data_set
def download(request, found, key, kind):
    """The rows of a Stand in one format, streamed; unchanged since the client last had it: 304."""
    form = FORMATS.get(kind)
    if form is None:
        return _unknown(request, found, key, kind)
    chosen = {lookup: request.GET[name] for name, lookup in found.filters.items() if request.GET.get(name)}
    version, moment = _version(found)
    rows = found.rows(key, chosen)
    if rows is None:
        return _unknown(request, found, key, kind)
    etag = _etag(found, key, kind, chosen, version)
    response: HttpResponseBase = StreamingHttpResponse(
        form.write(found.fields, rows), content_type=form.content_type
    )
    if request.method == "HEAD":
        response = HttpResponse(content_type=form.content_type)
    response["Cache-Control"] = "no-cache"  # keep it, and ask each time: a Berichtigung may come
    response["ETag"] = etag
    if kind != "json":
        response["Content-Disposition"] = f'attachment; filename="{found.name}-{key}.{kind}"'
    last = int(moment.timestamp()) if moment else None
    if last:
        response["Last-Modified"] = http_date(last)
    response = get_conditional_response(request, etag=etag, last_modified=last, response=response)
    if kind == "xlsx" and response.streaming:
        # It is made in a file before its first piece comes: where that fails, no status must be sent yet.
        pieces = iter(response.streaming_content)
        response.streaming_content = chain([next(pieces)], pieces)
    return response


def _version(found: DataSet) -> tuple[str, datetime.datetime | None]:
    """What tells one content of a data set from another, and when it changed last."""
    version, moment = last_change(*found.sources)
    if moment and found.by_clock:
        month = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return f"{version} {month:%Y-%m}", max(moment, month)
    return version, moment


def _etag(found: DataSet, key: str, kind: str, chosen: dict[str, str], version: str) -> str:
    """Weak, as a proxy may compress; it also changes with the columns."""
    columns = [(one.name, one.kind.name) for one in found.fields]
    parts = repr((found.name, key, kind, sorted(chosen.items()), version, columns))
    return f"W/{quote_etag(sha256(parts.encode()).hexdigest()[:32])}"


@require_safe
def lost(request, rest):
    """Any other address below /daten/: the page says which there are."""
    if rest in DATA_SETS:
        return redirect("daten:set", rest, permanent=True)
    name, _, file = rest.partition("/")
    key, _, kind = file.strip("/").partition(".")
    return _unknown(request, DATA_SETS[name], key, kind) if name in DATA_SETS else _no_such_set(request, name)


def _no_such_set(request, name: str):
    context = {"section": "daten", "name": name, "data_sets": DATA_SETS.values()}
    return render(request, "daten/unknown_set.html", context, status=404)


def _unknown(request, found: DataSet, key: str, kind: str):
    """What was asked for is not there; the page says what is."""
    stands = found.stands()
    asked_for = [one for one in (*found.fixed, *stands) if one.key == key]
    context = {
        "section": "daten",
        "data_set": found,
        "key": key,
        "kind": kind,
        "known_format": kind in FORMATS,
        "asked_for": _files(found, asked_for),
        "fixed": _files(found, found.fixed),
        "newest": _files(found, stands[:5]),
    }
    return render(request, "daten/unknown.html", context, status=404)


@require_safe
@open_to_others
@of_a_data_set
def schema(request, found):
    """The columns of a data set as Table Schema."""
    return _json(table_schema(found))


@require_safe
@open_to_others
@of_a_data_set
def package(request, found):
    """A data set as Data Package: its files, columns and terms."""
    terms = terms_of(found, Site.objects.for_pages(), _sources() if found.of_register else [])
    return _json(data_package(found, found.stands(), terms))


@require_safe
@open_to_others
def dcat(request):
    """All data sets as a DCAT-AP.de catalogue."""
    site, sources = Site.objects.for_pages(), _sources()
    described = [
        (one, terms_of(one, site, sources), last_change(*one.sources)[1]) for one in DATA_SETS.values()
    ]
    return _json(dcat_catalogue(site, described), "application/ld+json")


def _json(content: dict, content_type="application/json"):
    options = {"ensure_ascii": False, "indent": 2}
    return JsonResponse(content, json_dumps_params=options, content_type=content_type)
