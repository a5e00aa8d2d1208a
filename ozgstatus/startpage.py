"""The editors' start page: the steps of a month in their order, each with its state and what to do next."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from catalogue.models import Service
from newsletter.models import Article, Edition, Mailing
from projects.models import ProjectReport
from rollout.models import RolloutReport
from stand.draftadmin import Tool

from .guide import GuidePage, page_of_step


@dataclass(frozen=True)
class Step:
    """A step of the month: how it stands, in sentences, and the buttons that lead on."""

    title: str
    state: tuple[str, ...]
    tools: tuple[Tool, ...]

    @property
    def help(self) -> GuidePage:
        return page_of_step(self.title)


@dataclass(frozen=True)
class Work:
    """What is being prepared of one kind, what is public, and the admin page that maintains it."""

    page: Any
    may_add: bool
    draft: Any
    last: Any

    @property
    def gaps(self) -> str:
        return self.page.missing(self.draft) if self.draft else ""

    def tool(self, label: str, action: str, *args, acts=False) -> Tool:
        return Tool(label, self.page.address_of(action, *args), acts)


def steps(request, site) -> list[Step]:
    """The six steps, or none for somebody who may not see all of what they are about. At most eight queries."""
    models = [Service, RolloutReport, ProjectReport, Edition, Article]
    if not all(site.get_model_admin(model).has_view_permission(request) for model in models):
        return []
    rollout, projects, edition = (
        _work(request, site, model) for model in (RolloutReport, ProjectReport, Edition)
    )
    return [
        _services(site, all_drafts=all(work.draft for work in (rollout, projects, edition))),
        _stand(request, "Stand des Roll-Outs", rollout),
        _stand(request, "Stand der Projekte", projects),
        _edition(request, site, edition),
        _check({"Roll-out": rollout, "Projekte": projects, "Ausgabe": edition}),
        _publish(edition),
    ]


def _work(request, site, model) -> Work:
    page = site.get_model_admin(model)
    return Work(
        page=page,
        may_add=page.has_add_permission(request),
        draft=page.get_queryset(request).drafts().newest_first().first(),
        last=model.objects.current(),
    )


def _services(site, all_drafts: bool) -> Step:
    planned, overdue = Service.objects.planned(), Service.objects.overdue(timezone.localdate())
    counts = Service.objects.aggregate(
        planned=Count("pk", filter=Q(pk__in=planned.values("pk"))),
        overdue=Count("pk", filter=Q(pk__in=overdue.values("pk"))),
    )
    address = site.get_model_admin(Service).address_of("changelist")
    if not counts["planned"]:
        return Step("Leistungen", ("Keine Leistung ist geplant.",), (Tool("Alle Leistungen", address),))
    state = f"{counts['planned']} geplant"
    drafts_first = "Mit Entwürfen (Schritte 2 bis 4) trägt eine Meldung auch dort ein, was aus ihr folgt."
    hint = () if all_drafts else (drafts_first,)
    if not counts["overdue"]:
        return Step(
            "Leistungen",
            (f"{state}; kein geplanter Monat ist vorbei.", *hint),
            (Tool("Geplante Leistungen", f"{address}?zustand=planned"),),
        )
    passed = f"bei {counts['overdue']} ist der geplante Monat vorbei. Verfügbar, verschoben oder eingestellt?"
    return Step(
        "Leistungen",
        (f"{state}; {passed}", *hint),
        (Tool("Leistungen mit vergangenem Plan", f"{address}?zustand=overdue"),),
    )


def _last(work: Work) -> str:
    return f"Zuletzt veröffentlicht: {work.last}." if work.last else "Noch nichts ist veröffentlicht."


def _stand(request, title: str, work: Work) -> Step:
    if work.draft:
        state = f"In Arbeit: {work.draft} ({work.draft.state_label})."
        tools = [work.tool("Weiter bearbeiten", "change", work.draft.pk)]
        if work.page.has_change_permission(request):
            tools.append(work.tool("Tabelle ausfüllen", "grid", work.draft.pk))
        return Step(title, (state, _last(work)), tuple(tools))
    tools = []
    if work.may_add and work.last:
        tools = [work.tool("Neuen Stand aus dem letzten anlegen", "new_from_last", acts=True)]
    elif work.may_add:
        tools = [work.tool("Ersten Stand anlegen", "add")]
    return Step(title, ("Kein Entwurf.", _last(work)), tuple(tools))


def _edition(request, site, work: Work) -> Step:
    title = "Beiträge und Ausgabe"
    if not work.draft:
        tools = []
        if work.may_add:
            action = (
                ("Neue Ausgabe aus Vorlage", "new_from_template")
                if work.last
                else ("Erste Ausgabe anlegen", "add")
            )
            tools = [work.tool(*action)]
        return Step(title, ("Kein Entwurf.", _last(work)), tuple(tools))
    number = work.draft.article_count
    articles = "1 Beitrag" if number == 1 else f"{number} Beiträge"
    page = site.get_model_admin(Article)
    tools = [
        work.tool("Ausgabe bearbeiten", "change", work.draft.pk),
        Tool("Beiträge", f"{page.address_of('changelist')}?edition__id__exact={work.draft.pk}"),
    ]
    if page.has_add_permission(request):
        tools.append(Tool("Beitrag hinzufügen", f"{page.address_of('add')}?edition={work.draft.pk}"))
    state = f"In Arbeit: {work.draft} ({work.draft.state_label}), {articles}."
    return Step(title, (state, _last(work)), tuple(tools))


def _check(works: dict[str, Work]) -> Step:
    drafts = {name: work for name, work in works.items() if work.draft}
    if not drafts:
        return Step("Prüfen", ("Kein Entwurf, nichts zu prüfen.",), ())
    return Step(
        "Prüfen",
        tuple(f"{name}: {_gaps_in_words(work)}." for name, work in drafts.items()),
        tuple(work.tool(f"Vorschau: {name}", "preview", work.draft.pk) for name, work in drafts.items()),
    )


def _gaps_in_words(work: Work) -> str:
    gaps = work.gaps.split(", ") if work.gaps else []
    if not gaps:
        return "nichts fehlt"
    return f"{len(gaps)} {'Angabe fehlt' if len(gaps) == 1 else 'Angaben fehlen'} noch ({work.gaps})"


def _publish(work: Work) -> Step:
    title = "Veröffentlichen"
    if not work.draft:
        state, tools = _mailed(work)
        return Step(title, ("Kein Entwurf einer Ausgabe.", _last(work), *state), tools)
    return Step(
        title,
        (f"{work.draft}: {work.draft.state_label}.",),
        (work.tool("Zur Veröffentlichung", "publish", work.draft.pk),),
    )


def _mailed(work: Work) -> tuple[tuple[str, ...], tuple[Tool, ...]]:
    """How far the last edition has gone out by mail."""
    if not work.last:
        return (), ()
    mailing = Mailing.objects.with_progress().filter(edition=work.last).first()
    if mailing is None:
        return ("Noch nicht per E-Mail versandt.",), (
            work.tool("Per E-Mail versenden", "mailing", work.last.pk),
        )
    state = f"Per E-Mail: {mailing.sent} von {mailing.total} gesendet."
    return (state,), (work.tool("Zum Versand", "mailing", work.last.pk),)
