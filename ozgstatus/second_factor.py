"""The second factor of everybody who logs in: codes of an app (TOTP, RFC 6238), and recovery codes.

A session is let into the admin when it has shown a code of the device that its account has now. So a reset ends the
sessions that the lost device has opened, and one that was opened before there was a device does not get in.
"""

import base64
import hashlib

from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.db import transaction
from django.dispatch import receiver
from django.shortcuts import redirect

from .middleware import EDITORS
from .models import Site

RESET = "Zweiter Faktor zurückgesetzt."  # in the history of the account
SHOWN = "second_factor"  # in the session: the primary key of the device that was shown
# What leads into the account or out of it, and what sets a second factor up.
OPEN = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_reauthenticate",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "admin:login",
    "admin:logout",
    "mfa_authenticate",
    "mfa_activate_totp",
}


class SecondFactorMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        """By what the address leads to, whatever it looks like, and for every method."""
        if not settings.SECOND_FACTOR or not request.path_info.startswith(EDITORS):
            return None
        if request.resolver_match.view_name in OPEN or not request.user.is_authenticated:
            return None
        device = device_of(request.user)
        if device is None:
            return redirect("mfa_activate_totp")
        if request.session.get(SHOWN) != device:
            logout(request)
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        return None


def device_of(user) -> int | None:
    """Primary key of the device whose codes count now."""
    return (
        Authenticator.objects.filter(user=user.pk, type=Authenticator.Type.TOTP)
        .values_list("pk", flat=True)
        .first()
    )


@receiver(signals.authenticator_used)
def shown(request, user, **kwargs):
    """At the login, or when it was set up; a recovery code stands for the device."""
    request.session[SHOWN] = device_of(user)


@transaction.atomic
def reset(user: User) -> bool:
    """Device and recovery codes are forgotten, and all sessions of the account end; whether there were any."""
    number, _ = Authenticator.objects.filter(user=user).delete()
    return number > 0


# --- secrets ---------------------------------------------------------------------------------


class EncryptedSecrets(DefaultMFAAdapter):
    """Secrets leave the process only encrypted by SECRET_KEY, so that a copy of the database gives none away."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": (
            "Dieser Code stimmt nicht, ist abgelaufen oder wurde schon verwendet. "
            "Bitte geben Sie den ein, den die App jetzt anzeigt."
        ),
    }

    def encrypt(self, text: str) -> str:
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Where the key is another one now, a secret that nobody knows: no code fits."""
        try:
            return _keys().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return generate_totp_secret()

    def get_totp_label(self, user) -> str:
        return user.get_username()

    def get_totp_issuer(self) -> str:
        return Site.objects.for_pages().name


def _keys() -> MultiFernet:
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"second factor:{secret}".encode()).digest()))


# --- codes -----------------------------------------------------------------------------------


class OnlyOnce:
    """A code opens one session, for as long as it would count; allauth forgets it sooner."""

    def clean_code(self):
        code = super().clean_code()
        digits = "".join(character for character in code if character.isalnum())
        seconds = settings.MFA_TOTP_PERIOD * (2 * settings.MFA_TOTP_TOLERANCE + 1)
        if not cache.add(f"second-factor-used:{self.user.pk}:{digits}", True, timeout=seconds):
            raise EncryptedSecrets().validation_error("incorrect_code")
        return code


class CodeForm(OnlyOnce, AuthenticateForm):
    pass


class CodeAgainForm(OnlyOnce, ReauthenticateForm):
    pass
