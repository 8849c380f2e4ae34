"""A row of any model, for tests that go over all of them."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.db import models
from django.utils import timezone

# By field class, the first that fits. A number that is no id of anything else.
SAMPLES: tuple[tuple[type[models.Field[Any, Any]], Any], ...] = (
    (models.UUIDField, uuid.UUID(int=7)),
    (models.BooleanField, False),
    (models.DateTimeField, timezone.now()),
    (models.DateField, datetime.date(2026, 11, 21)),
    (models.DurationField, datetime.timedelta(seconds=7)),
    (models.GenericIPAddressField, "192.0.2.7"),
    (models.JSONField, {}),
    (models.IntegerField, 7),
    (models.FloatField, 7.0),
    (models.CharField, "seven"),
    (models.TextField, "seven"),
)


def make_row(model: type[models.Model]) -> models.Model:
    """One saved row with something in every field that needs it, and the rows it points at."""
    values = {field.name: _value(field) for field in model._meta.concrete_fields if _needed(field)}
    return model._default_manager.create(**values)


def _needed(field: Any) -> bool:
    if field.auto_created or getattr(field, "auto_now", False):
        return False
    if field.primary_key or field.is_relation:
        return not (field.null or isinstance(field, models.AutoField) or field.has_default())
    return not (field.null or field.has_default() or getattr(field, "auto_now_add", False))


def _value(field: Any) -> Any:
    if field.is_relation:
        related = field.related_model
        return related._default_manager.first() or make_row(related)
    if field.choices:
        return field.flatchoices[0][0]
    return next(value for kind, value in SAMPLES if isinstance(field, kind))
