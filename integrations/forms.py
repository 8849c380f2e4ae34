"""Forms of connections. A block is one connection; several blocks are saved at once.

A block's field names end in its number, as `nickname-0`. The numbers found in what was sent say
which blocks there are, so that blocks may be added without keeping count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import PartnersError
from integrations import selectors
from integrations.models import Connection, CredentialTest
from integrations.partners.base import Partner

MAX_BLOCKS = 10
NICKNAME_TAKEN = "Another bucket of this account has this nickname. Choose a different one."
LOOK_BELOW = (
    "The marked fields say why. What you typed is kept, except the key: paste or choose it again."
)
_BLOCK = re.compile(r"nickname-(\d{1,3})")


class SecretTextarea(forms.Textarea):
    """Never shows what was typed, as a password field does not."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


class NumberedForm(forms.Form):
    """A block: its fields and test ids end in its number."""

    # The data-testid of each field, in the order of the screen.
    testids: ClassVar[Mapping[str, str]] = {}

    def __init__(self, *args: Any, number: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **{"use_required_attribute": False} | kwargs)
        self.number = number

    def add_prefix(self, field_name: str) -> str:
        return f"{field_name}-{self.number}"

    def rows(self) -> list[tuple[forms.BoundField, str]]:
        """Each field with its test id."""
        return [(self[name], f"{testid}-{self.number}") for name, testid in self.testids.items()]

    def why_not_saved(self) -> str:
        """What no field is to blame for; else where to look, as each field has its own words."""
        return " ".join(map(str, self.non_field_errors())) or LOOK_BELOW


class NicknameForm(forms.Form):
    """A nickname that nothing else in the account has."""

    nickname = forms.CharField(
        label="Bucket nickname",
        max_length=80,
        help_text="How exports name this bucket. Unique in the account.",
        error_messages={
            "required": "Give the bucket a nickname.",
            "max_length": "A nickname has at most 80 characters; this one has %(show_value)d.",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, account: Account, connection: Connection | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.connection = connection

    def clean_nickname(self) -> str:
        nickname: str = self.cleaned_data["nickname"]
        if selectors.nickname_taken(
            account=self.account, nickname=nickname, besides=self.connection
        ):
            raise forms.ValidationError(NICKNAME_TAKEN, code="nickname_taken")
        return nickname


class ConnectionForm(NicknameForm, NumberedForm):
    """Base of every partner's block. Once valid, `config_text` is the secret to test."""

    def config_text(self) -> str:
        raise NotImplementedError


class ReplaceKeyForm(NumberedForm):
    """Base of every form for a new key. Once valid, `config_text` is the secret to test."""

    def config_text(self, connection: Connection) -> str:
        raise NotImplementedError


Blocks = list[ConnectionForm]


def blank_blocks(partner: Partner, account: Account, count: int) -> Blocks:
    return [blank_block(partner, account, number) for number in range(min(count, MAX_BLOCKS))]


def blank_block(partner: Partner, account: Account, number: int) -> ConnectionForm:
    return partner.form_class()(account=account, number=number)


def posted_blocks(request: HttpRequest, partner: Partner, account: Account) -> Blocks:
    """What was sent, each block judged on its own. Blocks that nobody touched are left out."""
    blocks = [
        partner.form_class()(request.POST, request.FILES, account=account, number=number)
        for number in block_numbers(request.POST)
    ]
    touched = [block for block in blocks if block.has_changed()] or blocks[:1]
    refuse_repeated_nicknames(touched)
    return touched


def block_numbers(data: Iterable[str]) -> list[int]:
    found = {int(match.group(1)) for name in data if (match := _BLOCK.fullmatch(name))}
    return sorted(found)[:MAX_BLOCKS]


def refuse_repeated_nicknames(blocks: Blocks) -> None:
    seen: set[str] = set()
    for block in blocks:
        block.full_clean()
        nickname = block.cleaned_data.get("nickname", "").lower()
        if nickname and nickname in seen:
            block.add_error("nickname", "Another block above has this nickname.")
        seen.add(nickname)


def failed_block(partner: Partner, test: CredentialTest) -> ConnectionForm:
    """The block of a test that failed: what was typed, except the key, and what was wrong."""
    typed = {
        f"nickname-{test.position}": test.nickname,
        f"bucket_name-{test.position}": test.bucket_name,
    }
    block = partner.form_class()(typed, account=test.account, number=test.position)
    block.full_clean()
    block.errors.clear()
    field, message = what_failed(test)
    block.add_error(field if field in block.fields else None, message)
    return block


def what_failed(test: CredentialTest) -> tuple[str, str]:
    """The field and the words of a failure."""
    step = test.failed_step()
    if step is not None:
        return step["field"], step["sentence"]
    field = "nickname" if test.problem.get("code") == "nickname_taken" else ""
    return field, in_words(test.problem.get("message", ""), test.problem.get("fix", ""))


def error_in_words(error: PartnersError) -> str:
    return in_words(error.message, error.fix)


def in_words(message: str, fix: str) -> str:
    return f"{message} {fix}".strip()
