"""Who may do what: the groups of editors, and a login without sign-up."""

import logging
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.contrib.auth.models import Group, Permission

from newsletter.subscription.limits import network_of

from .sessions import just_begun

logger = logging.getLogger(__name__)
SENDERS = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")

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

    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": "Zu viele falsche Codes. Bitte versuchen Sie es in 15 Minuten noch einmal.",
        "rate_limited": "Zu viele Versuche. Bitte versuchen Sie es in 15 Minuten noch einmal.",
    }

    def is_open_for_signup(self, request):
        return False

    def get_client_ip(self, request):
        """As all of the site has it; allauth's own fails where a proxy has not said whom it speaks for."""
        return network_of(request)

    def pre_authenticate(self, request, **credentials):
        """Wrong passwords are counted by axes; allauth would lock a name for everybody."""

    def is_safe_url(self, url):
        """What cannot be read as an address is none; allauth would fail."""
        try:
            return super().is_safe_url(url)
        except ValueError:
            return False

    def send_password_reset_mail(self, user, email, context):
        """After the answer: how long it takes, or that it fails, would tell that there is such an account."""
        SENDERS.submit(copy_context().run, self._send, "account/email/password_reset_key", email, context)

    def _send(self, template, email, context):
        try:
            self.send_mail(template, email, context)
        except Exception:
            logger.exception("The mail that sets a password could not be sent.")

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Who has just logged in has said who it is."""
        return not just_begun(context.request.session)


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
