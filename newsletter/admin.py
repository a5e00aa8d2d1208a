from adminsortable2.admin import SortableStackedInline
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html

from catalogue.admin import ChoosesServices
from stand.admin import (
    AddressAdmin,
    Gap,
    GapFilter,
    GuardedAdmin,
    SortableFormSet,
    SortableTable,
    StateFilter,
    TableFields,
)
from stand.draftadmin import Previewed, Tool, form_address
from stand.forms import AddingForm, AddressForm, RowForm
from stand.months import MonthFormField, format_month, month_after

from .drafts import edition_from_last
from .mailing.pages import MailingPages
from .mailing.preview_admin import MailPages
from .models import Article, Block, CatalogueRow, ConsentBatch, ConsentText, Edition, Rubric, Subscriber
from .publishing_admin import PublishingPages
from .subscription.admin import ConsentBatchAdmin, ConsentTextAdmin, SubscriberAdmin
from .views import article_preview, edition_preview

RUBRICS = Rubric.objects.filter(edition=OuterRef("pk"))
BLOCKS = Block.objects.filter(edition=OuterRef("pk"))
ARTICLES = Article.objects.filter(edition=OuterRef("pk"))
ROWS = CatalogueRow.objects.filter(edition=OuterRef("pk"))
HAS_BLOCK = Exists(Block.objects.filter(article=OuterRef("pk")))
HAS_SERVICE = Exists(Article.services.through.objects.filter(article=OuterRef("pk")))
ARTICLE_COUNT = Count("articles", distinct=True)


class KeepsWithdrawn:
    """Nothing of a withdrawn edition changes any more: nobody could see the Berichtigung."""

    def has_change_permission(self, request, obj=None):
        edition = obj if obj is None or isinstance(obj, Edition) else obj.edition
        withdrawn = edition is not None and edition.withdrawal
        return not withdrawn and super().has_change_permission(request, obj)


class RubricTable(KeepsWithdrawn, SortableTable):
    model = Rubric
    fields = ["position", "title", "block_titles"]
    readonly_fields = ["block_titles"]
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("blocks__article")

    @admin.display(description="Inhalt", empty_value="")
    def block_titles(self, obj):
        if not obj.pk:
            return "nach dem Speichern über „Ändern“ zu füllen"
        return "; ".join(map(str, obj.blocks.all())) or "noch leer; über „Ändern“ zu füllen"


