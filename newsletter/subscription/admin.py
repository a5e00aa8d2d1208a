"""Subscribers for those who send the newsletter. Nothing that is done here leaves an address behind in a log."""

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from newsletter.models import ConsentBatch, ConsentText, Subscriber
from rollout.sheet_admin import SheetFault
from stand.admin import EditorAdmin, FormFields
from stand.draftadmin import Tool, WithTools
from stand.exchange import MAX_AGE, MAX_CARRIED, MAX_ERRORS_SHOWN, UploadForm
from stand.forms import TextField
from stand.uploads import Sheet, read_list

from .exchange import HEADINGS, MAX_ROWS, csv_of, plan_import, take_over

SALT = "newsletter.subscription.import"


class WrittenOnce(EditorAdmin):
    """What proves a consent is added and never changed."""

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ConsentTextAdmin(WrittenOnce):
    list_display = ["version", "text"]
    fields = ["text"]

    def get_fields(self, request, obj=None):
        return ["made_at", "text"] if obj else ["text"]

    def get_changeform_initial_data(self, request):
        """The next version begins as the last."""
        return {"text": ConsentText.objects.current().text}

    @admin.display(description="Fassung", ordering="pk")
    def version(self, obj):
        return str(obj)


class ConsentBatchAdmin(WrittenOnce):
    """Made by taking over a file."""

    list_display = ["name", "made_at", "proof"]
    fields = ["name", "made_at", "proof"]

    def has_add_permission(self, request):
        return False


class ConditionFilter(admin.SimpleListFilter):
    title = "Zustand"
    parameter_name = "zustand"

    def lookups(self, request, model_admin):
        return [("aktiv", "wird zugestellt"), ("ausgesetzt", "ausgesetzt")]

    def queryset(self, request, queryset):
        known = {"aktiv": True, "ausgesetzt": False}
        return (
            queryset.filter(suspended_at__isnull=known[self.value()]) if self.value() in known else queryset
        )


class ProofFilter(admin.SimpleListFilter):
    title = "Nachweis"
    parameter_name = "nachweis"

    def lookups(self, request, model_admin):
        batches = ConsentBatch.objects.values_list("pk", "name")
        return [("bestaetigt", "per E-Mail bestätigt"), *((str(pk), name) for pk, name in batches)]

    def queryset(self, request, queryset):
        if self.value() == "bestaetigt":
            return queryset.filter(batch=None)
        known = dict(self.lookup_choices)
        return queryset.filter(batch=self.value()) if self.value() in known else queryset


