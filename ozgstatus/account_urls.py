"""The part of allauth that editors need: login, logout, password and second factor. Accounts are made in the admin."""

from allauth.account import views
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.decorators import login_required
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.shortcuts import redirect
from django.urls import path, re_path
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import TemplateView

from . import second_factor
from .lockout import locked_out


class OnOurPages:
    """allauth calls the host `site`; on our pages that name means what editors say about the website."""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context.pop("site", None)
        return context


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class Login(OnOurPages, views.LoginView):
    def dispatch(self, request, *args, **kwargs):
        """Who is locked out uses up nothing of what others of the same network may try."""
        name = request.POST.get("login", "")
        if name and AxesProxyHandler.is_locked(request, {"username": name.replace("\x00", "")}):
            return locked_out(request)
        return super().dispatch(request, *args, **kwargs)


class PasswordReset(OnOurPages, views.PasswordResetView):
    def form_valid(self, form):
        """The mail server is asked first, so that its absence does not tell which addresses have an account."""
        server = get_connection()
        if isinstance(server, SmtpBackend):
            with server:
                pass
        return super().form_valid(form)


class PasswordResetDone(OnOurPages, views.PasswordResetDoneView):
    pass


class PasswordResetFromKey(OnOurPages, views.PasswordResetFromKeyView):
    pass


class PasswordResetFromKeyDone(OnOurPages, views.PasswordResetFromKeyDoneView):
    pass


class Inactive(OnOurPages, views.AccountInactiveView):
    pass


class Code(OnOurPages, mfa.AuthenticateView):
    pass


@method_decorator(never_cache, name="dispatch")
class SetUp(totp.ActivateTOTPView):
    def form_valid(self, form):
        answer = super().form_valid(form)
        second_factor.shown(self.request, self.request.user)
        return answer


@login_required
def password_change(request):
    """Who has no password yet gets one by mail; allauth would send them to a page that does not exist here."""
    if not request.user.has_usable_password():
        return redirect("account_reset_password")
    return views.password_change(request)


urlpatterns = [
    path("login/", Login.as_view(), name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", Inactive.as_view(), name="account_inactive"),
    path("signup/", TemplateView.as_view(template_name="account/signup_closed.html"), name="account_signup"),
    path("password/change/", password_change, name="account_change_password"),
    path("password/reset/", PasswordReset.as_view(), name="account_reset_password"),
    path("password/reset/done/", PasswordResetDone.as_view(), name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        PasswordResetFromKey.as_view(),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        PasswordResetFromKeyDone.as_view(),
        name="account_reset_password_from_key_done",
    ),
    path("password/confirm/", views.reauthenticate, name="account_reauthenticate"),
    path("zweiter-faktor/", mfa.index, name="mfa_index"),
    path("zweiter-faktor/anmelden/", Code.as_view(), name="mfa_authenticate"),
    path("zweiter-faktor/bestaetigen/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("zweiter-faktor/einrichten/", SetUp.as_view(), name="mfa_activate_totp"),
    path("zweiter-faktor/abmelden/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("zweiter-faktor/codes/", never_cache(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("zweiter-faktor/codes/neu/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
]
