"""The number of what visitors see moves with every change of it, once per transaction, and not with drafts."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from catalogue.models import Service
from newsletter.models import Article, Edition, EditionPdf, EditionWithdrawal
from ozgstatus.demo import REGISTER
from rollout.models import CoverageRow
from stand.models import Correction, DeletedDraft
from tests.factories import (
    AdoptionFactory,
    ArticleFactory,
    AuthorityFactory,
    BlockFactory,
    CatalogueRowFactory,
    CoverageRowFactory,
    EditionFactory,
    LegendEntryFactory,
    PageFactory,
    ProjectFootnoteFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceFactory,
    SiteFactory,
    publish,
)

pytestmark = pytest.mark.django_db

# What no visitor sees of a page that is kept, by table.
NOT_PUBLIC = {
    "stand_formeraddress": "leads from addresses at which there is no page; what answers 404 or 301 is not kept",
    "stand_deleteddraft": "the Papierkorb of the admin",
    "stand_searchedword": "what a word may mean; where it stands, and whether that may be shown, is asked of others",
    "newsletter_consenttext": "stands below /abonnement/ alone, where nothing is kept",
    "newsletter_consentbatch": "subscribers",
    "newsletter_subscriber": "subscribers",
    "newsletter_subscriptionrequest": "subscribers",
    "newsletter_requestcount": "limits of the subscription",
    "newsletter_mailing": "the outbox",
    "newsletter_delivery": "the outbox",
    "ozgstatus_housekeepingrun": "says in the admin that the clock goes",
    "pghistory_context": "who changed something, for the admin",
    "pghistory_events": "no table, but how pghistory reads events",
    "django_admin_log": "the admin",
    "auth_permission": "accounts",
    "auth_group": "accounts",
    "auth_group_permissions": "accounts",
    "auth_user": "accounts",
    "auth_user_groups": "accounts",
    "auth_user_user_permissions": "accounts",
    "django_content_type": "Django's own",
    "django_session": "accounts",
    "account_emailaddress": "accounts",
    "account_emailconfirmation": "accounts",
}
# Whole apps of others that know nothing of what is public.
OF_ACCOUNTS = {"axes", "mfa"}


def number() -> int:
    """As it would be if the transaction ended now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS version_moves IMMEDIATE")
        cursor.execute("SET CONSTRAINTS version_moves DEFERRED")
        cursor.execute("SELECT number FROM stand_version")
        return cursor.fetchone()[0]


def moves_with(change) -> int:
    before = number()
    change()
    return number() - before


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_every_table_is_watched_or_named_as_not_public():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger WHERE tgname LIKE 'moves\\_version\\_%'"
            " GROUP BY 1"
        )
        watched = dict(cursor.fetchall())
    assert set(watched.values()) == {4}  # INSERT, UPDATE, DELETE and TRUNCATE
    tables = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        # An event is written with the row that it tells of.
        if not hasattr(model, "pgh_tracked_model") and model._meta.app_label not in OF_ACCOUNTS
    }
    assert set(watched) | set(NOT_PUBLIC) == tables
    assert not set(watched) & set(NOT_PUBLIC)


# --- drafts ------------------------------------------------------------------------------------


def rollout_report():
    report = RolloutReportFactory()
    footnote = RolloutFootnoteFactory(report=report)
    return report, [report, footnote, CoverageRowFactory(report=report, footnote=footnote)]


def project_report():
    report = ProjectReportFactory()
    footnote = ProjectFootnoteFactory(report=report)
    row = ProjectRowFactory(report=report, footnote=footnote)
    return report, [report, footnote, LegendEntryFactory(report=report), row]


def edition():
    edition = EditionFactory()
    rubric, article = RubricFactory(edition=edition), ArticleFactory(edition=edition)
    block = BlockFactory(rubric=rubric, article=article)
    article.services.add(Service.objects.first())
    row = CatalogueRowFactory(edition=edition)
    return edition, [edition, rubric, article, Article.services.through.objects.get(), block, row]


ROOTS = [rollout_report, project_report, edition]


def delete_draft(root):
    DeletedDraft.keep(root, None)
    root.delete()


