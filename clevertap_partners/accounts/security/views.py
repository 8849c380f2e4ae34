"""Your account: what is known about the person, their password, sessions and second factor."""

from __future__ import annotations

import re
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clevertap_partners.accounts.security import services, totp
from clevertap_partners.accounts.security.forms import (
    CodeForm,
    CurrentPasswordForm,
    PasswordAndCodeForm,
    PasswordChangeForm,
)
from clevertap_partners.accounts.security.models import SecondFactor
from clevertap_partners.accounts.security.pauses import pause_in_words
from clevertap_partners.accounts.security.selectors import (
    factor_of,
    recovery_codes_left,
    session_list,
    setups,
    wrong_codes_at,
)
from clevertap_partners.accounts.security.services import Answer, FactorIsOn
from clevertap_partners.accounts.security.session_store import hash_of
from clevertap_partners.accounts.selectors import membership_list
from clevertap_partners.core.address import address_of

SESSION_ID = re.compile(r"[0-9a-f]{64}")
# Of somebody who is signed in at more places, those seen last.
SESSIONS_SHOWN = 50


@login_required
@never_cache
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    user = person(request)
    factor = factor_of(user)
    sessions = session_list(user=user)
    context = {
        "memberships": membership_list(user=user),
        "sessions": sessions.defer("session_data")[:SESSIONS_SHOWN],
        "session_count": sessions.count(),
        "here": session_id(request),
        "factor": factor,
        "wrong_codes_at": wrong_codes_at(factor) if factor else None,
        "codes_left": recovery_codes_left(factor) if factor else 0,
    }
    return render(request, "accounts/me.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def me_password(request: HttpRequest) -> HttpResponse:
    form = PasswordChangeForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        services.password_change(request=request, password=form.cleaned_data["new_password1"])
        messages.success(
            request, _("Your password is changed. Everywhere else you have to sign in again.")
        )
        return redirect("me")
    return render(request, "accounts/password.html", {"form": form})


@login_required
@require_POST
def me_session_end(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("session", "")
    if not SESSION_ID.fullmatch(wanted):
        raise Http404("No such session.")
    others = session_list(user=person(request)).exclude(pk=session_id(request))
    session = get_object_or_404(others, pk=wanted)
    services.session_end(session=session, actor=person(request), ip=address_of(request))
    text = _("{device} is signed out.")
    messages.success(request, text.format(device=session.device))
    return redirect("me")


@login_required
@require_POST
def me_sessions_end(request: HttpRequest) -> HttpResponse:
    ended = services.sessions_end_others(request=request)
    text = ngettext(
        "One other session is signed out.", "{count} other sessions are signed out.", ended
    )
    messages.success(request, text.format(count=ended))
    return redirect("me")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def me_factor_begin(request: HttpRequest) -> HttpResponse:
    """Ask for the password, then show a new secret."""
    if factor_of(request.user):
        return _on_already(request)
    form = CurrentPasswordForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            services.factor_begin(user=person(request), session=session_id(request))
        except FactorIsOn:
            return _on_already(request)
        return redirect("me_factor_confirm")
    return render(request, "accounts/second_factor_begin.html", {"form": form})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def me_factor_confirm(request: HttpRequest) -> HttpResponse:
    """The picture to scan; a code of the app switches the second factor on."""
    factor = setups(person(request), session_id(request)).first()
    if factor is None:
        return _nothing_in_setup(request)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = services.factor_confirm(
                user=person(request),
                code=form.cleaned_data["code"],
                session=session_id(request),
                ip=address_of(request),
            )
        except SecondFactor.DoesNotExist:
            return _nothing_in_setup(request)
        if codes is not None:
            return _show_codes(request, codes)
        form.add_error(
            "code", _("This is not the code of now. Wait for the next one, then type it.")
        )
    return render(
        request,
        "accounts/second_factor_confirm.html",
        {"form": form, "secret": in_fours(factor.secret)},
    )


@login_required
@never_cache
@require_safe
def me_factor_picture(request: HttpRequest) -> HttpResponse:
    """The secret as a picture, only until a code has confirmed it."""
    factor = setups(person(request), session_id(request)).first()
    if factor is None:
        raise Http404("No second factor is being set up.")
    picture = totp.qr_svg(factor.secret, person=person(request).get_username())
    return HttpResponse(picture, content_type="image/svg+xml")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def me_factor_end(request: HttpRequest) -> HttpResponse:
    user = person(request)
    if factor_of(user) is None:
        return redirect("me")
    form = PasswordAndCodeForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid() and _code_is_good(request, form):
        services.factor_end(user=user, actor=user, ip=address_of(request))
        messages.success(request, _("The second factor is off. Your password alone signs you in."))
        return redirect("me")
    return render(request, "accounts/second_factor_end.html", {"form": form})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def me_recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten new ones in the place of the old."""
    if factor_of(request.user) is None:
        return redirect("me")
    form = PasswordAndCodeForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid() and _code_is_good(request, form):
        codes = services.recovery_codes_renew(user=person(request), ip=address_of(request))
        return _show_codes(request, codes)
    return render(request, "accounts/recovery_codes_renew.html", {"form": form})


def in_fours(secret: str) -> str:
    """Easier to type; apps leave the spaces out."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def person(request: HttpRequest) -> User:
    """Who is signed in; for views that let nobody else in."""
    return cast(User, request.user)


def session_id(request: HttpRequest) -> str:
    """Of the session that asks, as it is in the database."""
    return hash_of(request.session.session_key or "")


def _on_already(request: HttpRequest) -> HttpResponse:
    """A form was sent twice, or from a second tab: the first one did it."""
    messages.info(
        request,
        _(
            "The second factor is on already; nothing was changed. If you have not kept your "
            "recovery codes, make new ones below."
        ),
    )
    return redirect("me")


def _nothing_in_setup(request: HttpRequest) -> HttpResponse:
    if factor_of(request.user):
        return _on_already(request)
    messages.info(
        request,
        _("Setting up takes 15 minutes at most, in one browser. It is not on; begin again."),
    )
    return redirect("me")


def _code_is_good(request: HttpRequest, form: PasswordAndCodeForm) -> bool:
    answer = services.factor_use(
        user=person(request), code=form.cleaned_data["code"], ip=address_of(request)
    )
    if not answer.is_good:
        wrong = _("This code is wrong, or was used already. Wait for the next one.")
        paused = answer is Answer.PAUSED
        form.add_error("code", pause_in_words(person(request)) if paused else wrong)
    return answer.is_good


def _show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """In the answer itself and nowhere else: neither stored nor behind an address."""
    return render(request, "accounts/recovery_codes.html", {"codes": codes})
