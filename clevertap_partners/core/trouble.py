"""What keeps something from going on, and whose turn is it?"""

from __future__ import annotations

from django.db import models

from clevertap_partners.core.errors import PartnersError


class Trouble(models.Model):
    """What keeps this row from going on, and whose turn is it? Empty when nothing does."""

    trouble_code = models.CharField(max_length=60, blank=True)
    trouble_message = models.TextField(blank=True)
    trouble_fix = models.TextField(blank=True)
    trouble_turn = models.CharField(max_length=10, blank=True)
    trouble_remedy = models.CharField(max_length=20, blank=True)
    trouble_help_url = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True


def trouble(error: PartnersError | None = None) -> dict[str, str]:
    """Field values that say what is wrong; without an error, that nothing is."""
    names = ("code", "message", "fix", "turn", "remedy", "help_url")
    return {f"trouble_{name}": str(getattr(error, name)) if error else "" for name in names}
