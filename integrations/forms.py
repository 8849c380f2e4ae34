"""Forms of connections. A block is one connection; several blocks are saved at once.

A block's field names end in its number, as `nickname-0`. The numbers found in what was sent say
which blocks there are, so that blocks may be added without keeping count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import PartnersError
from clevertap_partners.core.translated import translated
from integrations import selectors
from integrations.models import Connection, CredentialTest
from integrations.partners.base import Partner

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NICKNAME_TAKEN = _("Another connection of this account has this name. Choose a different one.")
# Stands for whichever field of a form holds the name.
NAME = "nickname"
LOOK_BELOW = _(
    "The marked fields say why. What you typed is kept, except the key: paste or choose it again."
)


class SecretTextarea(forms.Textarea):
    """Never shows what was typed, as a password field does not."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


class BlockForm(forms.Form):
    """A form whose fields have test ids. One of several on a screen is numbered: its names and
    test ids then end in its number."""

    # The data-testid of each field, in the order of the screen.
    testids: ClassVar[Mapping[str, str]] = {}
    is_numbered: ClassVar[bool] = True
    fields_template: ClassVar[str] = "integrations/_fields.html"

    def __init__(self, *args: Any, number: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **{"use_required_attribute": False} | kwargs)
        self.number = number

    @property
    def suffix(self) -> str:
        return f"-{self.number}" if self.is_numbered else ""

    def add_prefix(self, field_name: str) -> str:
        return f"{field_name}{self.suffix}"

    def rows(self) -> list[tuple[forms.BoundField, str]]:
        """Each field with its test id."""
        return [(self[name], f"{testid}{self.suffix}") for name, testid in self.testids.items()]

    def why_not_saved(self) -> str:
        """What no field is to blame for; else where to look, as each field has its own words."""
        return " ".join(map(str, self.non_field_errors())) or str(LOOK_BELOW)


class NicknameForm(forms.Form):
    """A name of a connection that nothing else in the account has. `name_field` holds it."""

    name_field: ClassVar[str] = "nickname"

    def __init__(
        self, *args: Any, account: Account, connection: Connection | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.connection = connection

    def clean(self) -> dict[str, Any]:
        super().clean()
        name = self.cleaned_data.get(self.name_field, "")
        if name and selectors.nickname_taken(
            account=self.account, nickname=name, besides=self.connection
        ):
            self.add_error(
                self.name_field, forms.ValidationError(NICKNAME_TAKEN, code="nickname_taken")
            )
        return self.cleaned_data


def nickname_field(label: StrOrPromise, help_text: StrOrPromise) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=80,
        help_text=help_text,
        error_messages={
            "required": _("Give the connection a name."),
            "max_length": _("A name has at most 80 characters; this one has %(show_value)d."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class RenameForm(NicknameForm):
    """A new name for a connection, in the words of its partner."""

    nickname = nickname_field(_("Nickname"), _("Unique in the account."))

    def __init__(self, *args: Any, label: StrOrPromise, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nickname"].label = label


class ConnectionForm(NicknameForm, BlockForm):
    """Base of every partner's block. Once valid, `config_text` is the secret to test."""

    def section(self) -> str:
        """Where the setup guide explains what was refused first; empty where a name was."""
        if any(name.startswith("service_account_key") for name in self.errors):
            return "key"
        return "place" if set(self.errors) - {self.name_field} else ""

    def chosen_name(self) -> str:
        return str(self.cleaned_data.get(self.name_field, ""))

    def target(self) -> str:
        """Where the connection leads, as the screens show it."""
        raise NotImplementedError

    def config_text(self) -> str:
        raise NotImplementedError

    @classmethod
    def typed(cls, nickname: str, target: str) -> dict[str, str]:
        """What was typed into the fields, except the key."""
        raise NotImplementedError


class ReplaceKeyForm(BlockForm):
    """Base of every form for a new key. Once valid, `config_text` is the secret to test."""

    def config_text(self, connection: Connection) -> str:
        raise NotImplementedError


Blocks = list[ConnectionForm]


def blank_blocks(partner: Partner, account: Account, count: int) -> Blocks:
    return [
        blank_block(partner, account, number) for number in range(min(count, partner.max_blocks))
    ]


def blank_block(partner: Partner, account: Account, number: int) -> ConnectionForm:
    return partner.form_class()(account=account, number=number)


def posted_blocks(request: HttpRequest, partner: Partner, account: Account) -> Blocks:
    """What was sent, each block judged on its own. Blocks that nobody touched are left out."""
    form_class = partner.form_class()
    blocks = [
        form_class(request.POST, request.FILES, account=account, number=number)
        for number in block_numbers(form_class, request.POST)[: partner.max_blocks]
    ]
    touched = [block for block in blocks if block.has_changed()] or blocks[:1]
    refuse_repeated_nicknames(touched)
    return touched


def block_numbers(form_class: type[ConnectionForm], data: Iterable[str]) -> list[int]:
    name = form_class.name_field
    if not form_class.is_numbered:
        return [0] if name in data else []
    return sorted(
        {
            int(match.group(1))
            for each in data
            if (match := re.fullmatch(rf"{name}-(\d{{1,3}})", each))
        }
    )


def refuse_repeated_nicknames(blocks: Blocks) -> None:
    seen: set[str] = set()
    for block in blocks:
        block.full_clean()
        nickname = block.chosen_name().lower()
        if nickname and nickname in seen:
            block.add_error(block.name_field, _("Another block above has this nickname."))
        seen.add(nickname)


def failed_block(partner: Partner, test: CredentialTest) -> ConnectionForm:
    """The block of a test that failed: what was typed, except the key, and what was wrong."""
    block = typed_block(partner, test)
    field, message = what_failed(test)
    field = block.name_field if field == NAME else field
    block.add_error(field if field in block.fields else None, message)
    return block


def typed_block(partner: Partner, test: CredentialTest) -> ConnectionForm:
    """The block of a test as it was typed, except the key."""
    form_class = partner.form_class()
    block = form_class(account=test.account, number=test.position)
    typed = form_class.typed(test.nickname, test.target)
    block = form_class(
        {block.add_prefix(name): value for name, value in typed.items()},
        account=test.account,
        number=test.position,
    )
    block.full_clean()
    block.errors.clear()
    return block


def what_failed(test: CredentialTest) -> tuple[str, str]:
    """The field and the words of a failure."""
    step = test.failed_step()
    if step is not None:
        return step["field"], translated(step["sentence"])
    field = NAME if test.problem.get("code") == "nickname_taken" else ""
    return field, in_words(test.problem.get("message", ""), test.problem.get("fix", ""))


def error_in_words(error: PartnersError) -> str:
    return in_words(error.message, error.fix)


def in_words(message: str, fix: str) -> str:
    """In the reader's language; both are kept in English."""
    return f"{translated(message)} {translated(fix)}".strip()
