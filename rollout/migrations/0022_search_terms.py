from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations

from stand.words import keeps_words


class Migration(migrations.Migration):
    # Each table is locked by itself and for a moment, as editors may be at work, and visitors read several at once.
    atomic = False
    dependencies = [("rollout", "0021_over_time"), ("stand", "0006_searched_words")]

    operations = [
        keeps_words("rollout_authority", "concat_ws(' ', name, kind, key, designation)"),
        keeps_words("rollout_coveragerow", "concat_ws(' ', label, stand_lines(parts))"),
        RemoveIndexConcurrently("authority", "rollout_authority_words"),
        RemoveIndexConcurrently("authority", "rollout_authority_text"),
        RemoveIndexConcurrently("coveragerow", "rollout_coveragerow_words"),
        RemoveIndexConcurrently("coveragerow", "rollout_coveragerow_text"),
    ]
