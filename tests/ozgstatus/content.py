"""A small site for the tests of what all pages share."""

import datetime

from newsletter.models import Edition
from ozgstatus.models import Page
from projects.models import ProjectReport
from rollout.models import RolloutReport
from stand.models import FormerAddress
from tests.factories import (
    AdoptionFactory,
    ArticleFactory,
    AuthorityFactory,
    BlockFactory,
    CatalogueRowFactory,
    CompetenceFactory,
    CoverageRowFactory,
    EditionFactory,
    PageFactory,
    ProjectFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RegisterMunicipalityFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceCompetenceFactory,
    ServiceFactory,
    SiteFactory,
    publish,
)


def rollout_of(day: datetime.date, service, **values) -> RolloutReport:
    report = RolloutReportFactory(date=day, **values)
    note = RolloutFootnoteFactory(report=report)
    CoverageRowFactory(report=report, service=service, footnote=note)
    return report


def projects_of(day: datetime.date, project, **values) -> ProjectReport:
    report = ProjectReportFactory(date=day, **values)
    ProjectRowFactory(report=report, project=project)
    return report


def edition_of(month: datetime.date, service, rollout, projects, **values) -> Edition:
    """An edition with every kind of block and the article `once-only`."""
    edition = EditionFactory(month=month, **values)
    rubric = RubricFactory(edition=edition, title="Stand der Umsetzung")
    CatalogueRowFactory(edition=edition, service=service)
    article = ArticleFactory(edition=edition, title="Once-Only")
    article.services.add(service)
    for block in ({}, {"rollout_report": rollout}, {"project_report": projects}, {"article": article}):
        BlockFactory(rubric=rubric, **block)
    return edition


def make_small_site() -> None:
    """One published thing of each kind in October 2022, drafts of November, examples of December."""
    SiteFactory()
    for slug in Page.Slug.values:
        PageFactory(slug=slug, title=slug.capitalize())
    service = ServiceFactory(name="Sozialpass")
    october, november, december = (datetime.date(2022, month, 1) for month in (10, 11, 12))
    for month, name, values in (
        (october, "Jägerprüfung", {}),
        (november, "Entwurf", {}),
        (december, "Beispiel", {"illustrative": True}),
    ):
        project = ProjectFactory(name=name, service=service)
        rollout = rollout_of(month.replace(day=5), service, **values)
        projects = projects_of(month.replace(day=14), project, **values)
        edition = edition_of(month, service, rollout, projects, **values)
        if month != november:
            for root in (rollout, projects, edition):
                publish(root)
    authority = AuthorityFactory(name="Radebeul", key="14627210")
    row = RegisterMunicipalityFactory(authority=authority)
    competence = CompetenceFactory(entry=row)
    ServiceCompetenceFactory(service=service, set=competence.set)
    AdoptionFactory(service=service, authority=authority)
    example = ServiceFactory(name="Hundesteuer")
    ServiceCompetenceFactory(service=example, set=competence.set, illustrative=True)
    AdoptionFactory(service=example, authority=authority, illustrative=True)
    FormerAddress.replaced("/leistungen/sozial-pass/", "/leistungen/sozialpass/")
