"""Every upload is bounded, before and after it is unpacked; what is too large is refused and changes nothing."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.forms import FileField, Form
from django.urls import reverse

from rollout.register_admin import UploadForm as RegisterUploadForm
from stand import uploads
from stand.exchange import UploadForm
from tests.admin import client_of, page_of
from tests.factories import (
    CompetenceSetFactory,
    ProjectReportFactory,
    RegisterMunicipalityFactory,
    RolloutReportFactory,
)
from tests.html import text_of

pytestmark = pytest.mark.django_db

KINDS = {
    "coverage": lambda: page_of(RolloutReportFactory(), "import"),
    "projects": lambda: page_of(ProjectReportFactory(), "import"),
    "adoptions": lambda: reverse("admin:rollout_adoption_sheet"),
    "competences": lambda: reverse("admin:rollout_competenceset_sheet", args=[CompetenceSetFactory().pk]),
    "register": lambda: reverse("admin:rollout_registeredition_import"),
    "subscribers": lambda: reverse("admin:newsletter_subscriber_import"),
}


def bomb() -> bytes:
    """30 MB of blanks in a workbook of 30 KB."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    return packed.getvalue()


FILES = {
    "too many bytes": ("x.csv", b"a;b\n" * (uploads.MAX_BYTES // 2)),
    "too many bytes once unpacked": ("x.xlsx", bomb()),
    "an archive that is none": ("x.xlsx", b"PK\x03\x04" + b"\x00" * 100),
    "a program": ("x.csv", b"MZ\x90\x00\x03" * 100),
    "nothing": ("x.csv", b""),
}


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_too_large_or_no_table_is_refused_at_the_field(kind, file):
    client = client_of("Chefin", is_superuser=True)
    client.raise_request_exception = False
    RegisterMunicipalityFactory()  # without a register nothing is competent for anything
    address = KINDS[kind]()
    with connection.execute_wrapper(_refuse_to_write):
        response = client.post(address, {"file": SimpleUploadedFile(*file), "layout": "", "kind": "csv"})
    assert response.status_code == 200
    assert "Datei" in text_of(response) or "Datei" in response.content.decode()
    assert response.context["form"].errors


def _refuse_to_write(execute, sql, params, many, context):
    written = sql.split(maxsplit=3)
    writes = written[0] in ("INSERT", "UPDATE", "DELETE") and "django_session" not in sql
    assert not writes, sql
    return execute(sql, params, many, context)


@pytest.mark.parametrize("kind", KINDS)
def test_more_than_anything_may_have_is_not_even_received(kind, settings):
    client = client_of("Chefin", is_superuser=True)
    response = client.generic(
        "POST",
        KINDS[kind](),
        b"x",
        "multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(settings.LARGEST_REQUEST + 1),
    )
    assert response.status_code == 413
    assert "nimmt Dateien bis 10 MB an" in text_of(response)


def test_these_are_all_forms_with_a_file():
    forms = {form for form in _below(UploadForm)} | {form for form in _below(RegisterUploadForm)}
    others = {
        form
        for form in _below(Form)
        if any(isinstance(field, FileField) for field in form.base_fields.values())
    }
    assert {form.__module__.partition(".")[0] for form in others} <= {
        "stand",
        "rollout",
        "newsletter",
        "import_export",
    }
    assert {form for form in others if not form.__module__.startswith("import_export")} == forms


def _below(form) -> set:
    return {form}.union(*map(_below, form.__subclasses__()))
