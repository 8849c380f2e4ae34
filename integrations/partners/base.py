"""What a partner is: its words, and how to read, test and use its credentials."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, ClassVar, Protocol

from clevertap_partners.accounts.features import Feature
from clevertap_partners.core.objects import NewObject, StoredObject
from integrations.partners.checking import CheckStep

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from integrations.forms import ConnectionForm, ReplaceKeyForm
    from integrations.warehouse import Warehouse


@dataclass(frozen=True)
class Shown:
    """What may be shown of a connection's credentials. `target` is where it leads: the bucket's
    name, or project.dataset."""

    target: str
    client_email: str
    project_id: str
    key_id: str


@dataclass(frozen=True)
class Words:
    """How the screens speak of one partner's connections."""

    drawer_title: StrOrPromise
    add_label: StrOrPromise
    list_title: StrOrPromise
    nothing_connected: StrOrPromise
    save_label: StrOrPromise
    new_label: StrOrPromise
    back_label: StrOrPromise
    name_label: StrOrPromise
    target_label: StrOrPromise
    # A test that passed.
    works: StrOrPromise
    rename_hint: StrOrPromise
    # {nickname} is the new one.
    renamed: StrOrPromise
    # Said where a key is replaced; {target} is where it leads, {client_email} the account.
    tested_first: StrOrPromise
    # Said where a connection is deleted: what stays, and what becomes of what uses it.
    stays: StrOrPromise
    stops: StrOrPromise
    users_title: StrOrPromise
    unused: StrOrPromise


class Probe(Protocol):
    """A test of credentials. Carry out `steps` in order; then `config_text` is what to save."""

    def steps(self) -> Sequence[CheckStep]: ...

    def config_text(self) -> str: ...

    def close(self) -> None: ...


class Sink(Protocol):
    """Where objects are created, and looked at if the credentials allow."""

    def create(self, new: NewObject, body: BinaryIO) -> StoredObject: ...

    def look(self, name: str) -> StoredObject | None: ...

    def listing(self, prefix: str) -> Iterator[StoredObject]: ...


class Partner(ABC):
    """One entry of the registry. `config_text` is the stored secret; only the partner reads it."""

    key: ClassVar[str]
    label: ClassVar[str]
    short_label: ClassVar[str]
    blurb: ClassVar[StrOrPromise]
    tags: ClassVar[tuple[StrOrPromise, ...]]
    feature: ClassVar[Feature]
    words: ClassVar[Words]
    can_export: ClassVar[bool] = False
    can_import: ClassVar[bool] = False
    # How many new connections are saved at once, and whether one can be tested without saving it.
    max_blocks: ClassVar[int] = 1
    can_try: ClassVar[bool] = False
    # Test ids: of the link that opens a form, and what those of the form begin with.
    add_testid: ClassVar[str]
    testid: ClassVar[str]

    @property
    def url_name(self) -> str:
        return self.key.replace("-", "_")

    @property
    def logo(self) -> str:
        return f"partners/{self.key}.svg"

    @property
    def guide(self) -> str:
        return f"integrations/guides/{self.url_name}.html"

    @abstractmethod
    def form_class(self) -> type[ConnectionForm]: ...

    @abstractmethod
    def replace_form_class(self) -> type[ReplaceKeyForm]: ...

    @abstractmethod
    def show(self, config_text: str) -> Shown:
        """Raises PermanentError when the stored text cannot be used any more."""

    @abstractmethod
    def probe(self, config_text: str) -> Probe: ...


class ExportPartner(Partner):
    """A partner that data is sent to."""

    can_export = True

    @abstractmethod
    def open_sink(self, config_text: str) -> Sink: ...


class ImportPartner(Partner):
    """A partner that data is taken from."""

    can_import = True

    @abstractmethod
    def open_warehouse(self, config_text: str) -> Warehouse: ...
