"""One factory per model; each makes the least that the rules of the database admit."""

import datetime

import factory
from factory.django import DjangoModelFactory

from catalogue.models import Funding, Level, Service, ServicePart
from newsletter.models import (
    Article,
    Block,
    CatalogueRow,
    ConsentBatch,
    Edition,
    EditionPublication,
    Rubric,
    Subscriber,
)
from ozgstatus.models import AccessibilityException, AccessibilityStatement, Page, Site
from projects.models import (
    LegendEntry,
    Project,
    ProjectFootnote,
    ProjectPublication,
    ProjectReport,
    ProjectRow,
)
from rollout.models import (
    Adoption,
    Authority,
    Competence,
    CompetenceSet,
    CoverageRow,
    RegisterEdition,
    RegisterMunicipality,
    RolloutFootnote,
    RolloutPublication,
    RolloutReport,
    ServiceCompetence,
    Succession,
)


def publish(root):
    """Publish a report, or an edition with its reports; the last thing to do with it."""
    if isinstance(root, Edition):
        for block in root.blocks.all():
            report = block.rollout_report or block.project_report
            if report and not report.is_published:
                publish(report)
        EditionPublication.objects.create(edition=root)
    else:
        model = {RolloutReport: RolloutPublication, ProjectReport: ProjectPublication}[type(root)]
        model.objects.create(report=root)
    return type(root).objects.get(pk=root.pk)


