"""The DCAT-AP.de catalogue as rdflib reads it."""

import pytest
from django.core.exceptions import ValidationError
from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, Graph, Literal, Namespace, URIRef

from ozgstatus.models import Site
from ozgstatus.opendata import DATA_SETS
from tests.factories import SiteFactory
from tests.ozgstatus.content import make_small_site

pytestmark = [
    pytest.mark.django_db,
    # rdflib's own reader of JSON-LD still uses it.
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]
DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
LICENCES = "http://dcat-ap.de/def/licenses/"
BASE = "https://ozgstatus.example.org/daten/"


@pytest.fixture
def graph(client):
    make_small_site()
    return read(client)


def read(client) -> Graph:
    response = client.get("/daten/katalog.jsonld")
    assert response.headers["Content-Type"] == "application/ld+json"
    return Graph().parse(data=response.content, format="json-ld")


def test_the_catalogue_has_what_is_mandatory(graph):
    [catalogue] = graph.subjects(RDF.type, DCAT.Catalog)
    assert catalogue == URIRef(f"{BASE}katalog.jsonld")
    for mandatory in (DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCAT.dataset):
        assert (catalogue, mandatory, None) in graph
    publisher = graph.value(catalogue, DCTERMS.publisher)
    assert graph.value(publisher, RDF.type) == FOAF.Agent
    assert graph.value(publisher, FOAF.name) == Literal("Die Redaktion")
    assert set(graph.objects(catalogue, DCAT.dataset)) == set(graph.subjects(RDF.type, DCAT.Dataset))


def test_every_data_set_has_what_is_mandatory(graph):
    found = set(graph.subjects(RDF.type, DCAT.Dataset))
    assert found == {URIRef(f"{BASE}{name}/#datensatz") for name in DATA_SETS}
    for data_set in found:
        for mandatory in (DCTERMS.title, DCTERMS.description):
            texts = list(graph.objects(data_set, mandatory))
            assert texts and all(text.language == "de" for text in texts)
        assert graph.value(data_set, DCTERMS.publisher) and graph.value(data_set, DCTERMS.modified).value


def test_every_distribution_leads_to_a_file_of_its_format(graph, client):
    found = set(graph.subjects(RDF.type, DCAT.Distribution))
    assert len(found) == 3 * sum(len(one.fixed) for one in DATA_SETS.values())
    types = set()
    for distribution in found:
        assert (distribution, DCAT.accessURL, None) in graph
        path = str(graph.value(distribution, DCAT.downloadURL)).removeprefix("https://ozgstatus.example.org")
        response = client.get(path)
        media_type = str(graph.value(distribution, DCAT.mediaType)).rpartition("media-types/")[2]
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith(media_type)
        types.add(str(graph.value(distribution, DCTERMS.format)).rpartition("/")[2])
    assert types == {"CSV", "JSON", "XLSX"}


def test_a_licence_that_nobody_has_stated_is_not_there(graph):
    licensed = list(graph.subject_objects(DCTERMS.license))
    # What Destatis permits is not known to be open; of the other data nobody has said anything.
    assert {licence for _, licence in licensed} == {URIRef(f"{LICENCES}other-closed")}
    assert all("/kommunen/" in distribution for distribution, _ in licensed)
    rights = {str(graph.value(node, RDFS.label)) for node in graph.objects(None, DCTERMS.rights)}
    assert rights == {"Vervielfältigung und Verbreitung, auch auszugsweise, mit Quellenangabe gestattet"}
    sources = {str(text) for text in graph.objects(None, DCATDE.licenseAttributionByText)}
    assert sources == {"© Statistisches Bundesamt (Destatis), 2022"}


@pytest.mark.parametrize(
    ("address", "listed"),
    [
        ("https://www.govdata.de/dl-de/by-2-0", f"{LICENCES}dl-by-de/2.0"),
        ("http://govdata.de/dl-de/zero-2-0/", f"{LICENCES}dl-zero-de/2.0"),
        ("https://creativecommons.org/licenses/by/4.0/", f"{LICENCES}cc-by/4.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", f"{LICENCES}cc-zero"),
        (f"{LICENCES}officialWork", f"{LICENCES}officialWork"),
        ("https://example.org/licence", "https://example.org/licence"),
    ],
)
def test_a_licence_that_editors_state_is_that_of_all_but_the_register(client, address, listed):
    SiteFactory(data_licence="Eine Lizenz", data_licence_address=address)
    graph = read(client)
    licensed = set(graph.subjects(DCTERMS.license, URIRef(listed)))
    everything = set(graph.subjects(RDF.type, DCAT.Distribution))
    assert {one for one in everything if "/kommunen/" not in one} == licensed


# --- what DCAT-AP.de asks for ----------------------------------------------------------------

