"""All data sets, their terms, and how they are described to machines. Pure but for the list of data sets itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from newsletter.opendata import EDITION_DATA, SERVICE_DATA
from projects.opendata import PROJECT_DATA
from rollout.opendata import ADOPTION_DATA, AUTHORITY_DATA, COMPUTED_DATA, COVERAGE_DATA
from stand.opendata import FORMATS, DataSet, Format, Listed, absolute, table_schema
from stand.paths import path_to

from .corrections import CORRECTION_DATA

DATA_SETS = {
    one.name: one
    for one in (
        SERVICE_DATA,
        COVERAGE_DATA,
        COMPUTED_DATA,
        PROJECT_DATA,
        ADOPTION_DATA,
        AUTHORITY_DATA,
        EDITION_DATA,
        CORRECTION_DATA,
    )
}

# What the Statistisches Bundesamt says in its files; it names no licence by a name.
REGISTER_TERMS = "Vervielfältigung und Verbreitung, auch auszugsweise, mit Quellenangabe gestattet"

# The list of licences of DCAT-AP.de, and where those stand that authorities use.
LICENCES = "http://dcat-ap.de/def/licenses"
CATALOGUED = {
    "govdata.de/dl-de/by-2-0": f"{LICENCES}/dl-by-de/2.0",
    "govdata.de/dl-de/zero-2-0": f"{LICENCES}/dl-zero-de/2.0",
    "creativecommons.org/licenses/by/4.0": f"{LICENCES}/cc-by/4.0",
    "creativecommons.org/licenses/by/4.0/deed.de": f"{LICENCES}/cc-by/4.0",
    "creativecommons.org/publicdomain/zero/1.0": f"{LICENCES}/cc-zero",
    "creativecommons.org/publicdomain/zero/1.0/deed.de": f"{LICENCES}/cc-zero",
}


@dataclass(frozen=True)
class Terms:
    """Under which terms data may be used: words, the address of a licence that has one, and whom to name.

    `catalogued` is the licence in the list of DCAT-AP.de, where it is there.
    """

    words: str = ""
    address: str = ""
    catalogued: str = ""
    sources: tuple[str, ...] = ()


def terms_of(data_set: DataSet, site, sources: Iterable[str]) -> Terms:
    """`site` are the settings of the site, `sources` those of the registers; what nobody has stated is empty."""
    if data_set.of_register:
        # They say nothing of changes, so that nobody may call them open.
        named = tuple(dict.fromkeys(sources))
        return Terms(REGISTER_TERMS, catalogued=f"{LICENCES}/other-closed", sources=named)
    address = site.data_licence_address
    listed = address if address.startswith(LICENCES) else CATALOGUED.get(_bare(address), "")
    return Terms(site.data_licence, address, listed)


def _bare(address: str) -> str:
    """An address without what differs between two ways to write it."""
    return address.partition("://")[2].removeprefix("www.").rstrip("/").lower()


def path_of(data_set: DataSet, key: str, kind: str) -> str:
    return path_to("daten:download", data_set.name, key, kind)


def page_of(data_set: DataSet) -> str:
    return path_to("daten:set", data_set.name)


def publisher_of(site) -> str:
    return site.operator or site.name


# --- Frictionless Data Package ---------------------------------------------------------------


def data_package(data_set: DataSet, stands: Iterable[Listed], terms: Terms) -> dict[str, Any]:
    """Each Stand as CSV with the meaning of its columns (specs.frictionlessdata.io/tabular-data-package)."""
    package: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": data_set.name,
        "title": data_set.title,
        "description": data_set.description,
        "homepage": absolute(page_of(data_set)),
        "resources": [_resource(data_set, stand) for stand in (*data_set.fixed, *stands)],
    }
    if terms.address:
        package["licenses"] = [{"title": terms.words, "path": terms.address}]
    if terms.sources:
        package["sources"] = [{"title": source} for source in terms.sources]
    return package


def _resource(data_set: DataSet, stand: Listed) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": f"{data_set.name}-{stand.key}",
        "title": f"{data_set.title}: {stand.label}{' (Beispieldaten)' if stand.illustrative else ''}",
        "path": absolute(path_of(data_set, stand.key, "csv")),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ";", "lineTerminator": "\r\n", "header": True},
        "schema": table_schema(data_set),
    }


# --- DCAT-AP.de ------------------------------------------------------------------------------

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "dcatde": "http://dcat-ap.de/def/dcatde/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
EU = "http://publications.europa.eu/resource/authority"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types"
GEOCODING = "http://dcat-ap.de/def/politicalGeocoding"
# The keys of the Länder in the official register of municipalities.
STATE_KEYS = {
    "Schleswig-Holstein": "01",
    "Hamburg": "02",
    "Niedersachsen": "03",
    "Bremen": "04",
    "Nordrhein-Westfalen": "05",
    "Hessen": "06",
    "Rheinland-Pfalz": "07",
    "Baden-Württemberg": "08",
    "Bayern": "09",
    "Saarland": "10",
    "Berlin": "11",
    "Brandenburg": "12",
    "Mecklenburg-Vorpommern": "13",
    "Sachsen": "14",
    "Sachsen-Anhalt": "15",
    "Thüringen": "16",
}


def dcat_catalogue(site, described: Iterable[tuple[DataSet, Terms, datetime | None]]) -> dict[str, Any]:
    """The catalogue as JSON-LD, after DCAT-AP.de 3.0; `described` has the last change of each data set."""
    described = list(described)
    found: dict[str, Any] = {
        "@context": CONTEXT,
        "@id": absolute(reverse("daten:dcat")),
        "@type": "dcat:Catalog",
        "dct:title": _german(f"Daten von {site.name}"),
        "dct:description": _german(site.lead or site.name),
        "dct:publisher": _publisher(site),
        "dct:language": {"@id": f"{EU}/language/DEU"},
        "dcat:themeTaxonomy": {"@id": f"{EU}/data-theme"},
        "foaf:homepage": {"@id": absolute(reverse("daten:overview")), "@type": "foaf:Document"},
        "dcat:dataset": [
            _dataset(data_set, terms, modified, site) for data_set, terms, modified in described
        ],
    }
    if moments := [modified for _, _, modified in described if modified]:
        found["dct:modified"] = _moment(max(moments))
    return found


def _publisher(site) -> dict[str, Any]:
    return {
        "@id": f"{absolute(reverse('daten:dcat'))}#herausgeber",
        "@type": "foaf:Agent",
        "foaf:name": publisher_of(site),
    }


def _moment(moment: datetime) -> dict[str, str]:
    return {"@value": moment.isoformat(), "@type": "xsd:dateTime"}


def _german(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "de"}


def _dataset(data_set: DataSet, terms: Terms, modified: datetime | None, site) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@id": f"{absolute(page_of(data_set))}#datensatz",
        "@type": "dcat:Dataset",
        "dct:identifier": data_set.name,
        "dct:title": _german(data_set.title),
        "dct:description": _german(data_set.description),
        "dct:publisher": _publisher(site),
        "dcatde:politicalGeocodingLevelURI": {"@id": f"{GEOCODING}/Level/state"},
        "dct:language": {"@id": f"{EU}/language/DEU"},
        "dcat:theme": {"@id": f"{EU}/data-theme/GOVE"},
        "dcat:keyword": [_german(word) for word in data_set.keywords],
        "dcat:landingPage": {"@id": absolute(page_of(data_set)), "@type": "foaf:Document"},
        "dcat:distribution": [
            _distribution(data_set, stand, form, terms)
            for stand in data_set.fixed
            for form in FORMATS.values()
        ],
    }
    if modified:
        found["dct:modified"] = _moment(modified)
    return found | _said_by_the_operator(site)


def _said_by_the_operator(site) -> dict[str, Any]:
    """Contact, contributor and place; what the settings of the site leave out is not there."""
    found: dict[str, Any] = {}
    if site.contact_email:
        found["dcat:contactPoint"] = {
            "@id": f"{absolute(reverse('daten:dcat'))}#kontakt",
            "@type": "vcard:Organization",
            "vcard:fn": publisher_of(site),
            "vcard:hasEmail": {"@id": f"mailto:{site.contact_email}"},
        }
    if site.data_contributor:
        found["dcatde:contributorID"] = {"@id": site.data_contributor}
    if site.state in STATE_KEYS:
        place = {"@id": f"{GEOCODING}/stateKey/{STATE_KEYS[site.state]}"}
        found |= {"dcatde:politicalGeocodingURI": place, "dct:spatial": place}
    return found


def _distribution(data_set: DataSet, stand: Listed, form: Format, terms: Terms) -> dict[str, Any]:
    address = absolute(path_of(data_set, stand.key, form.name))
    found: dict[str, Any] = {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": _german(f"{data_set.title}: {stand.label} ({form.label})"),
        "dcat:accessURL": {"@id": absolute(page_of(data_set))},
        "dcat:downloadURL": {"@id": address},
        "dcatap:availability": {"@id": f"{EU}/planned-availability/STABLE"},
        "dct:format": {"@id": f"{EU}/file-type/{form.label}"},
        "dcat:mediaType": {"@id": f"{MEDIA_TYPES}/{form.media_type}"},
    }
    if terms.catalogued or terms.address:
        found["dct:license"] = {"@id": terms.catalogued or terms.address}
    if terms.words and not terms.address:
        found["dct:rights"] = {"@type": "dct:RightsStatement", "rdfs:label": _german(terms.words)}
    if terms.sources:
        found["dcatde:licenseAttributionByText"] = [_german(source) for source in terms.sources]
    return found


# --- schema.org ------------------------------------------------------------------------------


def for_search_engines(data_set: DataSet, site, terms: Terms, modified: datetime | None) -> dict[str, Any]:
    """The data set as search engines look for it (schema.org/Dataset)."""
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": data_set.title,
        "description": data_set.description,
        "url": absolute(page_of(data_set)),
        "keywords": list(data_set.keywords),
        "inLanguage": "de",
        "creator": {"@type": "Organization", "name": publisher_of(site)},
        "isAccessibleForFree": True,
        "variableMeasured": [one.title for one in data_set.fields],
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": form.media_type,
                "contentUrl": absolute(path_of(data_set, stand.key, form.name)),
            }
            for stand in data_set.fixed
            for form in FORMATS.values()
        ],
    }
    if terms.address or terms.words:
        found["license"] = terms.address or terms.words
    if modified:
        found["dateModified"] = modified.isoformat()
    return found
