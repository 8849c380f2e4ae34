"""A second factor: set up, asked for, slow to guess, good once, and off again."""

from __future__ import annotations

import re
import time
from typing import Any

import pyotp
import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from clevertap_partners.accounts.models import Account, AuditEntry
from clevertap_partners.accounts.security import services, views
from clevertap_partners.accounts.security.models import RecoveryCode, SecondFactor
from clevertap_partners.accounts.security.services import Answer
from tests.conftest import PASSWORD, signed_in

pytestmark = pytest.mark.django_db

BEGIN, CONFIRM = "/me/second-factor/", "/me/second-factor/confirm/"
PICTURE, OFF = "/me/second-factor/picture.svg", "/me/second-factor/off/"
CODES = "/me/second-factor/recovery-codes/"


def code_of(user: User, *, later: int = 0) -> str:
    secret = SecondFactor.objects.get(user=user).secret
    return pyotp.TOTP(secret).at(int(time.time()), counter_offset=later)


def switch_on(user: User) -> list[str]:
    services.factor_begin(user=user)
    codes = services.factor_confirm(user=user, code=code_of(user))
    assert codes is not None
    # As if that had been long ago: a code is good once.
    SecondFactor.objects.filter(user=user).update(last_step=0)
    return codes


def give_password(client: Client, user: User, next_url: str = "") -> Any:
    form = {"username": user.username, "password": PASSWORD, "next": next_url}
    return client.post("/login/", form)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_setting_it_up_takes_the_password_and_a_code(member: User, member_client: Client) -> None:
    wrong = member_client.post(BEGIN, {"password": "wrong"})
    assert b"This is not your password." in wrong.content
    assert not SecondFactor.objects.exists()
    assert member_client.post(BEGIN, {"password": PASSWORD}).url == CONFIRM
    page = member_client.get(CONFIRM).content.decode()
    secret = SecondFactor.objects.get(user=member).secret
    assert secret in page.replace(" ", "")
    assert b"This is not the code of now." in member_client.post(CONFIRM, {"code": "x"}).content
    answer = member_client.post(CONFIRM, {"code": code_of(member)})
    assert len(re.findall(r"<li>(?:\w{4}-){3}\w{4}</li>", answer.content.decode())) == 10
    assert "no-store" in answer["Cache-Control"]
    assert SecondFactor.objects.get(user=member).confirmed_at is not None
    assert AuditEntry.objects.filter(action="second factor on", actor=member).exists()


def test_the_secret_is_shown_until_it_is_confirmed_and_never_after(
    member: User, member_client: Client
) -> None:
    assert member_client.get(PICTURE).status_code == 404
    member_client.post(BEGIN, {"password": PASSWORD})
    picture = member_client.get(PICTURE)
    assert picture["Content-Type"] == "image/svg+xml"
    assert "no-store" in picture["Cache-Control"]
    assert picture.content.startswith(b"<svg")
    member_client.post(CONFIRM, {"code": code_of(member)})
    assert member_client.get(PICTURE).status_code == 404
    assert member_client.get(CONFIRM).url == "/me/"
    assert SecondFactor.objects.get().secret not in member_client.get("/me/").content.decode()


def test_nobody_sees_the_picture_of_another(member: User, outsider_client: Client) -> None:
    services.factor_begin(user=member)
    assert outsider_client.get(PICTURE).status_code == 404


def test_the_secret_and_the_recovery_codes_are_not_in_the_database_as_they_are(
    member: User,
) -> None:
    codes = switch_on(member)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM security_secondfactor")
        stored = cursor.fetchone()[0]
    assert SecondFactor.objects.get().secret not in stored
    assert not RecoveryCode.objects.filter(code_hash__in=codes).exists()


def test_signing_in_asks_for_the_code_and_leads_on(client: Client, member: User) -> None:
    switch_on(member)
    asked_for = "/100000000/settings/partners/exports/"
    assert give_password(client, member, asked_for).url == "/login/code/"
    assert not is_signed_in(client)
    assert client.get(asked_for).status_code == 302
    assert client.post("/login/code/", {"code": code_of(member)}).url == asked_for
    assert client.get(asked_for).status_code == 200


def test_a_code_is_good_once(client: Client, member: User) -> None:
    switch_on(member)
    code = code_of(member)
    give_password(client, member)
    client.post("/login/code/", {"code": code})
    assert is_signed_in(client)
    again = Client()
    give_password(again, member)
    refused = again.post("/login/code/", {"code": code})
    assert b"was used already" in refused.content
    assert not is_signed_in(again)


def test_an_older_code_is_no_good_after_a_newer_one(member: User) -> None:
    switch_on(member)
    newer, older = code_of(member), code_of(member, later=-1)
    assert services.factor_use(user=member, code=newer) is Answer.ACCEPTED
    assert services.factor_use(user=member, code=older) is Answer.WRONG


def test_a_phone_may_be_half_a_minute_off_but_not_more(member: User) -> None:
    switch_on(member)
    assert services.factor_use(user=member, code=code_of(member, later=3)) is Answer.WRONG
    assert services.factor_use(user=member, code=code_of(member, later=-3)) is Answer.WRONG
    assert services.factor_use(user=member, code=code_of(member, later=1)) is Answer.ACCEPTED


