from django.db import migrations

from stand.rules import guard, lock_root, same_parent

REPORT = {"root": "rollout_rolloutreport", "publication": "rollout_rolloutpublication", "column": "report_id"}


class Migration(migrations.Migration):
    dependencies = [("rollout", "0001_initial"), ("stand", "0002_rules")]

    operations = [
        guard("rollout_rolloutreport", **REPORT, root_of_row="SELECT ($1->>'id')::bigint"),
        guard("rollout_rolloutfootnote", **REPORT, root_of_row="SELECT ($1->>'report_id')::bigint"),
        guard("rollout_coveragerow", **REPORT, root_of_row="SELECT ($1->>'report_id')::bigint"),
        lock_root("rollout_rolloutpublication", root="rollout_rolloutreport", column="report_id"),
        same_parent("rollout_coveragerow", "footnote_id", "rollout_rolloutfootnote", "report_id"),
    ]
