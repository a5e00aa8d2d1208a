"""The DCAT-AP.de catalogue as rdflib reads it."""

import pytest
from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, Graph, Literal, Namespace, URIRef

from ozgstatus.opendata import DATA_SETS
from tests.factories import SiteFactory
from tests.ozgstatus.content import make_small_site

pytestmark = [
    pytest.mark.django_db,
    # rdflib's own reader of JSON-LD still uses it.
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]
DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
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
    assert list(graph.subject_objects(DCTERMS.license)) == []
    rights = {str(graph.value(node, RDFS.label)) for node in graph.objects(None, DCTERMS.rights)}
    assert rights == {"Vervielfältigung und Verbreitung, auch auszugsweise, mit Quellenangabe gestattet"}
    sources = {str(text) for text in graph.objects(None, DCATDE.licenseAttributionByText)}
    assert sources == {"© Statistisches Bundesamt (Destatis), 2022"}


def test_a_licence_that_editors_state_is_that_of_all_but_the_register(client):
    SiteFactory(data_licence="dl-de/by-2-0", data_licence_address="https://www.govdata.de/dl-de/by-2-0")
    graph = read(client)
    licensed = set(graph.subjects(DCTERMS.license, URIRef("https://www.govdata.de/dl-de/by-2-0")))
    everything = set(graph.subjects(RDF.type, DCAT.Distribution))
    assert {one for one in everything if "/kommunen/" not in one} == licensed