def test_a_recovery_code_is_good_once_however_it_is_typed(client: Client, member: User) -> None:
    code = switch_on(member)[0]
    give_password(client, member)
    page = client.post("/login/code/", {"code": f" {code.upper().replace('-', ' ')} "}, follow=True)
    assert is_signed_in(client)
    assert b"9 are left" in page.content
    assert services.factor_use(user=member, code=code) is Answer.WRONG
    assert AuditEntry.objects.filter(action="recovery code used").exists()


def test_wrong_codes_are_slowed_down_and_the_right_one_waits_too(
    client: Client, member: User
) -> None:
    switch_on(member)
    give_password(client, member)
    for _ in range(services.CODE_FAILURES):
        page = client.post("/login/code/", {"code": "000000"})
    assert b"a recovery code works meanwhile" in page.content
    client.post("/login/code/", {"code": code_of(member)})
    assert not is_signed_in(client)
    with time_machine.travel(time.time() + 901):
        give_password(client, member)
        client.post("/login/code/", {"code": code_of(member)})
        assert is_signed_in(client)


def test_a_new_password_prompt_does_not_give_more_tries(member: User) -> None:
    switch_on(member)
    for _ in range(services.CODE_FAILURES):
        client = Client()
        give_password(client, member)
        client.post("/login/code/", {"code": "000000"})
    assert services.factor_use(user=member, code=code_of(member)) is Answer.PAUSED


def test_the_code_alone_opens_nothing(client: Client, member: User) -> None:
    switch_on(member)
    assert client.post("/login/code/", {"code": code_of(member)}).url == "/login/"
    assert not is_signed_in(client)


def test_the_password_is_not_remembered_for_long(client: Client, member: User) -> None:
    switch_on(member)
    give_password(client, member)
    with time_machine.travel(time.time() + 601):
        assert client.post("/login/code/", {"code": code_of(member)}).url == "/login/"
    assert not is_signed_in(client)


@pytest.mark.parametrize("change", ["password", "is_active"])
def test_what_changes_between_password_and_code_counts(
    client: Client, member: User, change: str
) -> None:
    switch_on(member)
    give_password(client, member)
    if change == "password":
        member.set_password("another long password")
    member.is_active = change != "is_active"
    member.save()
    assert client.post("/login/code/", {"code": code_of(member)}).url == "/login/"
    assert not is_signed_in(client)


def test_the_session_gets_a_new_key_at_each_step(client: Client, member: User) -> None:
    switch_on(member)
    client.session.save()
    client.get("/login/")
    give_password(client, member)
    half_way = client.cookies["sessionid"].value
    client.post("/login/code/", {"code": code_of(member)})
    assert client.cookies["sessionid"].value != half_way


def test_the_operator_admin_asks_for_it_too(client: Client, account: Account) -> None:
    operator = User.objects.create_superuser("operator@example.com", password=PASSWORD)
    switch_on(operator)
    door = client.get("/admin/", follow=True)
    assert door.redirect_chain[-1][0] == "/login/?next=%2Fadmin%2F"
    form = {"username": operator.username, "password": PASSWORD, "next": "/admin/"}
    # Also when the form of the admin's own page is sent there.
    assert client.post("/admin/login/", form).status_code == 302
    assert not is_signed_in(client)
    assert client.post("/login/", form).url == "/login/code/"
    assert client.get("/admin/").status_code == 302
    assert client.post("/login/code/", {"code": code_of(operator)}).url == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_turning_it_off_takes_password_and_code(member: User, member_client: Client) -> None:
    switch_on(member)
    member_client.post(OFF, {"password": PASSWORD, "code": "000000"})
    member_client.post(OFF, {"password": "wrong", "code": code_of(member)})
    assert SecondFactor.objects.exists()
    member_client.post(OFF, {"password": PASSWORD, "code": code_of(member)})
    assert not SecondFactor.objects.exists()
    assert AuditEntry.objects.filter(action="second factor off").exists()


def test_new_recovery_codes_end_the_old_ones(member: User, member_client: Client) -> None:
    old = switch_on(member)
    member_client.post(CODES, {"password": PASSWORD, "code": code_of(member)})
    assert RecoveryCode.objects.count() == 10
    assert services.factor_use(user=member, code=old[0]) is Answer.WRONG


def test_what_is_on_cannot_be_replaced_by_setting_it_up_again(
    member: User, member_client: Client
) -> None:
    switch_on(member)
    before = SecondFactor.objects.get().secret
    assert member_client.post(BEGIN, {"password": PASSWORD}).url == "/me/"
    assert SecondFactor.objects.get().secret == before


def test_an_operator_resets_it_after_being_asked_and_it_is_noted(member: User) -> None:
    switch_on(member)
    operator = signed_in(User.objects.create_superuser("operator@example.com"))
    chosen = {"action": "reset", "_selected_action": SecondFactor.objects.get().pk}
    page = operator.post("/admin/security/secondfactor/", chosen)
    assert b"member@example.com" in page.content
    assert SecondFactor.objects.exists()
    operator.post("/admin/security/secondfactor/", {**chosen, "confirmed": "yes"})
    assert not SecondFactor.objects.exists()
    entry = AuditEntry.objects.get(action="second factor reset")
    assert str(entry.actor) == "operator@example.com"


