from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from clevertap_partners.core.errors import Remedy, Turn
from clevertap_partners.core.faults import Fault
from integrations.mending import SECTIONS, section_of
from integrations.models import shown
from integrations.partners.bigquery import faults as bigquery
from integrations.partners.gcs import faults as gcs
from integrations.partners.google import faults as google

GUIDES = Path(settings.BASE_DIR, "templates/integrations/guides")
FAULTS = [
    fault
    for table in (bigquery, gcs, google)
    for fault in vars(table).values()
    if isinstance(fault, Fault)
]


def has_a_way(fault: Fault) -> bool:
    """A drawer, a section of the guide, a command, or the partner's own page."""
    in_product = fault.remedy is not Remedy.ELSEWHERE or section_of(fault.code)
    return bool(in_product or "\n" in fault.fix or fault.help_url)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
def test_what_a_customer_mends_has_a_link_or_a_command(fault: Fault) -> None:
    assert has_a_way(fault) or fault.turn is not Turn.CUSTOMER


@pytest.mark.parametrize("guide", ["google_cloud.html", "bigquery.html"])
def test_each_guide_has_the_sections_that_failures_lead_to(guide: str) -> None:
    text = (GUIDES / guide).read_text() + (GUIDES / "_addresses.html").read_text()
    sections = set(re.findall(r'id="guide-([a-z]+)"', text))
    assert {*SECTIONS.values(), "key"} <= sections


def test_every_failure_that_a_guide_mends_is_one_of_ours() -> None:
    assert set(SECTIONS) <= {fault.code for fault in FAULTS}


def test_a_failed_step_names_the_section_that_mends_it() -> None:
    step = {"title": "It may write", "outcome": "failed", "code": "permission_missing"}
    assert [found["section"] for found in shown([step])] == ["role"]
