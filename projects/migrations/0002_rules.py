from django.db import migrations

from stand.rules import guard, lock_root, same_parent

REPORT = {
    "root": "projects_projectreport",
    "publication": "projects_projectpublication",
    "column": "report_id",
}


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial"), ("stand", "0002_rules")]

    operations = [
        guard("projects_projectreport", **REPORT, root_of_row="SELECT ($1->>'id')::bigint"),
        guard("projects_projectfootnote", **REPORT, root_of_row="SELECT ($1->>'report_id')::bigint"),
        guard("projects_legendentry", **REPORT, root_of_row="SELECT ($1->>'report_id')::bigint"),
        guard("projects_projectrow", **REPORT, root_of_row="SELECT ($1->>'report_id')::bigint"),
        lock_root("projects_projectpublication", root="projects_projectreport", column="report_id"),
        same_parent("projects_projectrow", "footnote_id", "projects_projectfootnote", "report_id"),
    ]