class CatalogueRowTable(KeepsWithdrawn, ChoosesServices, SortableTable):
    model = CatalogueRow
    examples = {
        "authority_label": "wenn gedruckt, zum Beispiel „Kfz-Zulassungsbehörde“",
        "label": "wie gedruckt, zum Beispiel „Sozialpass“",
        "address": "wenn gedruckt, zum Beispiel https://www.bafoeg-digital.de",
        "parts": "eine je Zeile, zum Beispiel „Leichenpass“",
        "parts_open": "die Liste ist nicht abschließend",
        "service": "die Leistung im Katalog, auch wenn sie dort anders heißt",
    }
    classes = ["collapse", "report-rows"]
    fields = [
        "position",
        "kind",
        "level",
        "authority_label",
        "label",
        "month",
        "address",
        "parts",
        "parts_open",
        "service",
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("service")


MONTH_TAKEN = "Für diesen Monat gibt es schon eine Ausgabe. Bitte wählen Sie einen anderen."


class NewEditionForm(forms.Form):
    """Asks for the month of the next edition."""

    month = MonthFormField(
        label="Monat des Erscheinens",
        help_text="Monat und Jahr, zum Beispiel 12/2022",
        error_messages={"required": "Bitte geben Sie den Monat an, zum Beispiel 12/2022."},
    )

    def clean_month(self):
        month = self.cleaned_data["month"]
        if Edition.objects.filter(month=month).exists():
            raise forms.ValidationError(MONTH_TAKEN)
        return month


@admin.register(Edition)
class EditionAdmin(KeepsWithdrawn, MailPages, MailingPages, PublishingPages, Previewed, GuardedAdmin):
    settled = ("illustrative", "month")  # the month is part of the address of every article
    list_display = ["name", "month_label", "condition", "example", "articles", "missing"]
    list_filter = [StateFilter, GapFilter, "illustrative"]
    search_fields = ["label", "articles__title", "rubrics__title", "catalogue_rows__label"]
    search_help_text = "Bezeichnung, Rubrik, Beitrag oder Leistung"
    save_on_top = True
    examples = {
        "next_edition_text": "zum Beispiel „Der nächste OZG-Newsletter erscheint am 5. Dezember 2022.“",
        "imprint": "Name, Anschrift und Verantwortliche, wie gedruckt",
        "liability": "zum Beispiel „Trotz sorgfältiger Kontrolle übernehmen wir keine Haftung …“",
    }
    readonly_fields = ["article_links"]
    inlines = [RubricTable, CatalogueRowTable]
    fieldsets = [
        (None, {"fields": ["month", "label", "state", "illustrative", "opening", "article_links"]}),
        (
            "Am Ende der Ausgabe",
            {
                "classes": ["collapse"],
                "fields": [
                    "next_edition_on",
                    "next_edition_text",
                    "cofinancing",
                    "hints",
                    "imprint",
                    "liability",
                    "privacy",
                ],
            },
        ),
    ]
    gaps = [
        Gap("rubriken", "Rubriken", ~Q(Exists(RUBRICS))),
        Gap("bloecke", "Inhalt einer Rubrik", Q(Exists(RUBRICS.filter(blocks=None)))),
        Gap("beitrag", "Rubrik eines Beitrags", Q(Exists(ARTICLES.filter(block=None)))),
        Gap("leistung", "Leistung einer Zeile", Q(Exists(ROWS.filter(service=None)))),
        Gap("termin", "nächste Ausgabe", Q(next_edition_on=None)),
        Gap("impressum", "Impressum", Q(imprint="")),
    ]

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .select_related("publication__withdrawal")
            .annotate(article_count=ARTICLE_COUNT)
        )

    def preview(self, request, obj):
        return edition_preview(request, obj, self.address_of("change", obj.pk))

    def get_inline_instances(self, request, obj=None):
        """The printed catalogue is taken when an edition is published; until then there is nothing to edit."""
        tables = super().get_inline_instances(request, obj)
        if request.user.is_superuser or (obj and obj.is_published):
            return tables
        return [table for table in tables if not isinstance(table, CatalogueRowTable)]

    def get_urls(self):
        view = self.admin_site.admin_view(self.new_from_template_view)
        return [
            path("aus-vorlage/", view, name="newsletter_edition_new_from_template"),
            *super().get_urls(),
        ]

    def list_tools(self, request):
        tools = super().list_tools(request)
        if not self.has_add_permission(request):
            return tools
        draft = Edition.objects.draft()
        if draft:
            return [*tools, Tool(f"Zum Entwurf: {draft}", self.address_of("change", draft.pk))]
        if not Edition.objects.last_real():
            return tools
        return [*tools, Tool("Neue Ausgabe aus Vorlage", self.address_of("new_from_template"))]

    def new_from_template_view(self, request):
        if not self.has_add_permission(request):
            raise PermissionDenied
        last, draft = Edition.objects.last_real(), Edition.objects.draft()
        if last is None:
            text = "Es gibt noch keine Ausgabe, die als Vorlage dienen kann."
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(self.address_of("changelist"))
        month = Edition.objects.free_month(last.next_edition_on or month_after(last.month))
        form = NewEditionForm(request.POST or None, initial={"month": month})
        if request.method == "POST" and form.is_valid() and not draft:
            try:
                return self._new_from_template(request, form.cleaned_data["month"])
            except IntegrityError:  # somebody has made an edition of this month since
                form.add_error("month", MONTH_TAKEN)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Neue Ausgabe aus Vorlage",
            "form": form,
            "last": last,
            "draft_edition": draft,
            "draft_address": self.address_of("change", draft.pk) if draft else "",
        }
        return render(request, "admin/new_edition.html", context)

    def _new_from_template(self, request, month):
        edition, made = edition_from_last(month)
        if made:
            self.log_addition(request, edition, [{"added": {}}])
            text = (
                "Der Entwurf ist angelegt: mit den Rubriken und Tabellen der Vorlage, ohne ihre Beiträge. "
                "Roll-out und Projekte zeigen die Entwürfe der neuen Stände."
            )
            self.message_user(request, text, messages.SUCCESS)
        else:
            self.message_user(request, f"Es gibt schon einen Entwurf: {edition}.", messages.WARNING)
        return HttpResponseRedirect(self.address_of("change", edition.pk))

    @admin.display(description="Ausgabe", ordering="month")
    def name(self, obj):
        return str(obj)

    @admin.display(description="Monat", ordering="month")
    def month_label(self, obj):
        return format_month(obj.month)

    @admin.display(description="Beiträge")
    def articles(self, obj):
        return obj.article_count

    @admin.display(description="Beiträge")
    def article_links(self, obj):
        if not obj.pk:
            return "nach dem ersten Speichern"
        address = reverse("admin:newsletter_article_changelist")
        return format_html(
            '<a href="{}?edition__id__exact={}">{} anzeigen</a>', address, obj.pk, obj.article_count
        )


class BelowEdition(KeepsWithdrawn, Previewed, GuardedAdmin):
    """A page for a part of an edition, which stays in that edition."""

    settled = ()

    def root(self, obj):
        return obj.edition

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("edition__publication__withdrawal")

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None:
            kwargs["form"] = type("NewForm", (AddingForm, self.form), {})
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "edition"]


class BlockFormSet(SortableFormSet):
    """Blocks hold articles of their own edition, and in a published one published reports only."""

    def limit(self, name, queryset):
        if name == "article":
            return queryset.filter(edition=self.instance.edition_id)
        if name in ("rollout_report", "project_report") and self.instance.edition.is_published:
            return queryset.public()
        return queryset


class BlockForm(RowForm):
    places = {"newsletter_block_holds_what_it_says": "kind"}