@pytest.mark.parametrize("make", ROOTS)
def test_a_draft_moves_nothing_while_it_is_made_saved_deleted_and_restored(make):
    ServiceFactory()
    made = []
    assert moves_with(lambda: made.append(make())) == 0
    [(root, parts)] = made
    for part in parts:
        assert moves_with(part.save) == 0, part
    assert moves_with(lambda: delete_draft(root)) == 0
    assert moves_with(DeletedDraft.objects.get().restore) == 0


@pytest.mark.parametrize("make", ROOTS)
def test_publishing_and_every_part_of_what_is_published_move_it(make):
    ServiceFactory()
    root, parts = make()
    assert moves_with(lambda: publish(root)) == 1
    Correction.declare("Berichtigt.")
    for part in parts:
        assert moves_with(part.save) == 1, part
    for part in reversed(parts[1:]):
        assert moves_with(part.delete) == 1, part


def test_the_pdf_of_a_published_edition_moves_it_and_that_of_a_draft_does_not():
    draft, published = EditionFactory(), publish(EditionFactory())
    pdf = {"content": b"%PDF", "digest": "0" * 64, "change_count": 0}
    assert moves_with(lambda: EditionPdf.objects.create(edition=draft, **pdf)) == 0
    assert moves_with(lambda: EditionPdf.objects.create(edition=published, **pdf)) == 1


def test_a_row_that_leaves_what_is_published_moves_it():
    published, draft = RolloutReportFactory(), RolloutReportFactory()
    CoverageRowFactory(report=published, label="A")
    publish(published)
    Correction.declare("Gehört in einen anderen Stand.")
    number()
    assert moves_with(lambda: CoverageRow.objects.filter(label="A").update(report=draft)) == 1


# --- what is public at once ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make", [ServiceFactory, AuthorityFactory, AdoptionFactory, SiteFactory, PageFactory], ids=str
)
def test_what_has_no_drafts_moves_it_at_once(make):
    made = []
    assert moves_with(lambda: made.append(make())) == 1
    assert moves_with(made[0].save) == 1
    assert moves_with(made[0].delete) == 1


def test_bulk_changes_and_plain_sql_move_it():
    services = [ServiceFactory.build(slug=f"leistung-{n}") for n in range(3)]
    assert moves_with(lambda: Service.objects.bulk_create(services)) == 1
    assert moves_with(lambda: Service.objects.update(position=7)) == 1
    assert moves_with(lambda: sql("UPDATE catalogue_service SET position = 8 WHERE slug = 'leistung-1'")) == 1
    assert moves_with(lambda: sql("UPDATE catalogue_service SET position = 8 WHERE slug = 'nichts'")) == 0
    assert moves_with(lambda: sql("DELETE FROM catalogue_service")) == 1


def test_copy_moves_it():
    def copy():
        with connection.cursor() as cursor:
            columns = "slug, title, text, exclusions, covered_platforms, excluded_platforms"
            with cursor.copy(f"COPY catalogue_funding ({columns}) FROM STDIN") as rows:
                rows.write_row(("land", "Land", "Geld.", "", [], []))

    assert moves_with(copy) == 1


def test_truncate_moves_it():
    assert moves_with(lambda: sql("TRUNCATE catalogue_funding, catalogue_fundingevent CASCADE")) == 1


def test_many_changes_of_one_transaction_move_it_once_and_what_is_rolled_back_not_at_all():
    def many():
        ServiceFactory.create_batch(3)
        AuthorityFactory.create_batch(2)

    assert moves_with(many) == 1

    def refused():
        with pytest.raises(IntegrityError), transaction.atomic():
            ServiceFactory(slug="eine")
            Service.objects.bulk_create([ServiceFactory.build(slug="eine")])

    assert moves_with(refused) == 0


def test_a_withdrawal_is_told_from_other_changes():
    found = publish(EditionFactory())
    publication = Edition.objects.get(pk=found.pk).publication
    before = number()
    EditionWithdrawal.objects.create(publication=publication, withdrawn_on="2026-11-27", reason="Fehler.")
    assert number() == before + 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT withdrawn FROM stand_version")
        assert cursor.fetchone() == (before + 1,)
    assert moves_with(ServiceFactory) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT withdrawn FROM stand_version")
        assert cursor.fetchone() == (before + 1,)


def test_reading_in_a_register_moves_it_once():
    assert moves_with(lambda: call_command("import_register", REGISTER, verbosity=0)) == 1
