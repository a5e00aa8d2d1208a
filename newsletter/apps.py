from django.apps import AppConfig
from django.apps import apps as present_apps
from django.db.models.signals import post_migrate

FIRST_CONSENT_TEXT = (
    "Ich möchte den OZG-Newsletter per E-Mail erhalten. Ich willige ein, dass meine E-Mail-Adresse dafür "
    "gespeichert und verwendet wird, bis ich das Abonnement beende. Das kann ich jederzeit tun, mit dem Link in "
    "jeder E-Mail oder auf dieser Website."
)


def make_first_consent_text(using, apps=present_apps, **kwargs):
    """Without a text nobody could consent. Made after migrating, so that an emptied database has one again."""
    try:
        texts = apps.get_model("newsletter", "ConsentText")._default_manager.using(using)
    except LookupError:  # migrated to a state before there were any
        return
    if not texts.exists():
        texts.create(text=FIRST_CONSENT_TEXT)


class NewsletterConfig(AppConfig):
    name = "newsletter"
    verbose_name = "Newsletter"

    def ready(self):
        post_migrate.connect(make_first_consent_text, sender=self)
