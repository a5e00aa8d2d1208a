"""The sets that follow from the register, for editions that were read in before there were any; later ones bring them."""

from django.db import migrations

SETS = """
INSERT INTO rollout_competenceset (key, name, rule, territory, note)
SELECT key, name, key, territory, ''
FROM (VALUES
    ('districts', 'Landkreise und Kreisfreie Städte', 'whole'),
    ('rural-districts', 'Landkreise', 'rural'),
    ('municipalities', 'Gemeinden', 'whole'),
    ('units', 'Verwaltungseinheiten', 'whole')
) AS made (key, name, territory)
WHERE EXISTS (SELECT 1 FROM rollout_registeredition)
"""
ROWS = """
INSERT INTO rollout_competence (set_id, edition_id, municipality_id, authority_id)
SELECT made.id, entry.edition_id, entry.authority_id,
    CASE made.rule
        WHEN 'municipalities' THEN entry.authority_id
        WHEN 'units' THEN entry.unit_id
        ELSE entry.district_id
    END
FROM rollout_competenceset made
CROSS JOIN rollout_registermunicipality entry
JOIN rollout_authority district ON district.id = entry.district_id
WHERE made.territory = 'whole' OR district.kind = 'landkreis'
"""


class Migration(migrations.Migration):
    dependencies = [("rollout", "0006_competence")]

    operations = [
        migrations.RunSQL(SETS, migrations.RunSQL.noop),
        migrations.RunSQL(ROWS, "DELETE FROM rollout_competence"),
    ]