def month(number: int) -> datetime.date:
    """The first day of a month, counted from January 2022."""
    return datetime.date(2022 + number // 12, number % 12 + 1, 1)


class ServiceFactory(DjangoModelFactory):
    class Meta:
        model = Service

    name = factory.Sequence(lambda n: f"Leistung {n}")
    level = Level.MUNICIPALITIES
    position = factory.Sequence(lambda n: n)
    available_since = datetime.date(2022, 9, 1)


class ServicePartFactory(DjangoModelFactory):
    class Meta:
        model = ServicePart

    service = factory.SubFactory(ServiceFactory)
    position = factory.Sequence(lambda n: n)
    name = factory.Sequence(lambda n: f"Teilleistung {n}")


class FundingFactory(DjangoModelFactory):
    class Meta:
        model = Funding

    slug = factory.Sequence(lambda n: f"foerderung-{n}")
    title = factory.Sequence(lambda n: f"Förderung {n}")
    text = "Einrichtung des Dienstes."


class RolloutReportFactory(DjangoModelFactory):
    class Meta:
        model = RolloutReport

    date = factory.Sequence(lambda n: datetime.date(2022, 1, 5) + datetime.timedelta(days=n))


class RolloutFootnoteFactory(DjangoModelFactory):
    class Meta:
        model = RolloutFootnote

    report = factory.SubFactory(RolloutReportFactory)
    number = factory.Sequence(lambda n: n + 1)
    text = factory.Sequence(lambda n: f"Anmerkung {n} zum Roll-out.")


class CoverageRowFactory(DjangoModelFactory):
    class Meta:
        model = CoverageRow

    report = factory.SubFactory(RolloutReportFactory)
    position = factory.Sequence(lambda n: n)
    label = factory.Sequence(lambda n: f"Antragsassistent {n}")
    count = 48
    share_authorities = 16
    share_population = 59


class RegisterEditionFactory(DjangoModelFactory):
    class Meta:
        model = RegisterEdition

    territory_date = factory.Sequence(lambda n: datetime.date(2021 + n, 12, 31))
    population_date = factory.SelfAttribute("territory_date")
    layout = RegisterEdition.Layout.EXTRACT
    source = "© Statistisches Bundesamt (Destatis), 2022"


class AuthorityFactory(DjangoModelFactory):
    """A municipality; another `kind` needs a `key` of its length."""

    class Meta:
        model = Authority

    kind = Authority.Kind.MUNICIPALITY
    key = factory.Sequence(lambda n: f"14522{n % 1000:03}")
    name = factory.Sequence(lambda n: f"Gemeinde {n}")
    designation = factory.SelfAttribute("name")


class SuccessionFactory(DjangoModelFactory):
    class Meta:
        model = Succession

    # Only who has left the register has a successor.
    predecessor = factory.SubFactory(AuthorityFactory, closed_on=datetime.date(2023, 11, 30))
    successor = factory.SubFactory(AuthorityFactory)


class RegisterMunicipalityFactory(DjangoModelFactory):
    """A free municipality that is its own district unless told otherwise."""

    class Meta:
        model = RegisterMunicipality

    edition = factory.SubFactory(RegisterEditionFactory)
    authority = factory.SubFactory(AuthorityFactory)
    district = factory.SelfAttribute("authority")
    unit = factory.SelfAttribute("authority")
    designation = factory.SelfAttribute("authority.designation")
    regional_key = factory.LazyAttribute(lambda row: f"{row.authority.key[:5]}0{row.authority.key[5:] * 2}")
    population = 1000
    area_ha = 500


class CompetenceSetFactory(DjangoModelFactory):
    """Kept by hand unless told otherwise."""

    class Meta:
        model = CompetenceSet

    key = factory.Sequence(lambda n: f"zustaendigkeit-{n}")
    name = factory.Sequence(lambda n: f"Zuständigkeit {n}")


class CompetenceFactory(DjangoModelFactory):
    """A municipality of the edition that is competent for itself; give an `entry` of the register to choose it."""

    class Meta:
        model = Competence
        exclude = ["entry"]

    entry = factory.SubFactory(RegisterMunicipalityFactory)
    set = factory.SubFactory(CompetenceSetFactory)
    edition = factory.SelfAttribute("entry.edition")
    municipality = factory.SelfAttribute("entry.authority")
    authority = factory.SelfAttribute("municipality")


class ServiceCompetenceFactory(DjangoModelFactory):
    class Meta:
        model = ServiceCompetence

    service = factory.SubFactory(ServiceFactory)
    set = factory.SubFactory(CompetenceSetFactory)


class AdoptionFactory(DjangoModelFactory):
    class Meta:
        model = Adoption

    authority = factory.SubFactory(AuthorityFactory)
    service = factory.SubFactory(ServiceFactory)
    since = datetime.date(2022, 1, 1)


class ProjectFactory(DjangoModelFactory):
    class Meta:
        model = Project

    name = factory.Sequence(lambda n: f"Projekt {n}")


class ProjectReportFactory(DjangoModelFactory):
    class Meta:
        model = ProjectReport

    date = factory.Sequence(lambda n: datetime.date(2022, 1, 14) + datetime.timedelta(days=n))


class ProjectFootnoteFactory(DjangoModelFactory):
    class Meta:
        model = ProjectFootnote

    report = factory.SubFactory(ProjectReportFactory)
    number = factory.Sequence(lambda n: n + 1)
    text = factory.Sequence(lambda n: f"Anmerkung {n} zu den Projekten.")


class LegendEntryFactory(DjangoModelFactory):
    class Meta:
        model = LegendEntry

    report = factory.SubFactory(ProjectReportFactory)
    kind = LegendEntry.Kind.PHASE
    code = "la"
    text = "Leistungsanalyse"


class ProjectRowFactory(DjangoModelFactory):
    class Meta:
        model = ProjectRow

    report = factory.SubFactory(ProjectReportFactory)
    position = factory.Sequence(lambda n: n)
    lp = "17"
    lp_name = "Bauen & Grundstück"
    label = factory.Sequence(lambda n: f"Zeile {n}")


class EditionFactory(DjangoModelFactory):
    class Meta:
        model = Edition

    month = factory.Sequence(month)


class RubricFactory(DjangoModelFactory):
    class Meta:
        model = Rubric

    edition = factory.SubFactory(EditionFactory)
    position = factory.Sequence(lambda n: n)
    title = factory.Sequence(lambda n: f"Rubrik {n}")


class ArticleFactory(DjangoModelFactory):
    class Meta:
        model = Article

    edition = factory.SubFactory(EditionFactory)
    title = factory.Sequence(lambda n: f"Beitrag {n}")
    body = "<p>Text des Beitrags.</p>"


class BlockFactory(DjangoModelFactory):
    """A block of productive services; `article`, `rollout_report` or `project_report` decides otherwise."""

    class Meta:
        model = Block

    rubric = factory.SubFactory(RubricFactory)
    position = factory.Sequence(lambda n: n)
    article = None
    rollout_report = None
    project_report = None

    @factory.lazy_attribute
    def kind(self):
        holds = {
            Block.Kind.ARTICLE: self.article,
            Block.Kind.ROLLOUT: self.rollout_report,
            Block.Kind.PROJECTS: self.project_report,
        }
        return next((kind for kind, held in holds.items() if held), Block.Kind.AVAILABLE)


class CatalogueRowFactory(DjangoModelFactory):
    class Meta:
        model = CatalogueRow

    edition = factory.SubFactory(EditionFactory)
    position = factory.Sequence(lambda n: n)
    kind = CatalogueRow.Kind.AVAILABLE
    level = Level.MUNICIPALITIES
    label = factory.Sequence(lambda n: f"Leistung {n}")
    month = datetime.date(2022, 9, 1)


class ConsentBatchFactory(DjangoModelFactory):
    class Meta:
        model = ConsentBatch

    name = factory.Sequence(lambda n: f"Übernahme {n}")
    proof = "Protokoll in der Akte."


class SubscriberFactory(DjangoModelFactory):
    class Meta:
        model = Subscriber

    address = factory.Sequence(lambda n: f"name{n}@example.org")


class SiteFactory(DjangoModelFactory):
    class Meta:
        model = Site

    name = "OZG-Status"
    title = "Kommunale OZG-Umsetzung"
    lead = "Der Stand der Online-Leistungen, für Kommunen."
    state = "Sachsen"
    operator = "Die Redaktion"
    contact_email = "redaktion@example.org"


class PageFactory(DjangoModelFactory):
    class Meta:
        model = Page

    slug = Page.Slug.METHOD
    title = "Methodik"
    body = "<h2>Begriffe</h2><p>Was die Wörter bedeuten.</p>"


class AccessibilityStatementFactory(DjangoModelFactory):
    """As it is before anybody has stated anything."""

    class Meta:
        model = AccessibilityStatement


class AccessibilityExceptionFactory(DjangoModelFactory):
    class Meta:
        model = AccessibilityException

    statement = factory.SubFactory(AccessibilityStatementFactory)
    position = factory.Sequence(lambda n: n + 1)
    content = "Karte"
    reason = "Sie ist ein Bild."
