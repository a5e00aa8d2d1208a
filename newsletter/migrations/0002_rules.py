from django.db import migrations

from stand.rules import guard, lock_root, same_parent

EDITION = {
    "root": "newsletter_edition",
    "publication": "newsletter_editionpublication",
    "column": "edition_id",
}
OF_EDITION = "SELECT ($1->>'edition_id')::bigint"
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
    ]
