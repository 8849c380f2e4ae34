"""`/style/`: every component in all its states, from real templates. Only while developing."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clevertap_partners.core import charts, share_charts, theme
from clevertap_partners.core.finding import Chip, Found
from clevertap_partners.core.live import State
from clevertap_partners.core.sorting import Heading

TOKENS = [
    "paper",
    "surface",
    "surface-sunk",
    "surface-hover",
    "ink",
    "ink-soft",
    "line",
    "line-strong",
    "brand",
    "brand-strong",
    "brand-soft",
    "on-brand",
    "focus",
    "link",
    "nav",
    "nav-hover",
    "nav-current",
    "nav-ink",
    "nav-ink-soft",
    "nav-focus",
    "neutral",
    "neutral-soft",
    "info",
    "info-soft",
    "success",
    "success-soft",
    "warning",
    "warning-soft",
    "danger",
    "danger-strong",
    "danger-soft",
    "on-danger",
]
SIZES = ("2xl", "xl", "lg", "md", "sm", "xs")
LONG = "A name that somebody has typed to its eighty letters, because nobody said that it was 🎈"


@dataclass(frozen=True)
class Flash:
    """As a message of Django's."""

    level_tag: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Step:
    state: str
    title: str
    sentence: str = ""
    fix: str = ""
    command: str = ""
    help_url: str = ""


@dataclass(frozen=True)
class Pace:
    rows_a_second: int
    time_left: str


class SampleForm(forms.Form):
    """Fields of every kind; bound to nothing, it shows every error."""

    nickname = forms.CharField(
        label=gettext_lazy("Nickname"), help_text=gettext_lazy("Unique in this account.")
    )
    bucket = forms.ChoiceField(
        label=gettext_lazy("Bucket"),
        choices=[("", gettext_lazy("Choose a bucket")), ("1", LONG)],
    )
    start = forms.DateField(
        label=gettext_lazy("Start"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    key = forms.CharField(
        label=gettext_lazy("Key"), widget=forms.Textarea(attrs={"class": "mono", "rows": 3})
    )
    file = forms.FileField(required=False, label=gettext_lazy("Key file"))
    type = forms.ChoiceField(
        label=gettext_lazy("Type"),
        choices=[
            ("all", gettext_lazy("All events")),
            ("some", gettext_lazy("Select events")),
            ("people", gettext_lazy("User properties")),
        ],
        widget=forms.RadioSelect,
    )
    identifiers = forms.MultipleChoiceField(
        label=gettext_lazy("Identifiers"),
        choices=[("identity", gettext_lazy("Identity")), ("email", gettext_lazy("Email"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    gzip = forms.BooleanField(required=False, label=gettext_lazy("Compress"))
    off = forms.CharField(
        required=False,
        disabled=True,
        initial=gettext_lazy("Fixed"),
        label=gettext_lazy("Not to be changed"),
    )


@login_required
def style(request: HttpRequest) -> HttpResponse:
    """`?theme=dark` shows it in that theme, whatever the person has chosen."""
    chosen = request.GET.get("theme", "")
    return render(
        request,
        "style/style.html",
        {
            **_samples(),
            "theme": chosen if chosen in theme.THEMES else theme.theme_of(request),
            "themes": theme.THEMES,
        },
    )


def _samples() -> dict[str, Any]:
    return {
        "tokens": TOKENS,
        "sizes": SIZES,
        "spaces": range(1, 9),
        "tones": ("neutral", "info", "success", "warning", "danger"),
        "statuses": ("pending", "running", "done", "stopped", "attention", "failed"),
        "messages": [
            Flash("success", _("Saved.")),
            Flash("error", _("The bucket refused the key.")),
        ],
        "long": LONG,
        "form": SampleForm(auto_id="fine_%s"),
        "refused": SampleForm({}, auto_id="refused_%s"),
        "drawer_form": SampleForm(auto_id="drawer_%s"),
        "page": Paginator(range(1234), 20).get_page(2),
        "steps": _steps(),
        "tabs": [
            {"key": "overview", "label": _("Overview")},
            {"key": "runs", "label": _("Runs")},
            {"key": "files", "label": _("Files")},
            {"key": "stats", "label": _("Stats")},
        ],
        "heading": Heading("name", _("Name"), "?sort=name", "ascending"),
        "found": Found(12, 1234, [Chip("status", _("Status"), _("Done"), "?"), _long_chip()], "?"),
        "live_state": State("sample", _("Export 1763801234 is done.")),
        "pace": Pace(52_300, _("about 8 s left")),
        "touched": (_("Export 1763801234, recurring"), LONG),
        "chart": _chart(),
        "share_chart": _share_chart(),
    }


def _long_chip() -> Chip:
    return Chip("bucket", _("Bucket"), LONG, "?")


def _steps() -> list[Step]:
    return [
        Step("passed", _("The key is a service account key")),
        Step("noted", _("May overwrite objects"), _("The account has more rights than it needs.")),
        Step(
            "failed",
            _("May create objects"),
            _("Google answered 403."),
            _("Give the account the role Storage Object Creator."),
            "gcloud storage buckets add-iam-policy-binding gs://shop",
            "https://cloud.google.com/storage/docs/access-control",
        ),
        Step("running", _("The bucket exists")),
        Step("skipped", _("Retention policy")),
    ]


def _spots() -> list[charts.Spot]:
    days = [datetime.date(2026, 11, day) for day in range(1, 15)]
    return [charts.Spot(date_format(day, "j F Y"), date_format(day, "j M")) for day in days]


def _chart() -> charts.Chart:
    good = [1000 * day for day in range(1, 15)]
    series = [
        charts.Series("good", _("Sent"), good),
        charts.Series("bad", _("Failed"), [row // 9 for row in good]),
    ]
    return charts.chart("sample", _("Rows a day"), "rows", _spots(), series)


def _share_chart() -> share_charts.ShareChart:
    steps = [("success", 10_000), ("warning", 7_500), ("danger", 2_000), ("neutral", None)]
    shares = [
        share_charts.Share(tone, f"{value // 100} %" if value else _("nothing to judge"), value)
        for tone, value in (steps * 4)[:14]
    ]
    return share_charts.share_chart("health", _("Health"), _spots(), shares)