class BlockStack(KeepsWithdrawn, TableFields, SortableStackedInline):
    model = Block
    form = BlockForm
    examples = {
        "kind": "ein Beitrag oder eine Tabelle, zum Beispiel „Stand des Roll-Outs“",
        "article": "nur bei der Art „Beitrag“: ein Beitrag dieser Ausgabe",
        "rollout_report": "nur bei der Art „Stand des Roll-Outs“, zum Beispiel Stand 05.10.2022",
        "project_report": "nur bei der Art „Stand der Projekte“, zum Beispiel Stand 14.10.2022",
    }
    formset = BlockFormSet
    ordering = ["position"]
    fields = ["position", "kind", "article", "rollout_report", "project_report", "title", "introduction"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("article", "rubric")


@admin.register(Rubric)
class RubricAdmin(BelowEdition):
    """Reached from its edition."""

    list_display = ["title", "edition", "condition"]
    list_filter = ["edition"]
    ordering = ["-edition__month", "position"]
    search_fields = ["title"]
    search_help_text = "Überschrift"
    fieldsets = [
        (
            None,
            {
                "fields": ["edition", "title", "introduction"],
                "description": "Eine Rubrik ohne Beitrag und Tabelle wird in der Ausgabe nicht gezeigt.",
            },
        )
    ]
    inlines = [BlockStack]
    examples = {
        "introduction": "steht unter der Überschrift, zum Beispiel was die Rubrik zählt; darf leer sein"
    }

    def preview_address(self, obj):
        return reverse("admin:newsletter_edition_preview", args=[obj.edition_id])

    def preview(self, request, obj):
        return HttpResponseRedirect(self.preview_address(obj))

    def view_on_site(self, obj):
        return obj.edition.get_absolute_url() if self.is_public(obj) else None

    def has_module_permission(self, request):
        return False

    def has_add_permission(self, request):
        return False


class ArticleForm(AddressForm):
    """An article that stands nowhere yet can be put into a rubric of its edition at once."""

    known = ("edition",)

    rubric = forms.ModelChoiceField(
        Rubric.objects.none(),
        label="Rubrik",
        required=False,
        empty_label="später zuordnen",
        help_text="Der Beitrag kommt an ihr Ende; ordnen lässt er sich auf der Seite der Rubrik.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        edition = self.instance.edition_id or self.data.get("edition") or self.initial.get("edition")
        if self.instance.pk and not self.instance.can_be_placed:
            del self.fields["rubric"]
        elif str(edition or "").isdecimal():
            self.fields["rubric"].queryset = Rubric.objects.filter(edition=edition).order_by("position")


@admin.register(Article)
class ArticleAdmin(ChoosesServices, AddressAdmin, BelowEdition):
    form = ArticleForm
    examples = {
        "edition": "die Ausgabe, in der er steht, zum Beispiel Ausgabe Oktober 2022",
        "title": "zum Beispiel „Was ist mit dem Once-Only-Prinzip gemeint?“",
    }
    list_display = ["title", "edition", "rubric", "condition", "missing"]
    list_filter = ["edition", GapFilter]
    ordering = ["-edition__month", "block__rubric__position", "block__position", "pk"]
    search_fields = ["title", "body"]
    search_help_text = "Wort aus Überschrift oder Text"
    fieldsets = [
        (None, {"fields": ["edition", "title", "body", "services"]}),
        ("Internetadresse", {"classes": ["collapse"], "fields": ["slug"]}),
    ]
    gaps = [
        Gap("rubrik", "Rubrik", ~Q(HAS_BLOCK)),
        Gap("leistung", "Leistung", ~Q(HAS_SERVICE)),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("block__rubric")

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        rubric = form.cleaned_data.get("rubric")
        if rubric and not Block.objects.filter(article=obj).exists():
            rubric.take(obj)

    @admin.display(description="Rubrik")
    def rubric_link(self, obj):
        return format_html('<a href="{}">{}</a>', form_address(obj.block.rubric), obj.block.rubric)

    def preview(self, request, obj):
        return article_preview(request, obj, self.address_of("change", obj.pk))

    @admin.display(description="Rubrik", empty_value="")
    def rubric(self, obj):
        return obj.block.rubric.title if hasattr(obj, "block") else ""

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), "rubric_link"]

    def get_fieldsets(self, request, obj=None):
        (title, options), *others = super().get_fieldsets(request, obj)
        place = self._place_field(request, obj)
        edition, *texts = options["fields"]
        fieldsets = [(title, options | {"fields": [edition, *place, *texts]}), *others]
        if obj is not None:
            return fieldsets
        note = {"classes": ["collapse"], "fields": ["correction_note"]}
        return [*fieldsets, ("Nur wenn die Ausgabe schon veröffentlicht ist", note)]

    def _place_field(self, request, obj) -> list[str]:
        """Where the article stands, or the choice of a rubric as long as it stands nowhere."""
        if obj is not None and hasattr(obj, "block"):
            return ["rubric_link"]
        may_choose = obj is None or (obj.can_be_placed and self.has_change_permission(request, obj))
        return ["rubric"] if may_choose else []


admin.site.register(Subscriber, SubscriberAdmin)
admin.site.register(ConsentText, ConsentTextAdmin)
admin.site.register(ConsentBatch, ConsentBatchAdmin)
