from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations

from stand.words import keeps_words


class Migration(migrations.Migration):
    # Each table is locked by itself and for a moment, as editors may be at work, and visitors read several at once.
    atomic = False
    dependencies = [("projects", "0022_over_time"), ("stand", "0006_searched_words")]

    operations = [
        keeps_words("projects_project", "name"),
        keeps_words("projects_projectrow", "concat_ws(' ', label, 'LP', lp, lp_name, stand_lines(details))"),
        RemoveIndexConcurrently("project", "projects_project_words"),
        RemoveIndexConcurrently("project", "projects_project_text"),
        RemoveIndexConcurrently("projectrow", "projects_projectrow_words"),
        RemoveIndexConcurrently("projectrow", "projects_projectrow_text"),
    ]
