"""The part of allauth that editors need: login, logout and password. Accounts are made in the admin."""

from allauth.account import views
from django.contrib.auth.decorators import login_required
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.shortcuts import redirect
from django.urls import path, re_path
from django.views.generic import TemplateView


class OnOurPages:
    """allauth calls the host `site`; on our pages that name means what editors say about the website."""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context.pop("site", None)
        return context


class Login(OnOurPages, views.LoginView):
    pass


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
]
