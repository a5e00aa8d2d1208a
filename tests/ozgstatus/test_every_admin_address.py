"""Every address below /admin/ and what each kind of visitor gets there.

The addresses come from the site map, so that a new one without an expectation fails. Expected are the answers to GET
and POST: a status, or "login" for being sent there. POST sends what the page's own form would send to an administrator,
with something changed, so that whatever is not refused has an effect.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, get_resolver

from catalogue.models import Service
from newsletter.models import Edition, EditionWithdrawal
from ozgstatus.models import AccessibilityStatement
from projects.models import Project, ProjectReport
from rollout.models import RolloutReport
from stand.models import Correction, DeletedDraft, WorkState
from tests.admin import client_of, filled, make_user
from tests.factories import (
    ConsentBatchFactory,
    FundingFactory,
    ServiceFactory,
    SubscriberFactory,
    SuccessionFactory,
    month,
)
from tests.test_html import html_validate

from .content import make_small_site

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
PEOPLE = ["anonymous", "Redaktion", "Freigabe", "administrator"]

# By address and what it shows: the answers to GET and POST.
EXPECTED = """
# address                                      state                  anonymous   Redaktion Freigabe  administrator
account_login                                  -                      200/200     302/302   302/302   302/302
account_logout                                 -                      302/302     200/302   200/302   200/302
account_inactive                               -                      200/405     200/405   200/405   200/405
account_signup                                 -                      200/405     200/405   200/405   200/405
account_change_password                        -                      login/login 302/302   302/302   302/302
account_reset_password                         -                      200/200     200/200   200/200   200/200
account_reset_password_done                    -                      200/405     200/405   200/405   200/405
account_reset_password_from_key                -                      302/302     302/302   302/302   302/302
account_reset_password_from_key_done           -                      200/405     200/405   200/405   200/405
account_reauthenticate                         -                      login/login 403/403   403/403   403/403
mfa_index                                      -                      login/login 200/405   200/405   200/405
mfa_authenticate                               -                      302/302     302/302   302/302   302/302
mfa_reauthenticate                             -                      login/login 403/403   403/403   403/403
mfa_activate_totp                              -                      login/login 200/200   200/200   200/200
mfa_deactivate_totp                            -                      login/login 404/404   404/404   404/404
mfa_view_recovery_codes                        -                      login/login 404/405   404/405   404/405
mfa_generate_recovery_codes                    -                      login/login 200/200   200/200   200/200
admin:guide                                    -                      login/login 200/405   200/405   200/405
admin:guide_page                               -                      login/login 200/405   200/405   200/405
admin:mailbox                                  -                      login/login 404/405   404/405   404/405
admin:mailbox_mail                             -                      login/login 404/405   404/405   404/405
admin:mailbox_mail_html                        -                      login/login 404/405   404/405   404/405
admin:catalogue_service_report_available       planned                login/login 200/302   403/403   200/302
admin:catalogue_service_report_available       available              login/login 302/302   403/403   302/302
admin:catalogue_service_report_discontinued    planned                login/login 302/302   403/403   302/302
admin:catalogue_service_report_discontinued    available              login/login 200/302   403/403   200/302
admin:catalogue_service_postpone               planned                login/login 200/302   403/403   200/302
admin:catalogue_service_postpone               available              login/login 302/302   403/403   302/302
admin:rollout_adoption_csv                     -                      login/login 200/200   200/200   200/200
admin:rollout_adoption_sheet                   -                      login/login 200/200   403/403   200/200
admin:rollout_adoption_changelist              -                      login/login 200/200   200/200   200/200
admin:rollout_adoption_add                     -                      login/login 200/200   403/403   200/200
admin:rollout_adoption_history                 -                      login/login 200/200   200/200   200/200
admin:rollout_adoption_delete                  -                      login/login 200/302   403/403   200/302
admin:rollout_adoption_change                  -                      login/login 200/302   200/403   200/302
admin/rollout/adoption/<path:object_id>/       -                      login/login 302/302   302/302   302/302
admin:catalogue_service_adoptions              planned                login/login 200/200   200/403   200/200
admin:catalogue_service_adoptions              available              login/login 200/200   200/403   200/200
admin:rollout_competenceset_places             -                      login/login 200/200   200/403   200/200
admin:rollout_competenceset_csv                -                      login/login 200/200   200/200   200/200
admin:rollout_competenceset_sheet              -                      login/login 200/200   403/403   200/200
admin:rollout_competenceset_changelist         -                      login/login 200/200   200/200   200/200
admin:rollout_competenceset_add                -                      login/login 200/200   403/403   200/200
admin:rollout_competenceset_history            -                      login/login 200/200   200/200   200/200
admin:rollout_competenceset_delete             -                      login/login 200/200   403/403   200/200
admin:rollout_competenceset_change             -                      login/login 200/302   200/403   200/302
admin/rollout/competenceset/<path:object_id>/  -                      login/login 302/302   302/302   302/302
admin:rollout_authority_adoptions              -                      login/login 200/200   200/403   200/200
admin:rollout_succession_passing               -                      login/login 200/200   403/403   200/200
admin:rollout_rolloutreport_compute            public                 login/login 302/302   403/403   302/302
admin:rollout_rolloutreport_compute            draft                  login/login 200/200   403/403   200/200
admin:index                                    -                      login/login 200/200   200/200   200/200
admin:login                                    -                      login/login 302/302   302/302   302/302
admin:logout                                   -                      302/302     302/302   302/302   302/302
admin:password_change                          -                      login/login 302/302   302/302   302/302
admin:password_change_done                     -                      login/login 302/302   302/302   302/302
admin:autocomplete                             -                      login/login 403/405   403/405   403/405
admin:jsi18n                                   -                      login/login 200/405   200/405   200/405
admin:view_on_site                             -                      login/login 302/302   302/302   302/302
admin:stand_correction_changelist              -                      login/login 200/200   200/200   200/200
admin:stand_correction_add                     -                      login/login 403/403   403/403   403/403
admin:stand_correction_history                 -                      login/login 200/200   200/200   200/200
admin:stand_correction_delete                  -                      login/login 403/403   403/403   403/403
admin:stand_correction_change                  -                      login/login 200/403   200/403   200/403
admin/stand/correction/<path:object_id>/       -                      login/login 302/302   302/302   302/302
admin:stand_formeraddress_changelist           -                      login/login 403/403   403/403   200/200
admin:stand_formeraddress_add                  -                      login/login 403/403   403/403   403/403
admin:stand_formeraddress_history              -                      login/login 403/403   403/403   200/200
admin:stand_formeraddress_delete               -                      login/login 403/403   403/403   403/403
admin:stand_formeraddress_change               -                      login/login 403/403   403/403   200/403
admin/stand/formeraddress/<path:object_id>/    -                      login/login 302/302   302/302   302/302
admin:stand_deleteddraft_restore               -                      login/login 405/302   405/403   405/302
admin:stand_deleteddraft_changelist            -                      login/login 200/200   200/200   200/200
admin:stand_deleteddraft_add                   -                      login/login 403/403   403/403   403/403
admin:stand_deleteddraft_history               -                      login/login 200/200   200/200   200/200
admin:stand_deleteddraft_delete                -                      login/login 403/403   403/403   403/403
admin:stand_deleteddraft_change                -                      login/login 200/403   200/403   200/403
admin/stand/deleteddraft/<path:object_id>/     -                      login/login 302/302   302/302   302/302
admin:catalogue_service_changelist             -                      login/login 200/200   200/200   200/200
admin:catalogue_service_add                    -                      login/login 200/200   403/403   200/200
admin:catalogue_service_history                planned,available      login/login 200/200   200/200   200/200
admin:catalogue_service_delete                 planned                login/login 200/302   403/403   200/302
admin:catalogue_service_delete                 available              login/login 200/200   403/403   200/200
admin:catalogue_service_change                 planned,available      login/login 200/302   200/403   200/302
admin/catalogue/service/<path:object_id>/      -                      login/login 302/302   302/302   302/302
admin:catalogue_funding_changelist             -                      login/login 200/200   200/200   200/200
admin:catalogue_funding_add                    -                      login/login 200/200   403/403   200/200
admin:catalogue_funding_history                -                      login/login 200/200   200/200   200/200
admin:catalogue_funding_delete                 -                      login/login 200/302   403/403   200/302
admin:catalogue_funding_change                 -                      login/login 200/302   200/403   200/302
admin/catalogue/funding/<path:object_id>/      -                      login/login 302/302   302/302   302/302
admin:newsletter_edition_new_from_template     -                      login/login 200/200   403/403   200/200
admin:newsletter_edition_publish               public,withdrawn       login/login 302/403   302/302   302/302
admin:newsletter_edition_publish               draft                  login/login 200/403   200/302   200/302
admin:newsletter_edition_mailing               public,draft,withdrawn login/login 200/403   200/200   200/200
admin:newsletter_edition_deliveries            public,draft,withdrawn login/login 403/403   302/302   302/302
admin:newsletter_edition_withdraw              public                 login/login 403/403   200/302   200/302
admin:newsletter_edition_withdraw              draft,withdrawn        login/login 403/403   302/302   302/302
admin:newsletter_edition_preview               public,withdrawn       login/login 302/302   302/302   302/302
admin:newsletter_edition_preview               draft                  login/login 200/302   200/302   200/302
admin:newsletter_edition_mail                  public,draft           login/login 200/302   200/302   200/302
admin:newsletter_edition_mail                  withdrawn              login/login 302/302   302/302   302/302
admin:newsletter_edition_mail_html             public,draft           login/login 200/302   200/302   200/302
admin:newsletter_edition_mail_html             withdrawn              login/login 302/302   302/302   302/302
admin:newsletter_edition_changelist            -                      login/login 200/200   200/200   200/200
admin:newsletter_edition_add                   -                      login/login 200/302   403/403   200/302
admin:newsletter_edition_history               public,draft,withdrawn login/login 200/200   200/200   200/200
admin:newsletter_edition_delete                public,withdrawn       login/login 403/403   403/403   403/403
admin:newsletter_edition_delete                draft                  login/login 200/302   403/403   200/302
admin:newsletter_edition_change                public,draft           login/login 200/302   200/403   200/302
admin:newsletter_edition_change                withdrawn              login/login 200/403   200/403   200/403
admin/newsletter/edition/<path:object_id>/     -                      login/login 302/302   302/302   302/302
admin:newsletter_rubric_preview                public,draft,withdrawn login/login 302/302   302/302   302/302
admin:newsletter_rubric_changelist             -                      login/login 200/200   200/200   200/200
admin:newsletter_rubric_add                    -                      login/login 403/403   403/403   403/403
admin:newsletter_rubric_history                public,draft,withdrawn login/login 200/200   200/200   200/200
admin:newsletter_rubric_delete                 public,withdrawn       login/login 403/403   403/403   403/403
admin:newsletter_rubric_delete                 draft                  login/login 200/302   403/403   200/302
admin:newsletter_rubric_change                 public,draft           login/login 200/302   200/403   200/302
admin:newsletter_rubric_change                 withdrawn              login/login 200/403   200/403   200/403
admin/newsletter/rubric/<path:object_id>/      -                      login/login 302/302   302/302   302/302
admin:newsletter_article_preview               public,withdrawn       login/login 302/302   302/302   302/302
admin:newsletter_article_preview               draft                  login/login 200/302   200/302   200/302
admin:newsletter_article_changelist            -                      login/login 200/200   200/200   200/200
admin:newsletter_article_add                   -                      login/login 200/200   403/403   200/200
admin:newsletter_article_history               public,draft,withdrawn login/login 200/200   200/200   200/200
admin:newsletter_article_delete                public,withdrawn       login/login 403/403   403/403   403/403
admin:newsletter_article_delete                draft                  login/login 200/200   403/403   200/200
admin:newsletter_article_change                public,draft           login/login 200/302   200/403   200/302
admin:newsletter_article_change                withdrawn              login/login 200/403   200/403   200/403
admin/newsletter/article/<path:object_id>/     -                      login/login 302/302   302/302   302/302
admin:newsletter_subscriber_csv                -                      login/login 403/403 200/200   200/200
admin:newsletter_subscriber_import             -                      login/login 403/403 200/200   200/200
admin:newsletter_subscriber_changelist         -                      login/login 403/403 200/200   200/200
admin:newsletter_subscriber_add                -                      login/login 403/403 403/403   403/403
admin:newsletter_subscriber_history            -                      login/login 302/302 302/302   302/302
admin:newsletter_subscriber_delete             -                      login/login 403/403 200/302   200/302
admin:newsletter_subscriber_change             -                      login/login 403/403 200/403   200/403
admin/newsletter/subscriber/<path:object_id>/  -                      login/login 302/302 302/302   302/302
admin:newsletter_consenttext_changelist        -                      login/login 200/200 200/200   200/200
admin:newsletter_consenttext_add               -                      login/login 200/302 403/403   200/302
admin:newsletter_consenttext_history           -                      login/login 200/200 200/200   200/200
admin:newsletter_consenttext_delete            -                      login/login 403/403 403/403   403/403
admin:newsletter_consenttext_change            -                      login/login 200/403 200/403   200/403
admin/newsletter/consenttext/<path:object_id>/ -                      login/login 302/302 302/302   302/302
admin:newsletter_consentbatch_changelist       -                      login/login 403/403 200/200   200/200
admin:newsletter_consentbatch_add              -                      login/login 403/403 403/403   403/403
admin:newsletter_consentbatch_history          -                      login/login 403/403 200/200   200/200
admin:newsletter_consentbatch_delete           -                      login/login 403/403 403/403   403/403
admin:newsletter_consentbatch_change           -                      login/login 403/403 200/403   200/403
admin/newsletter/consentbatch/<path:object_id>/ -                      login/login 302/302 302/302   302/302
admin:projects_project_changelist              -                      login/login 200/200   200/200   200/200
admin:projects_project_add                     -                      login/login 200/302   403/403   200/302
admin:projects_project_history                 public,draft           login/login 200/200   200/200   200/200
admin:projects_project_delete                  public,draft           login/login 200/200   403/403   200/200
admin:projects_project_change                  public,draft           login/login 200/302   200/403   200/302
admin/projects/project/<path:object_id>/       -                      login/login 302/302   302/302   302/302
admin:projects_projectreport_import            public,draft           login/login 200/200   403/403   200/200
admin:projects_projectreport_export            public,draft           login/login 200/200   200/200   200/200
admin:projects_projectreport_grid              public,draft           login/login 200/302   403/403   200/302
admin:projects_projectreport_preview           public                 login/login 302/302   302/302   302/302
admin:projects_projectreport_preview           draft                  login/login 200/302   200/302   200/302
admin:projects_projectreport_new_from_last     -                      login/login 302/302   403/403   302/302
admin:projects_projectreport_changelist        -                      login/login 200/200   200/200   200/200
admin:projects_projectreport_add               -                      login/login 200/302   403/403   200/302
admin:projects_projectreport_history           public,draft           login/login 200/200   200/200   200/200
admin:projects_projectreport_delete            public                 login/login 403/403   403/403   403/403
admin:projects_projectreport_delete            draft                  login/login 200/200   403/403   200/200
admin:projects_projectreport_change            public,draft           login/login 200/302   200/403   200/302
admin/projects/projectreport/<path:object_id>/ -                      login/login 302/302   302/302   302/302
admin:rollout_rolloutreport_import             public,draft           login/login 200/200   403/403   200/200
admin:rollout_rolloutreport_export             public,draft           login/login 200/200   200/200   200/200
admin:rollout_rolloutreport_grid               public,draft           login/login 200/302   403/403   200/302
admin:rollout_rolloutreport_preview            public                 login/login 302/302   302/302   302/302
admin:rollout_rolloutreport_preview            draft                  login/login 200/302   200/302   200/302
admin:rollout_rolloutreport_new_from_last      -                      login/login 302/302   403/403   302/302
admin:rollout_rolloutreport_changelist         -                      login/login 200/200   200/200   200/200
admin:rollout_rolloutreport_add                -                      login/login 200/302   403/403   200/302
admin:rollout_rolloutreport_history            public,draft           login/login 200/200   200/200   200/200
admin:rollout_rolloutreport_delete             public                 login/login 403/403   403/403   403/403
admin:rollout_rolloutreport_delete             draft                  login/login 200/200   403/403   200/200
admin:rollout_rolloutreport_change             public,draft           login/login 200/302   200/403   200/302
admin/rollout/rolloutreport/<path:object_id>/  -                      login/login 302/302   302/302   302/302
admin:rollout_authority_changelist             -                      login/login 200/200   200/200   200/200
admin:rollout_authority_add                    -                      login/login 403/403   403/403   403/403
admin:rollout_authority_history                -                      login/login 200/200   200/200   200/200
admin:rollout_authority_delete                 -                      login/login 403/403   403/403   403/403
admin:rollout_authority_change                 -                      login/login 200/302   200/403   200/302
admin/rollout/authority/<path:object_id>/      -                      login/login 302/302   302/302   302/302
admin:rollout_succession_changelist            -                      login/login 200/200   200/200   200/200
admin:rollout_succession_add                   -                      login/login 200/200   403/403   200/200
admin:rollout_succession_history               -                      login/login 200/200   200/200   200/200
admin:rollout_succession_delete                -                      login/login 200/302   403/403   200/302
admin:rollout_succession_change                -                      login/login 200/302   200/403   200/302
admin/rollout/succession/<path:object_id>/     -                      login/login 302/302   302/302   302/302
admin:rollout_registeredition_import           -                      login/login 200/200   403/403   200/200
admin:rollout_registeredition_confirm          -                      login/login 302/302   403/403   302/302
admin:rollout_registeredition_changelist       -                      login/login 200/200   200/200   200/200
admin:rollout_registeredition_add              -                      login/login 403/403   403/403   403/403
admin:rollout_registeredition_history          -                      login/login 200/200   200/200   200/200
admin:rollout_registeredition_delete           -                      login/login 403/403   403/403   403/403
admin:rollout_registeredition_change           -                      login/login 200/403   200/403   200/403
admin/rollout/registeredition/<path:object_id>/ -                     login/login 302/302   302/302   302/302
admin:auth_group_changelist                    -                      login/login 403/403   403/403   200/200
admin:auth_group_add                           -                      login/login 403/403   403/403   200/302
admin:auth_group_history                       -                      login/login 403/403   403/403   200/200
admin:auth_group_delete                        -                      login/login 403/403   403/403   200/302
admin:auth_group_change                        -                      login/login 403/403   403/403   200/302
admin/auth/group/<path:object_id>/             -                      login/login 302/302   302/302   302/302
admin:auth_user_password_change                -                      login/login 403/403   403/403   200/200
admin:auth_user_changelist                     -                      login/login 403/403   403/403   200/200
admin:auth_user_add                            -                      login/login 403/403   403/403   200/200
admin:auth_user_history                        -                      login/login 403/403   403/403   200/200
admin:auth_user_delete                         -                      login/login 403/403   403/403   200/302
admin:auth_user_change                         -                      login/login 403/403   403/403   200/302
admin/auth/user/<path:object_id>/              -                      login/login 302/302   302/302   302/302
admin:account_emailaddress_changelist          -                      login/login 403/403   403/403   200/200
admin:account_emailaddress_add                 -                      login/login 403/403   403/403   200/200
admin:account_emailaddress_history             -                      login/login 403/403   403/403   200/200
admin:account_emailaddress_delete              -                      login/login 403/403   403/403   200/302
admin:account_emailaddress_change              -                      login/login 403/403   403/403   200/302
admin/account/emailaddress/<path:object_id>/   -                      login/login 302/302   302/302   302/302
admin:ozgstatus_site_changelist                -                      login/login 302/302   302/302   302/302
admin:ozgstatus_site_add                       -                      login/login 403/403   403/403   403/403
admin:ozgstatus_site_history                   -                      login/login 200/200   200/200   200/200
admin:ozgstatus_site_delete                    -                      login/login 403/403   403/403   403/403
admin:ozgstatus_site_change                    -                      login/login 200/302   200/403   200/302
admin/ozgstatus/site/<path:object_id>/         -                      login/login 302/302   302/302   302/302
admin:ozgstatus_accessibilitystatement_changelist -                      login/login 302/302   302/302   302/302
admin:ozgstatus_accessibilitystatement_add     -                      login/login 403/403   403/403   403/403
admin:ozgstatus_accessibilitystatement_history -                      login/login 200/200   200/200   200/200
admin:ozgstatus_accessibilitystatement_delete  -                      login/login 403/403   403/403   403/403
admin:ozgstatus_accessibilitystatement_change  -                      login/login 200/302   200/403   200/302
admin/ozgstatus/accessibilitystatement/<path:object_id>/ -                      login/login 302/302   302/302   302/302
admin:ozgstatus_page_changelist                -                      login/login 200/200   200/200   200/200
admin:ozgstatus_page_add                       -                      login/login 403/403   403/403   200/200
admin:ozgstatus_page_history                   -                      login/login 200/200   200/200   200/200
admin:ozgstatus_page_delete                    -                      login/login 403/403   403/403   200/302
admin:ozgstatus_page_change                    -                      login/login 200/302   200/403   200/302
admin/ozgstatus/page/<path:object_id>/         -                      login/login 302/302   302/302   302/302
admin:app_list                                 -                      login/login 200/200   200/200   200/200
admin/(?P<url>.*)$                             -                      login/login 404/404   404/404   404/404
"""


def expectations() -> dict[tuple[str, str], list[str]]:
    """(address, state) -> what each of PEOPLE gets."""
    lines = [line.split() for line in EXPECTED.strip().splitlines() if not line.startswith("#")]
    return {(name, state): people for name, states, *people in lines for state in states.split(",")}


# --- the addresses -------------------------------------------------------------------------------


def addresses(patterns=None, route: str = "", namespace: str = ""):
    """(name, route) of each address below /admin/; those without a name are named by their route."""
    for found in get_resolver().url_patterns if patterns is None else patterns:
        whole = route + str(found.pattern)
        if isinstance(found, URLPattern):
            if whole.startswith("admin/"):
                yield f"{namespace}{found.name}" if found.name else whole, whole
        else:
            inner = f"{found.namespace}:" if found.namespace else ""
            yield from addresses(found.url_patterns, whole, namespace + inner)


ROUTES = dict(addresses())
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:\[[^]]*\]|[^()])*\)")


def names_in(route: str) -> list[str]:
    return [one or other for one, other in PARAMETER.findall(route)]


def filled_in(route: str, values: dict) -> str:
    """The address with values in place of its parameters."""
    plain = route.replace("^", "").replace("$", "").removesuffix(r"\Z")
    return "/" + PARAMETER.sub(lambda match: str(values[match[1] or match[2]]), plain)


def model_of(route: str):
    """The model whose page it is, if it has the number of an object in it."""
    parts = route.split("/")
    if not {"object_id", "pk", "id"} & set(names_in(route)) or parts[1] == "r":
        return None
    return apps.get_model(parts[1], parts[2])


# --- an object of every kind, in each of its states ----------------------------------------------


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        make_small_site()
        for model in (RolloutReport, ProjectReport, Edition):
            model.objects.filter(publication=None).update(state=WorkState.READY)
        withdrawn = Edition.objects.get(month=month(11)).publication
        EditionWithdrawal.objects.create(publication=withdrawn, withdrawn_on=month(12), reason="x")
        ServiceFactory(name="Geplant", available_since=None, planned_for=month(11))
        FundingFactory()
        AccessibilityStatement.objects.create()
        SubscriberFactory(batch=ConsentBatchFactory())
        SuccessionFactory(predecessor__closed_on=month(11))
        Correction.objects.create(note="x")
        gone = ServiceFactory(name="Gelöscht")
        DeletedDraft.keep(gone, None)
        gone.delete()
        EmailAddress.objects.create(user=make_user("wer"), email="wer@example.org")
        for name in PEOPLE[1:3]:
            make_user(name)
        make_user("administrator", is_superuser=True)
        for name in PEOPLE[1:]:
            client = client_of(name)
            SESSIONS[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
        yield
        transaction.set_rollback(True)


def root_of(obj):
    return getattr(obj, "edition", obj)


def states_of(model) -> dict[str, object]:
    """Objects of the model by what makes a difference; "-" where nothing does."""
    objects = list(model._base_manager.order_by("pk"))
    if model is Service:
        return {"planned": next(o for o in objects if o.planned_for), "available": objects[0]}
    if model is Project:
        return {
            "public": Project.objects.get(name="Jägerprüfung"),
            "draft": Project.objects.get(name="Entwurf"),
        }
    if model is User:
        return {"-": User.objects.get(username="wer")}
    if not hasattr(root_of(objects[0]), "is_published"):
        return {"-": objects[0]}
    found = {}
    for obj in objects:
        root = root_of(obj)
        withdrawn = getattr(root, "withdrawal", None)
        found["withdrawn" if withdrawn else "public" if root.is_published else "draft"] = obj
    return found


def values_of(route: str) -> dict[str, dict]:
    """The parameters of an address for each state of what it shows."""
    model = model_of(route)
    if model:
        states = states_of(model)
        if route.endswith("<path:object_id>/"):  # which only leads on
            states = {"-": next(iter(states.values()))}
        return {
            state: {"object_id": obj.pk, "pk": obj.pk, "id": obj.pk, "kind": "csv"}
            for state, obj in states.items()
        }
    user = User.objects.get(username="wer")
    service = Service.objects.first()
    return {
        "-": {
            "content_type_id": ContentType.objects.get_for_model(Service).pk,
            "object_id": service.pk,
            "app_label": "catalogue",
            "url": "gibt-es-nicht/",
            "slug": "rollout",
            "name": "gibt-es-nicht.log",
            "offset": 0,
            "uidb36": user_pk_to_url_str(user),
            "key": default_token_generator.make_token(user),
        }
    }


# --- requests ------------------------------------------------------------------------------------

SESSIONS: dict[str, str] = {}  # by name of the person

# Addresses at which a POST that leads on has done something.
ACTS = re.compile(r"/\d+/(change|delete|grid|wiederherstellen)/$")
WRITING = re.compile(r'\b(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')


@contextmanager
def undone() -> Iterator[set[str]]:
    """The tables written to inside, sessions and counted attempts aside; afterwards nothing has happened."""
    found: set[str] = set()

    def note(execute, sql, params, many, context):
        found.update(set(WRITING.findall(sql)) - {"django_session", "ozgstatus_cache"})
        return execute(sql, params, many, context)

    cache.clear()  # allauth counts attempts there
    with transaction.atomic(), connection.execute_wrapper(note):
        yield found
        transaction.set_rollback(True)


def browser(person: str) -> Client:
    """Without a request for a login; errors are answers."""
    client = Client(raise_request_exception=False)
    if person in SESSIONS:
        client.cookies[settings.SESSION_COOKIE_NAME] = SESSIONS[person]
    return client


def sent(address: str) -> dict:
    """What the form of the page sends, for somebody who sees it, with something changed."""
    page = browser("administrator").get(address)
    values = filled(page) if page["Content-Type"].startswith("text/html") else {}
    values |= {name: ["anders"] for name in values if name in ("note", "name", "title", "introduction")}
    values |= {name: ["3"] for name in values if re.fullmatch(r"\d+-count", name)}
    values |= {name: ["done"] for name in values if re.fullmatch(r"\d+-phase_la", name)}
    values |= {"post": "yes", "correction_note": "x", "reason": "x", "month": "12/2023", "_publish": "x"}
    if "file" in values:
        values["file"] = SimpleUploadedFile("x.csv", b"x")
    if address.endswith("/import/"):
        exported = browser("administrator").get(address.replace("/import/", "/export/csv/"))
        values["file"] = SimpleUploadedFile("x.csv", exported.content)
    if address.endswith("/einlesen/"):
        register = Path(settings.BASE_DIR, "fixtures", "register-2021.xlsx")
        values["file"] = SimpleUploadedFile(register.name, register.read_bytes())
    return values


def answer(response) -> str:
    ways_to_login = ("/admin/login/?next=", "/admin/konto/login/?next=")
    if response.status_code == 302 and response.url.startswith(ways_to_login):
        return "login"
    return str(response.status_code)


def answers(person: str, address: str, values: dict) -> str:
    """The answers to GET and POST; what is read or refused writes nothing."""
    with undone() as written:
        to_get = answer(browser(person).get(address))
    assert written == set(), f"GET by {person}"
    if "file" in values:
        values["file"].seek(0)
    with undone() as written:
        to_post = answer(browser(person).post(address, values))
    assert to_post in ("200", "302") or written == set(), f"POST by {person}"
    assert to_post != "302" or written or not ACTS.search(address), f"POST by {person} did nothing"
    return f"{to_get}/{to_post}"


# --- what is expected ----------------------------------------------------------------------------


def test_every_address_in_each_of_its_states_has_an_expectation():
    found = {(name, state) for name, route in ROUTES.items() for state in values_of(route)}
    assert found == set(expectations())


@pytest.mark.parametrize(("name", "state"), expectations())
def test_everybody_gets_what_is_expected_and_nothing_else_happens(name, state):
    route = ROUTES[name]
    address = filled_in(route, values_of(route)[state])
    with undone():
        values = sent(address)
    found = [answers(person, address, values) for person in PEOPLE]
    assert found == expectations()[name, state]


@pytest.mark.parametrize("key", ["999999", "9" * 20, "x²"])
@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if names_in(route)])
def test_rubbish_in_an_address_is_never_an_error_of_ours_and_changes_nothing(name, key):
    address = filled_in(ROUTES[name], dict.fromkeys(names_in(ROUTES[name]), key))
    client = browser("administrator")
    with undone() as written:
        statuses = {client.get(address).status_code, client.post(address, {"post": "yes"}).status_code}
    assert max(statuses) < 500
    assert written == set()


# --- what the answers are ------------------------------------------------------------------------


def html_answers() -> Iterator[tuple[str, bytes]]:
    """Each page as an administrator gets it, and after sending; as a reader sees it; and that of the login."""
    for name, state in expectations():
        if name.endswith("_mail_html"):  # a mail, not a page
            continue
        address = filled_in(ROUTES[name], values_of(ROUTES[name])[state])
        with undone():
            values = sent(address)
        others = ["Freigabe"] * name.endswith("_change") + ["anonymous"] * name.startswith(("account", "mfa"))
        for person, method in [
            ("administrator", "post"),
            *((one, "get") for one in ["administrator", *others]),
        ]:
            if "file" in values:
                values["file"].seek(0)
            with undone():
                response = getattr(browser(person), method)(address, values if method == "post" else {})
            if response["Content-Type"].startswith("text/html") and response.getvalue():
                yield f"{name}-{state}-{person}-{method}".replace(":", "_"), response.getvalue()


def test_every_answer_is_valid_html(tmp_path):
    names = {content: re.sub(r"\W", "_", name) for name, content in html_answers()}
    for content, name in names.items():
        (tmp_path / f"{name}.html").write_bytes(content)
    found = html_validate(tmp_path)
    assert (found.stdout, found.returncode) == ("", 0)
    assert len(names) > 200
