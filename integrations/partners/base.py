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

    drawer_title: str
    add_label: str
    list_title: str
    nothing_connected: str
    save_label: str
    # What a connection is, and what uses it: "bucket" and "export".
    thing: str
    used_by: str
    name_label: str
    target_label: str
    # Said where a connection is deleted; {target} is where it leads.
    stays: str


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
    blurb: ClassVar[str]
    tags: ClassVar[tuple[str, ...]]
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
