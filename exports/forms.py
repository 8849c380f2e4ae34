"""The export form: what a person may choose, and the frozen spec that comes out of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.translated import translated
from exports.fields import FREQUENCY_HINTS, explained
from exports.form_content import ContentPart
from exports.form_days import DAY_FIELDS, DaysPart
from exports.form_schedule import SchedulePart
from exports.models import Export
from exports.options import options_of
from exports.ranges import DayRange, earliest_day
from exports.selectors import profile_export_in_the_way
from exports.services import ProfilesUnderWay
from exports.spec import ExportSpec
from exports.timing import Start


class ExportForm(ContentPart, DaysPart, SchedulePart):
    """An export to a saved bucket, once or again and again.

    `blocker` is the export that stands in the way of this one, if any. `clock_note` says what the
    account's clock makes of the start, where that is odd.
    """

    frequency = forms.ChoiceField(
        label=_("Frequency"),
        choices=[
            (kind.value, explained(kind.label, FREQUENCY_HINTS[kind])) for kind in Export.Frequency
        ],
        initial=Export.Frequency.ONCE,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, account: Account, partner: str, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.account = account
        self.today = timezone.now().astimezone(account.zone).date()
        self.earliest = earliest_day(self.today, settings.EXPORT_MAX_DAYS_BACK)
        self._draft: ExportSpec | None = None
        self.blocker: Export | None = None
        self.clock_note = ""
        self.offer_content(partner)
        self.offer_days()
        self.offer_starts()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._forget_what_does_not_apply(data)
        recurs = data.get("frequency") == Export.Frequency.RECURRING
        start = self.clean_schedule(data) if recurs else None
        days = None if recurs or self._is_of_profiles(data) else self.clean_days(data)
        if self._is_of_profiles(data):
            self.check_blocker(data.get("frequency", ""))
        self.clean_selection(data)
        identifiers = self.clean_identifiers(data)
        if not self.errors.keys() - {"bucket"}:
            self.clock_note = start.note if start else ""
            self._draft = self._spec(data, days, start, identifiers)
        return data

    def check_blocker(self, frequency: str) -> None:
        if blocker := profile_export_in_the_way(account=self.account, frequency=frequency):
            self.refuse(ProfilesUnderWay(blocker))

    def refuse(self, error: ProfilesUnderWay) -> None:
        """Say which export stands in the way."""
        self.blocker = error.blocker
        self.say("type", f"{translated(error.message)} {translated(error.fix)}")

    @property
    def spec(self) -> ExportSpec:
        """What was asked for; only of a form that is valid but for its bucket."""
        if self._draft is None:
            raise RuntimeError("This form has no spec: it is not valid.")
        return self._draft

    def draft(self) -> ExportSpec | None:
        """The spec as soon as nothing is amiss but the bucket, which no estimate needs."""
        self.is_valid()
        return self._draft

    def missing(self) -> str:
        """What has to be put right before anybody can say how much this would export."""
        said = [str(messages[0]) for name, messages in self.errors.items() if name != "bucket"]
        return said[0] if said else ""

    def as_chosen(self) -> dict[str, Any]:
        """What was sent, field by field, for a form that shows it without judging it."""
        return {
            name: field.widget.value_from_datadict(self.data, self.files, name)
            for name, field in self.fields.items()
            if not field.disabled
        }

    def _forget_what_does_not_apply(self, data: dict[str, Any]) -> None:
        """Fields that the other choices hide are neither missed nor looked at."""
        for name in self.fields.keys() - self._applying(data):
            self.errors.pop(name, None)
            data.pop(name, None)

    def _applying(self, data: dict[str, Any]) -> set[str]:
        names = {"bucket", "type", "frequency", "format", "clevertap_id", "manifest", "version"}
        names |= {name for name in self.fields if name.startswith("identifier_")}
        if data.get("format"):
            names |= options_of(data["format"], of_profiles=self._is_of_profiles(data))
        if data.get("type") == Export.Type.SELECT_EVENTS:
            names |= {"events"}
        if data.get("frequency") == Export.Frequency.RECURRING:
            names |= {"interval", "start", "start_time"}
        elif not self._is_of_profiles(data):
            names |= {"range", *DAY_FIELDS.get(data.get("range", ""), ())}
        return names

    @staticmethod
    def _is_of_profiles(data: dict[str, Any]) -> bool:
        return data.get("type") == Export.Type.ALL_USER_PROPERTIES

    def _spec(
        self,
        data: dict[str, Any],
        days: DayRange | None,
        start: Start | None,
        identifiers: tuple[str, ...],
    ) -> ExportSpec:
        bucket = data.get("bucket")
        first_day = days.first if days else None
        if start and not self._is_of_profiles(data):
            first_day = start.at.astimezone(self.account.zone).date()
        return ExportSpec(
            connection_id=bucket.pk if bucket else 0,
            type=data["type"],
            frequency=data["frequency"],
            range_kind=data["range"] if days else "",
            first_day=first_day,
            last_day=days.last if days else None,
            format=data["format"],
            event_names=tuple(sorted(data.get("events", ()))),
            encode=self.encode_options(data, identifiers),
            manifest=data["manifest"],
            interval_hours=int(data["interval"]) if start else None,
            starts_at=start.at if start else None,
        )
