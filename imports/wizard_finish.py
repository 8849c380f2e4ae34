"""The end of the wizard: a draft becomes an import, a change takes effect."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clevertap_partners.accounts.access import ip_of
from clevertap_partners.core.errors import PermanentError
from imports import schedule
from imports.models import Import
from imports.refusals import said
from imports.services import import_change, import_submit
from imports.wizard import STEPS, Work, detail_url, list_url, overtaken, step_url


def finish(work: Work, *, is_confirmed: bool = False) -> HttpResponse:
    """Save the whole: to the import's page, or back to what still needs a decision."""
    if work.reached != list(STEPS)[-1]:
        text = _("This step still needs something before it can be saved.")
        messages.warning(work.request, text)
        return HttpResponseRedirect(step_url(work, work.reached))
    return changed(work, is_confirmed) if work.is_edit else submitted(work)


def submitted(work: Work) -> HttpResponse:
    if not work.keep(schedule=anchored(work.item)):
        return overtaken(work.request, work.item)
    try:
        import_submit(item=work.item, actor=work.request.user, ip=ip_of(work.request))
    except PermanentError as error:
        messages.error(work.request, said(error))
        return HttpResponseRedirect(step_url(work, "schedule"))
    messages.success(work.request, said_of(work.item))
    return HttpResponseRedirect(list_url(work.request))


def changed(work: Work, is_confirmed: bool) -> HttpResponse:
    if not is_confirmed and (work.is_overtaken or (work.reads_anew and has_read(work.item))):
        return HttpResponseRedirect(confirm_url(work))
    if work.changed:
        try:
            import_change(
                item=Import.objects.get(pk=work.item.pk),
                values=values_of(work),
                actor=work.request.user,
                ip=ip_of(work.request),
            )
        except PermanentError as error:
            messages.error(work.request, said(error))
            return HttpResponseRedirect(step_url(work, "configure"))
        except IntegrityError:
            text = _(
                "Another import of this account has taken the nickname meanwhile; "
                "choose another one."
            )
            messages.error(work.request, text)
            return HttpResponseRedirect(step_url(work, "configure"))
        text = _("“{item}” is changed. What you changed takes effect with the next run.")
        messages.success(work.request, text.format(item=work.item))
    work.forget()
    return HttpResponseRedirect(detail_url(work.request, work.item))


def values_of(work: Work) -> dict[str, Any]:
    """What has changed, as the service takes it: the connection itself, an interval that begins."""
    values = dict(work.changed)
    if "connection" in values:
        connection = work.item.connection
        values |= {
            "connection": connection,
            "connection_name": connection.nickname if connection else "",
            "partner": connection.partner if connection else work.item.partner,
        }
    if "schedule" in values or "frequency" in values:
        values |= {"frequency": work.item.frequency, "schedule": anchored(work.item)}
    return values


def anchored(item: Import) -> dict[str, Any]:
    """The schedule, with the moment from which an interval is counted."""
    if item.frequency != Import.Frequency.INTERVAL:
        return dict(item.schedule)
    return {**item.schedule, "anchor": timezone.now().isoformat()}


def has_read(item: Import) -> bool:
    """Whether rows have been imported already, which could come a second time."""
    return item.runs.exists()


def confirm_url(work: Work) -> str:
    return reverse("import_edit_confirm", args=[work.request.account.pk, work.item.pk])


def said_of(item: Import) -> str:
    zone = item.account.zone
    now = timezone.now()
    first = schedule.first_slot(item.frequency, item.schedule, zone, now=now)
    if first is None:
        return _("“{item}” is ready. It runs when somebody presses Run now.").format(item=item)
    if first > now:
        text = _("“{item}” is scheduled. It runs first on {moment}.")
        return text.format(item=item, moment=date_format(first.astimezone(zone), "j M Y, H:i"))
    return _("“{item}” has started. Its rows show here as they come in.").format(item=item)
