"""Who may do what: the groups of editors, and a login without sign-up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.models import Group, Permission

# Everything that editors maintain; publications and corrections are written by the site itself.
MAINTAINED = {
    "catalogue": ["service", "servicepart", "funding"],
    "rollout": [
        "rolloutreport",
        "rolloutfootnote",
        "coveragerow",
        "succession",
        "competenceset",
        "competence",
        "servicecompetence",
        "adoption",
    ],
    "projects": ["project", "projectreport", "projectfootnote", "projectrow", "legendentry"],
    "newsletter": ["edition", "rubric", "block", "article", "cataloguerow"],
}
# The rows of a text that editors add themselves.
ROWS_OF_TEXTS = {"ozgstatus": ["accessibilityexception"]}
# What is there by itself: the texts of the site, and whom the register has.
SITE_TEXTS = {"ozgstatus": ["site", "page", "accessibilitystatement"]}
AUTHORITIES = {"rollout": ["authority"]}
# Editions of the register are added by reading them in, and stay as they are.
EDITIONS_OF_THE_REGISTER = {"rollout": ["registeredition"]}
# A version of the consent text is added and never changed.
CONSENT_TEXTS = {"newsletter": ["consenttext"]}
# Who receives the newsletter, with where the earlier consent is proven: for those who send it.
SUBSCRIBERS = {"newsletter": ["subscriber", "consentbatch"]}
READ_ONLY = {"stand": ["correction", "correctionchange", "deleteddraft"]}


class EditorsOnly(DefaultAccountAdapter):
    """Accounts are made by an administrator, never by the visitor."""

    def is_open_for_signup(self, request):
        return False


def _permissions(models: dict[str, list[str]], *actions: str):
    codenames = [f"{action}_{model}" for names in models.values() for model in names for action in actions]
    return Permission.objects.filter(content_type__app_label__in=models, codename__in=codenames)


def make_groups(**kwargs):
    """The groups Redaktion and Freigabe with their permissions; permissions added by hand stay."""
    editors, _ = Group.objects.get_or_create(name="Redaktion")
    editors.permissions.add(
        *_permissions(MAINTAINED, "view", "add", "change", "delete"),
        *_permissions(SITE_TEXTS, "view", "change"),
        *_permissions(ROWS_OF_TEXTS, "view", "add", "change", "delete"),
        *_permissions(AUTHORITIES, "view", "change"),
        *_permissions(EDITIONS_OF_THE_REGISTER, "view", "add"),
        *_permissions(CONSENT_TEXTS, "view", "add"),
        *_permissions(READ_ONLY, "view"),
    )
    approvers, _ = Group.objects.get_or_create(name="Freigabe")
    approvers.permissions.add(
        *_permissions(MAINTAINED, "view"),
        *_permissions(SITE_TEXTS, "view"),
        *_permissions(ROWS_OF_TEXTS, "view"),
        *_permissions(AUTHORITIES, "view"),
        *_permissions(EDITIONS_OF_THE_REGISTER, "view"),
        *_permissions(CONSENT_TEXTS, "view"),
        *_permissions(SUBSCRIBERS, "view", "add", "delete"),
        *_permissions(READ_ONLY, "view"),
        *_permissions({"newsletter": ["edition"]}, "publish"),
    )
