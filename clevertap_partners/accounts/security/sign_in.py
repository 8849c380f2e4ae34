"""Signing in: the password, then a code where a second factor is on."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from clevertap_partners.accounts.forms import SignInForm
from clevertap_partners.accounts.security.forms import CodeForm
from clevertap_partners.accounts.security.pauses import pause_in_words
from clevertap_partners.accounts.security.selectors import factor_of, recovery_codes_left
from clevertap_partners.accounts.security.services import Answer, factor_use
from clevertap_partners.core.address import address_of

HALF_WAY = "second_factor"
# Between the password and the code.
PATIENCE_S = 600


@dataclass(frozen=True)
class HalfWay:
    """Whose password was right, when, and where they want to go. It lies in the session."""

    user: int
    auth_hash: str
    backend: str
    next_url: str
    at: float


class SignIn(LoginView):
    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user: Any = form.get_user()
        if factor_of(user) is None:
            return super().form_valid(form)
        half_way = HalfWay(
            user.pk, user.get_session_auth_hash(), user.backend, self.get_success_url(), time.time()
        )
        # Nobody who has put a session into this browser shall find what is in it now.
        self.request.session.cycle_key()
        self.request.session[HALF_WAY] = asdict(half_way)
        return redirect("login_code")


@never_cache
@require_http_methods(["GET", "POST"])
def login_code(request: HttpRequest) -> HttpResponse:
    """The second step: a code of the app, or a recovery code."""
    half_way = HalfWay(**request.session[HALF_WAY]) if HALF_WAY in request.session else None
    user = person_half_way(half_way)
    if half_way is None or user is None:
        request.session.pop(HALF_WAY, None)
        messages.info(request, _("Sign in with your password first; then the code is asked for."))
        return redirect("login")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = factor_use(user=user, code=form.cleaned_data["code"], ip=address_of(request))
        if answer.is_good:
            return _signed_in(request, user, half_way, answer)
        form.add_error("code", _refusal(answer, user))
    return render(request, "accounts/login_code.html", {"form": form, "person": user})


def person_half_way(half_way: HalfWay | None) -> User | None:
    """Who is it, if the password is still theirs, they may still sign in, and it was just now?"""
    if half_way is None or not 0 <= time.time() - half_way.at <= PATIENCE_S:
        return None
    user = User.objects.filter(pk=half_way.user, is_active=True).first()
    if user is None or factor_of(user) is None:
        return None
    unchanged = constant_time_compare(user.get_session_auth_hash(), half_way.auth_hash)
    return user if unchanged else None


def _signed_in(request: HttpRequest, user: User, half_way: HalfWay, answer: Answer) -> HttpResponse:
    del request.session[HALF_WAY]
    login(request, user, backend=half_way.backend)
    factor = factor_of(user)
    if answer is Answer.RECOVERED and factor is not None:
        left = recovery_codes_left(factor)
        text = _("You used a recovery code; {left} are left. Make new ones under Your account.")
        messages.warning(request, text.format(left=left))
    # As Django's own view does: `redirect` takes `foo` for the name of a view.
    return HttpResponseRedirect(half_way.next_url)


def _refusal(answer: Answer, user: User) -> str:
    if answer is Answer.PAUSED:
        return pause_in_words(user)
    return _(
        "This code is wrong, too old, or was used already. "
        "Wait for the next one; if it happens again, check the clock of your phone."
    )


@never_cache
def admin_login(request: HttpRequest) -> HttpResponse:
    """One door for all: the operator admin asks for the same password, code and patience."""
    if request.user.is_authenticated:
        raise PermissionDenied(_("The operator admin is for operators. Nothing is wrong."))
    query = request.GET.urlencode()
    return redirect(f"{redirect('login').url}{'?' if query else ''}{query}")


@login_required
def admin_password_change(request: HttpRequest) -> HttpResponse:
    return redirect("me_password")