class SubscriberUploadForm(UploadForm):
    """A file, and where the consent of those in it is proven."""

    field_order = ["name", "proof", "file"]
    name = forms.CharField(
        label="Bezeichnung",
        max_length=100,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="der Übernahme, zum Beispiel „Umzug vom bisherigen Versand, Dezember 2026“",
        error_messages={"required": "Bitte geben Sie der Übernahme eine Bezeichnung."},
    )
    proof = TextField(
        label="Nachweis",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=ConsentBatch._meta.get_field("proof").help_text,
        error_messages={"required": "Bitte geben Sie an, wo die Einwilligung der Empfänger belegt ist."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = "CSV mit „;“ oder „,“, höchstens 2 MB und 20.000 Zeilen"
        self.fields["file"].widget.attrs["accept"] = ".csv"

    def clean_file(self):
        return read_list(self.cleaned_data["file"], MAX_ROWS)

    def clean(self):
        cleaned = super().clean()
        name, proof = cleaned.get("name"), cleaned.get("proof")
        earlier = ConsentBatch.objects.filter(name=name).first() if name and proof else None
        if earlier and earlier.proof != proof:
            self.add_error(
                "name",
                "Eine Übernahme dieser Bezeichnung gibt es schon, mit einem anderen Nachweis. "
                "Bitte wählen Sie eine andere Bezeichnung oder denselben Nachweis.",
            )
        return cleaned


class SubscriberAdmin(WithTools, FormFields, admin.ModelAdmin):
    """To look up, to delete, to bring from a file and to take out; the proof is nobody's to edit."""

    list_display = ["address", "confirmed", "suspended", "proof"]
    list_filter = [ConditionFilter, ProofFilter]
    list_select_related = ["consent", "batch"]
    list_per_page = 100
    search_fields = ["address"]
    search_help_text = "E-Mail-Adresse oder ein Teil davon"
    fields = ["address", "requested_at", "confirmed_at", "consent", "batch", "suspended_at"]
    actions = ["delete_selected"]

    def has_add_permission(self, request):
        return False  # an address comes with a proof: by confirming, or from a file

    def has_change_permission(self, request, obj=None):
        return False

    @admin.display(description="bestätigt", ordering="confirmed_at", empty_value="keine Angabe")
    def confirmed(self, obj):
        return obj.confirmed_at and f"{timezone.localtime(obj.confirmed_at):%d.%m.%Y}"

    @admin.display(description="ausgesetzt", ordering="suspended_at", empty_value="")
    def suspended(self, obj):
        return obj.suspended_at and f"{timezone.localtime(obj.suspended_at):%d.%m.%Y}"

    @admin.display(description="Nachweis", empty_value="keine Angabe")
    def proof(self, obj):
        return obj.batch or obj.consent

    def delete_model(self, request, obj):
        Subscriber.objects.filter(pk=obj.pk).leave()

    def delete_queryset(self, request, queryset):
        queryset.leave()

    # --- nothing is logged

    def log_addition(self, request, obj, message):
        return None

    log_change = log_addition

    def log_deletions(self, request, queryset):
        return []

    def history_view(self, request, object_id, extra_context=None):
        """There is none, of purpose."""
        return HttpResponseRedirect(self.address_of("change", object_id))

    def get_deleted_objects(self, objs, request):
        """What is deleted with them is theirs, whatever else somebody may delete."""
        return list(map(str, objs)), {self.opts.verbose_name_plural: len(objs)}, set(), []

    def response_delete(self, request, obj_display, obj_id):
        """Without the address: messages travel in a cookie or in the session."""
        self.message_user(request, "Das Abonnement ist gelöscht.", messages.SUCCESS)
        return HttpResponseRedirect(self.address_of("changelist"))

    # --- files

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("csv/", wrap(self.csv_view), name="newsletter_subscriber_csv"),
            path("uebernehmen/", wrap(self.import_view), name="newsletter_subscriber_import"),
            *super().get_urls(),
        ]

    def may_import(self, request) -> bool:
        return request.user.has_perms(["newsletter.add_subscriber", "newsletter.add_consentbatch"])

    def list_tools(self, request):
        tools = [*super().list_tools(request), Tool("Als CSV herunterladen", self.address_of("csv"))]
        if self.may_import(request):
            tools.append(Tool("Aus Datei übernehmen", self.address_of("import")))
        return tools

    def csv_view(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        subscribers = Subscriber.objects.with_proof().order_by("address")
        response = HttpResponse(csv_of(subscribers), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="abonnements.csv"'
        return response

    def import_view(self, request):
        """The choice of a file, then what it would bring, then that."""
        if not self.may_import(request):
            raise PermissionDenied
        if "carried" in request.POST:
            return self._take_over(request)
        form = SubscriberUploadForm(request.POST or None, request.FILES or None)
        if request.method != "POST" or not form.is_valid():
            return self._upload_page(request, form)
        sheet = form.cleaned_data["file"]
        try:
            plan = plan_import(sheet)
        except SheetFault as fault:
            return self._upload_page(request, form, fault.errors)
        carried = signing.dumps(
            [sheet.headings, sheet.rows, form.cleaned_data["name"], form.cleaned_data["proof"]],
            salt=f"{SALT} {request.user.pk}",
            compress=True,
        )
        if len(carried) > MAX_CARRIED:
            return self._upload_page(request, form, ["Die Texte der Datei sind zusammen zu lang."])
        values = {"plan": plan, "carried": carried, **form.cleaned_data}
        return self._page(request, "admin/subscribers_confirm.html", **values)

    def _take_over(self, request):
        """What was confirmed travels signed in the page, so that no file is kept anywhere."""
        try:
            headings, rows, name, proof = signing.loads(
                request.POST["carried"], salt=f"{SALT} {request.user.pk}", max_age=MAX_AGE
            )
        except signing.BadSignature:
            text = "Die Prüfung gilt nicht mehr. Bitte laden Sie die Datei noch einmal hoch."
            return self._upload_page(request, SubscriberUploadForm(), [text])
        sheet = Sheet(headings, [(number, texts) for number, texts in rows])
        plan = take_over(sheet, name, proof)
        self.message_user(request, f"Übernommen: {plan.summary}.", messages.SUCCESS)
        return HttpResponseRedirect(self.address_of("changelist"))

    def _upload_page(self, request, form, errors=()):
        context = {
            "form": form,
            "row_errors": errors[:MAX_ERRORS_SHOWN],
            "more_errors": max(0, len(errors) - MAX_ERRORS_SHOWN),
            "headings": HEADINGS,
        }
        return self._page(request, "admin/subscribers_import.html", **context)

    def _page(self, request, template, **context):
        frame = self.admin_site.each_context(request)
        title = {"title": "Abonnements aus Datei übernehmen", "opts": self.opts}
        return TemplateResponse(request, template, {**frame, **title, **context})