def test_the_way_back_may_be_anything_the_sign_in_lets_through(
    client: Client, member: User
) -> None:
    switch_on(member)
    give_password(client, member, "foo")
    answer = client.post("/login/code/", {"code": code_of(member)})
    assert (answer.status_code, answer.url) == (302, "foo")
    assert is_signed_in(client)


def pause(user: User) -> SecondFactor:
    for _ in range(services.CODE_FAILURES):
        services.factor_use(user=user, code="000000")
    return SecondFactor.objects.get(user=user)


def test_a_recovery_code_works_during_a_pause_and_ends_it(client: Client, member: User) -> None:
    recovery = switch_on(member)[0]
    pause(member)
    assert services.factor_use(user=member, code=code_of(member)) is Answer.PAUSED
    give_password(client, member)
    client.post("/login/code/", {"code": recovery})
    assert is_signed_in(client)
    assert services.factor_use(user=member, code=code_of(member)) is Answer.ACCEPTED


def test_pauses_get_longer_up_to_a_day_and_a_good_code_begins_anew(member: User) -> None:
    switch_on(member)
    now, minutes = time.time(), []
    for _ in range(5):
        with time_machine.travel(now, tick=False):
            until = pause(member).paused_until
        assert until is not None
        minutes.append(round((until.timestamp() - now) / 60))
        now = until.timestamp() + 1
    assert minutes == [15, 60, 240, 1440, 1440]
    with time_machine.travel(now, tick=False):
        assert services.factor_use(user=member, code=code_of(member)) is Answer.ACCEPTED
        until = pause(member).paused_until
    assert until is not None
    assert round(until.timestamp() - now) == 900


def test_the_person_is_told_of_wrong_codes(member: User, member_client: Client) -> None:
    switch_on(member)
    assert b"me-factor-wrong" not in member_client.get("/me/").content
    pause(member)
    page = member_client.get("/me/").content
    assert b"There were too many wrong codes at" in page
    assert b"somebody knows your password" in page
    new = "a quite different password"
    form = {"password": PASSWORD, "new_password1": new, "new_password2": new}
    member_client.post("/me/password/", form)
    assert b"me-factor-wrong" not in member_client.get("/me/").content


def test_setting_it_up_lasts_a_quarter_of_an_hour(member: User, member_client: Client) -> None:
    member_client.post(BEGIN, {"password": PASSWORD})
    code = code_of(member, later=30)
    with time_machine.travel(time.time() + 901):
        assert member_client.get(CONFIRM).url == "/me/"
        assert member_client.get(PICTURE).status_code == 404
        assert member_client.post(CONFIRM, {"code": code}).url == "/me/"
    assert SecondFactor.objects.get().confirmed_at is None


def test_another_session_neither_sees_nor_confirms_what_is_being_set_up(
    member: User, member_client: Client
) -> None:
    member_client.post(BEGIN, {"password": PASSWORD})
    other = signed_in(member)
    assert other.get(PICTURE).status_code == 404
    assert other.post(CONFIRM, {"code": code_of(member)}).url == "/me/"
    assert SecondFactor.objects.get().confirmed_at is None


def test_a_new_password_drops_what_was_being_set_up(member: User, member_client: Client) -> None:
    member_client.post(BEGIN, {"password": PASSWORD})
    new = "a quite different password"
    form = {"password": PASSWORD, "new_password1": new, "new_password2": new}
    member_client.post("/me/password/", form)
    assert not SecondFactor.objects.exists()


def test_a_form_that_is_sent_twice_says_that_it_is_on_already(
    member: User, member_client: Client
) -> None:
    member_client.post(BEGIN, {"password": PASSWORD})
    code = code_of(member)
    assert member_client.post(CONFIRM, {"code": code}).status_code == 200
    again = member_client.post(CONFIRM, {"code": code}, follow=True).content.decode()
    assert "The second factor is on already" in again
    assert 'data-testid="me-codes-renew"' in again
    begun = member_client.post(BEGIN, {"password": PASSWORD}, follow=True).content.decode()
    assert "The second factor is on already" in begun


def test_what_was_switched_on_in_between_is_no_error(
    member: User, member_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when two forms are sent at once: both have looked before either has written."""
    member_client.post(BEGIN, {"password": PASSWORD})
    waiting = SecondFactor.objects.filter(user=member)
    monkeypatch.setattr(views, "setups", lambda *_: waiting)
    SecondFactor.objects.update(confirmed_at=timezone.now())
    assert member_client.post(CONFIRM, {"code": code_of(member)}).url == "/me/"
    monkeypatch.setattr(views, "factor_of", lambda _: None)
    assert member_client.post(BEGIN, {"password": PASSWORD}).url == "/me/"
    assert SecondFactor.objects.get().confirmed_at is not None
