from django.db import migrations

from stand.versions import moves_version


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ozgstatus", "0031_housekeeping_run"), ("stand", "0004_version")]

    operations = [
        moves_version("ozgstatus_accessibilitystatement"),
        moves_version("ozgstatus_accessibilityexception"),
    ]