EU = "http://publications.europa.eu/resource/authority/"
# Class, property, how often at least and at most, and how the value begins: what is mandatory in DCAT-AP.de 3.0, in
# its conventions for GovData (contact, contributor, licence and format from their lists) or recommended and known here.
ASKED_FOR = [
    (DCAT.Catalog, DCTERMS.title, 1, 1, ""),
    (DCAT.Catalog, DCTERMS.description, 1, 1, ""),
    (DCAT.Catalog, DCTERMS.publisher, 1, 1, "https://ozgstatus.example.org/"),
    (DCAT.Catalog, DCAT.dataset, 1, None, BASE),
    (DCAT.Catalog, DCAT.themeTaxonomy, 1, 1, f"{EU}data-theme"),
    (DCAT.Catalog, DCTERMS.language, 1, 1, f"{EU}language/DEU"),
    (DCAT.Catalog, DCTERMS.modified, 1, 1, "20"),
    (DCAT.Catalog, FOAF.homepage, 1, 1, BASE),
    (DCAT.Dataset, DCTERMS.title, 1, 1, ""),
    (DCAT.Dataset, DCTERMS.description, 1, 1, ""),
    (DCAT.Dataset, DCTERMS.identifier, 1, 1, ""),
    (DCAT.Dataset, DCTERMS.publisher, 1, 1, "https://ozgstatus.example.org/"),
    (DCAT.Dataset, DCTERMS.modified, 1, 1, "20"),
    (DCAT.Dataset, DCTERMS.spatial, 1, 1, "http://dcat-ap.de/def/politicalGeocoding/stateKey/14"),
    (DCAT.Dataset, DCATDE.contributorID, 1, 1, "http://dcat-ap.de/def/contributors/"),
    (
        DCAT.Dataset,
        DCATDE.politicalGeocodingLevelURI,
        1,
        1,
        "http://dcat-ap.de/def/politicalGeocoding/Level/",
    ),
    (
        DCAT.Dataset,
        DCATDE.politicalGeocodingURI,
        1,
        1,
        "http://dcat-ap.de/def/politicalGeocoding/stateKey/14",
    ),
    (DCAT.Dataset, DCAT.contactPoint, 1, 1, "https://ozgstatus.example.org/"),
    (DCAT.Dataset, DCAT.theme, 1, 1, f"{EU}data-theme/"),
    (DCAT.Dataset, DCAT.keyword, 1, None, ""),
    (DCAT.Dataset, DCAT.landingPage, 1, 1, BASE),
    (DCAT.Dataset, DCAT.distribution, 3, None, BASE),
    (DCAT.Distribution, DCTERMS.title, 1, 1, ""),
    (DCAT.Distribution, DCAT.accessURL, 1, 1, BASE),
    (DCAT.Distribution, DCAT.downloadURL, 1, 1, BASE),
    (DCAT.Distribution, DCTERMS.license, 1, 1, LICENCES),
    (DCAT.Distribution, DCTERMS.format, 1, 1, f"{EU}file-type/"),
    (DCAT.Distribution, DCAT.mediaType, 1, 1, "https://www.iana.org/assignments/media-types/"),
    (DCAT.Distribution, DCATAP.availability, 1, 1, f"{EU}planned-availability/"),
    (FOAF.Agent, FOAF.name, 1, 1, "Die Redaktion"),
    (VCARD.Organization, VCARD.fn, 1, 1, "Die Redaktion"),
    (VCARD.Organization, VCARD.hasEmail, 1, 1, "mailto:redaktion@example.org"),
]


def test_the_catalogue_of_an_operator_who_has_said_everything_is_whole(client):
    make_small_site()
    Site.objects.update(
        data_licence="Datenlizenz Deutschland – Namensnennung – Version 2.0",
        data_licence_address="https://www.govdata.de/dl-de/by-2-0",
        data_contributor="http://dcat-ap.de/def/contributors/beispiel",
    )
    graph = read(client)
    for kind, wanted, least, most, begins in ASKED_FOR:
        things = set(graph.subjects(RDF.type, kind))
        assert things, kind
        for thing in things:
            values = list(graph.objects(thing, wanted))
            assert least <= len(values) <= (most or len(values)), (thing, wanted)
            assert all(str(value) and str(value).startswith(begins) for value in values), (thing, wanted)


def test_what_the_operator_has_not_said_is_left_out(client):
    graph = read(client)
    for said in (DCATDE.contributorID, DCAT.contactPoint, DCTERMS.spatial, DCATDE.politicalGeocodingURI):
        assert list(graph.subject_objects(said)) == []


@pytest.mark.parametrize("address", ["https://example.org/", "http://dcat-ap.de/def/contributors/", "SAKD"])
def test_a_contributor_that_govdata_does_not_know_is_refused(address):
    with pytest.raises(ValidationError) as raised:
        SiteFactory.build(data_contributor=address).full_clean(validate_unique=False)
    assert list(raised.value.message_dict) == ["data_contributor"]
