"""Who can be written to: members of accounts, by the addresses that we know of them."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q, QuerySet

from clevertap_partners.accounts.languages import language_of
from clevertap_partners.accounts.models import Account, Membership, Role


def address_of(person: User) -> str:
    """Their e-mail, or the name by which they sign in if that is one; else nothing."""
    for text in (person.email, person.get_username()):
        try:
            validate_email(text)
        except ValidationError:
            continue
        return text
    return ""


def addresses_of(members: QuerySet[Membership]) -> list[str]:
    people = [member.user for member in members.select_related("user").order_by("pk")]
    return [address for person in people if (address := address_of(person))]


def members_of(account_id: int) -> QuerySet[Membership]:
    """Those who may sign in."""
    return Membership.objects.filter(account_id=account_id, user__is_active=True)


def admins_of(account_id: int) -> list[str]:
    return addresses_of(members_of(account_id).filter(role=Role.ADMIN))


def still_members(account: Account | None, addresses: Iterable[str]) -> set[str]:
    """Those of the addresses whose owners have not left; without an account, all of them."""
    asked = set(addresses)
    if account is None:
        return asked
    people = _owners(account, asked)
    return asked & {text for person in people for text in (person.email, person.get_username())}


def language_for(account: Account | None, addresses: Iterable[str]) -> str:
    """The language that all of them have chosen; English where they have not, or differ."""
    asked = set(addresses)
    people = _owners(account, asked) if account else []
    if asked - {text for person in people for text in (person.email, person.get_username())}:
        return settings.LANGUAGE_CODE
    chosen = {language_of(person) for person in people}
    return (chosen.pop() if len(chosen) == 1 else "") or settings.LANGUAGE_CODE


def _owners(account: Account, addresses: Iterable[str]) -> list[User]:
    """The members of the account that have these addresses."""
    asked = list(addresses)
    known = Q(user__email__in=asked) | Q(user__username__in=asked)
    return [member.user for member in members_of(account.pk).filter(known).select_related("user")]
