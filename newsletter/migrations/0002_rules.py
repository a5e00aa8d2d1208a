from django.db import migrations

from stand.rules import guard, lock_root, same_parent

EDITION = {
    "root": "newsletter_edition",
    "publication": "newsletter_editionpublication",
    "column": "edition_id",
}
OF_EDITION = "SELECT ($1->>'edition_id')::bigint"

# What a published edition shows must itself be guarded, and no example may stand in a real edition.
REPORTS_ARE_PUBLIC = """
CREATE FUNCTION newsletter_reports_are_public() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM newsletter_block block
        JOIN newsletter_edition edition ON edition.id = block.edition_id
        JOIN newsletter_editionpublication ON newsletter_editionpublication.edition_id = edition.id
        LEFT JOIN rollout_rolloutreport rollout ON rollout.id = block.rollout_report_id
        LEFT JOIN projects_projectreport project ON project.id = block.project_report_id
        WHERE edition.id = NEW.edition_id AND (
            (rollout.id IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM rollout_rolloutpublication WHERE report_id = rollout.id))
            OR (project.id IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM projects_projectpublication WHERE report_id = project.id))
            OR (coalesce(rollout.illustrative, project.illustrative) AND NOT edition.illustrative)
        )
    ) THEN
        RAISE EXCEPTION 'Eine veröffentlichte Ausgabe zeigt nur veröffentlichte Stände, und Beispieldaten nur als Beispiel.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_are_public AFTER INSERT ON newsletter_editionpublication
    FOR EACH ROW EXECUTE FUNCTION newsletter_reports_are_public();
CREATE TRIGGER reports_are_public AFTER INSERT OR UPDATE ON newsletter_block
    FOR EACH ROW EXECUTE FUNCTION newsletter_reports_are_public();
"""
DROP_REPORTS_ARE_PUBLIC = """
DROP TRIGGER reports_are_public ON newsletter_block;
DROP TRIGGER reports_are_public ON newsletter_editionpublication;
DROP FUNCTION newsletter_reports_are_public();
"""
OF_ARTICLE = "SELECT edition_id FROM newsletter_article WHERE id = ($1->>'article_id')::bigint"


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0001_initial"), ("stand", "0002_rules")]

    operations = [
        guard("newsletter_edition", **EDITION, root_of_row="SELECT ($1->>'id')::bigint"),
        guard("newsletter_rubric", **EDITION, root_of_row=OF_EDITION),
        guard("newsletter_block", **EDITION, root_of_row=OF_EDITION),
        guard("newsletter_article", **EDITION, root_of_row=OF_EDITION),
        guard("newsletter_article_services", **EDITION, root_of_row=OF_ARTICLE),
        guard("newsletter_cataloguerow", **EDITION, root_of_row=OF_EDITION),
        lock_root("newsletter_editionpublication", root="newsletter_edition", column="edition_id"),
        same_parent("newsletter_block", "rubric_id", "newsletter_rubric", "edition_id"),
        same_parent("newsletter_block", "article_id", "newsletter_article", "edition_id"),
        migrations.RunSQL(REPORTS_ARE_PUBLIC, DROP_REPORTS_ARE_PUBLIC),
    ]
