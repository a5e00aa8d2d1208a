"""An editors' page that lists rows of which several are ticked and treated alike, in one transaction or not at all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse

from stand.conflictadmin import NOT_SEEN
from stand.seen import pack, unpack
from stand.sorting import din_5007_key

from .recording import Refused


@dataclass(frozen=True)
class Row:
    """A line of the list: `cells` in words, `shown` what is compared when the form comes back (JSON).

    `told` says who changed it last. `subject` is what acting on it needs.
    """

    number: int
    cells: tuple[str, ...]
    shown: Any
    subject: Any
    district: str = ""
    status: str = ""
    keys: str = ""
    address: str = ""
    ticked: bool = False
    told: Callable[[], str] = field(default=lambda: "", compare=False)

    @property
    def name(self) -> str:
        return self.cells[0]


@dataclass(frozen=True)
class Ticking:
    """What such a page is about.

    `rows` are read anew for every request, on sending after `lock`. `act` does it and says in words what it did;
    it may raise Refused. Without the right to change, the list is for reading.
    """

    title: str
    headings: tuple[str, ...]
    rows: Callable[[], list[Row]]
    act: Callable[[list[Row], dict[str, Any]], str]
    button: str
    may_change: bool
    lock: Callable[[], None] = lambda: None
    form: type[forms.Form] = forms.Form
    introduction: tuple[str, ...] = ()
    # What does not stand in the list, as headings with names; folded away.
    left_out: tuple[tuple[str, tuple[str, ...]], ...] = ()
    empty: str = "Es gibt nichts, was hier stehen könnte."
    status_label: str = "Zustand"


class Filters(forms.Form):
    """By name or key, Landkreis and status; what makes no sense is passed over."""

    q = forms.CharField(label="Name", required=False, max_length=100)
    landkreis = forms.ChoiceField(label="Landkreis", required=False)
    zustand = forms.ChoiceField(required=False)

    def __init__(self, data, rows: list[Row], status_label: str):
        super().__init__(data, auto_id="filter_%s")
        if any(row.keys for row in rows):
            self.fields["q"].label = "Name oder Schlüssel"
        for name, label, values in (
            ("landkreis", "Landkreis", {row.district for row in rows if row.district}),
            ("zustand", status_label, {row.status for row in rows if row.status}),
        ):
            if len(values) < 2 and name not in data:
                del self.fields[name]
                continue
            self.fields[name].label = label
            choices = sorted(values, key=din_5007_key)
            self.fields[name].choices = [("", "alle"), *((value, value) for value in choices)]  # type: ignore[attr-defined]

    def apply(self, rows: list[Row]) -> list[Row]:
        self.is_valid()
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        words = din_5007_key(wanted.get("q", "")).split()
        return [
            row
            for row in rows
            if all(word in din_5007_key(f"{row.name} {row.keys}") for word in words)
            and wanted.get("landkreis", row.district) == row.district
            and wanted.get("zustand", row.status) == row.status
        ]


def tick_page(page, request, obj, ticking: Ticking):
    """The answer of a page of the model admin `page` about `obj`."""
    if request.method != "POST" or not ticking.may_change:
        return _answer(page, request, obj, ticking, ticking.form(), ticking.rows())
    form = ticking.form(request.POST)
    try:
        with transaction.atomic():
            ticking.lock()
            rows = ticking.rows()
            chosen = _chosen(request, rows, ticking)
            problems = _problems(request, page, obj, chosen)
            if form.is_valid() and not problems:
                try:
                    done = ticking.act(chosen, form.cleaned_data)
                except Refused as refused:
                    problems = refused.reasons
            if problems or form.errors:
                transaction.set_rollback(True)
    except IntegrityError:
        problems = ["Nicht gespeichert: Die Angaben wurden gerade anderswo geändert."]
    if problems or form.errors:
        return _answer(page, request, obj, ticking, form, ticking.rows(), problems)
    page.log_change(request, obj, done)
    page.message_user(request, done, messages.SUCCESS, extra_tags="saved")
    return HttpResponseRedirect(request.get_full_path())


def _subject(page, obj, request) -> str:
    return f"{request.path} {page.opts.label_lower}/{obj.pk}"


def _chosen(request, rows, ticking) -> list[Row]:
    if "all" in request.POST:
        return Filters(request.GET, rows, ticking.status_label).apply(rows)
    numbers = set(request.POST.getlist("row"))
    return [row for row in rows if str(row.number) in numbers]


def _problems(request, page, obj, chosen: list[Row]) -> list[str]:
    """What stands against acting on these rows as the sender saw them."""
    seen = unpack(_subject(page, obj, request), request.POST.get("seen", ""))
    if seen is None:
        return [NOT_SEEN]
    missing = set(request.POST.getlist("row")) - {str(row.number) for row in chosen}
    if missing and "all" not in request.POST:
        return ["Eine der angekreuzten Zeilen gibt es nicht mehr. Unten steht, was es jetzt gibt."]
    if not chosen:
        return ["Bitte kreuzen Sie mindestens eine Zeile an."]
    return [
        f"{row.name}: inzwischen geändert{_by(row)}. Bitte prüfen Sie die Zeile; noch einmal Senden gilt dann."
        for row in chosen
        if seen["rows"].get(str(row.number)) != row.shown
    ]


def _by(row: Row) -> str:
    told = row.told()
    return f" ({told})" if told else ""


def _answer(page, request, obj, ticking, form, rows, problems=()):
    filters = Filters(request.GET, rows, ticking.status_label)
    shown = filters.apply(rows)
    sent = set(request.POST.getlist("row")) if form.is_bound else None
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "original": obj,
        "title": ticking.title,
        "subtitle": str(obj),
        "ticking": ticking,
        "filters": filters if len(rows) > 1 else None,
        "form": form,
        "problems": problems,
        "rows": [
            {"row": row, "ticked": row.ticked if sent is None else str(row.number) in sent} for row in shown
        ],
        "total": len(rows),
        "all_ticked": "all" in request.POST,
        "seen": pack(_subject(page, obj, request), {"rows": {str(row.number): row.shown for row in shown}}),
    }
    return TemplateResponse(request, "admin/ticking.html", context)
