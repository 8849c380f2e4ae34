"""Abstract models that every app may build on."""

from django.db import models


class Timestamped(models.Model):
    """When was this row made, and when was it last changed?"""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
