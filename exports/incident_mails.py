"""The letters about a failing export: to whom, with which words, and where their link leads.

The words are kept in English; the letter's templates translate them.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_noop as _

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.english import in_english
from clevertap_partners.core.errors import Remedy
from clevertap_partners.mail.models import Mail
from clevertap_partners.mail.people import addresses_of, admins_of, members_of
from clevertap_partners.mail.rendering import absolute_url, one_line
from clevertap_partners.mail.selectors import mails_by_key
from clevertap_partners.mail.services import mail_send, mail_try_again
from exports.models import Export, Incident
from exports.selectors import connection_in_use
from integrations.selectors import partner_label

DAY = datetime.timedelta(days=1)
FIRST, SECOND, LAST = 1, 2, 3
WARNINGS = {FIRST: "export_failed", SECOND: "export_still_failing"}


def key(incident: Incident, letter: int) -> str:
    """Names one of the letters of an incident."""
    return f"export-failed:{incident.pk}:{letter}"


def warn(incident: Incident, letter: int, *, now: datetime.datetime) -> Mail:
    """The first or the second letter: what is wrong, how to mend it, what comes next."""
    export = incident.export
    url, label = remedy_link(incident)
    context = {
        "url": url,
        "url_label": label,
        "kept": kept_while_failing(export),
        "next_mail": moment(now + DAY, export.account),
        "stop_at": moment(now + DAY, export.account),
    }
    return send(incident, key(incident, letter), WARNINGS[letter], context)


def warn_again(incident: Incident, letter: int) -> bool:
    """Send a warning that reached nobody to whoever can be told now. False when nobody can be."""
    people, why = recipients(incident.export)
    return mail_try_again(key=key(incident, letter), recipients=people, why=why)


def say_stopped(incident: Incident) -> Mail:
    export = incident.export
    new = reverse("export_new", args=[export.account_id])
    context = {
        "url": absolute_url(f"{new}?partner={export.partner}"),
        "url_label": _("Create a new export"),
        "detail_url": detail_url(export),
        "kept": kept_for_good(export),
        "again": again(export),
        "was_warned": was_warned(incident),
    }
    return send(incident, key(incident, LAST), "export_stopped", context)


def was_warned(incident: Incident) -> bool:
    """False when a warning was given up, so that we do not claim to have written."""
    warnings = mails_by_key(keys=[key(incident, letter) for letter in WARNINGS])
    return all(mail.sent_at for mail in warnings.values())


def say_recovered(incident: Incident) -> Mail:
    context = {
        "url": detail_url(incident.export),
        "url_label": _("See how it goes"),
        "kept": _("what had waited has gone out or goes out now, everything once."),
    }
    return send(incident, f"export-recovered:{incident.pk}", "export_recovered", context)


def send(incident: Incident, mail_key: str, template: str, context: dict[str, Any]) -> Mail:
    export = incident.export
    people, why = recipients(export)
    return mail_send(
        key=mail_key,
        account=export.account,
        recipients=people,
        template=template,
        context={**context, **facts_of(incident), "why": why},
    )


def recipients(export: Export) -> tuple[list[str], str]:
    """Who is told, and why they: the creator or, if they cannot be, the account's Admins."""
    creator = members_of(export.account_id).filter(user=export.created_by)
    if addresses := addresses_of(creator):
        return addresses, _("you created this export")
    why = _("you are an Admin of its account, which the creator of the export has left")
    if creator.exists():
        why = _(
            "you are an Admin of its account, and we know no e-mail address of the creator of the "
            "export"
        )
    return admins_of(export.account_id), why


def facts_of(incident: Incident) -> dict[str, Any]:
    """What every letter says of the export and its failure. A fix's second line is a command."""
    export = incident.export
    account = export.account
    connection = connection_in_use(export)
    bucket = one_line(connection.nickname if connection else export.bucket_nickname)
    bucket_name = connection.target if connection else export.bucket_name
    fix, __, command = incident.fix.partition("\n")
    return {
        "request_id": export.request_id,
        "bucket": bucket,
        "partner": partner_label(export.partner),
        "message": one_line(incident.message),
        "fix": one_line(fix),
        "command": command,
        "help_url": incident.help_url,
        "since": moment(incident.opened_at, account),
        "account_name": one_line(account.name),
        "account_id": account.account_id,
        "facts": [
            (_("Request ID"), export.request_id),
            (_("Bucket"), f"{bucket} ({bucket_name})"),
            (_("Type"), type_of(export)),
            (_("Frequency"), frequency(export)),
        ],
    }


def type_of(export: Export) -> str:
    with in_english():
        return str(Export.Type(export.type).label)


def frequency(export: Export) -> str:
    if export.interval_hours:
        return _("Every {hours} hours").format(hours=export.interval_hours)
    with in_english():
        return str(Export.Frequency(export.frequency).label)


def moment(at: datetime.datetime, account: Account) -> str:
    """A time, to be put into words by the letter: 2026-11-24T13:05:00+00:00[Europe/Berlin]."""
    return f"{at.isoformat()}[{account.time_zone}]"


def remedy_link(incident: Incident) -> tuple[str, str]:
    """The address of the drawer that mends it and what its button says; else the export's page."""
    export = incident.export
    connection = connection_in_use(export)
    if incident.remedy == Remedy.CONNECTION and connection:
        drawer = reverse(export.partner.replace("-", "_"), args=[export.account_id])
        return absolute_url(f"{drawer}#connection-{connection.pk}"), _("Open the bucket")
    if incident.remedy == Remedy.EXPORT and export.is_recurring:
        edit = reverse("export_edit", args=[export.account_id, export.request_id])
        return absolute_url(edit), _("Edit the export")
    return detail_url(export), _("Open the export")


def detail_url(export: Export) -> str:
    return absolute_url(reverse("export_detail", args=[export.account_id, export.request_id]))


def kept_while_failing(export: Export) -> str:
    if not export.is_recurring:
        if export.is_of_profiles:
            return _("your user profiles are kept here, and the export goes on where it was.")
        return _("your events are kept here, and the export goes on where it was.")
    if export.is_of_profiles:
        return _("the next run that succeeds sends everybody who has changed since the last one.")
    return _(
        "your events are kept here, and the next run that succeeds sends all of them since the "
        "last one, each once."
    )


def kept_for_good(export: Export) -> str:
    if export.is_of_profiles:
        return _("we delete no file from your bucket, and your user profiles stay here.")
    return _("we delete no file from your bucket, and your events stay here.")


def again(export: Export) -> str:
    if export.is_of_profiles:
        return _("It sends everybody.")
    text = _(
        "It can reach {days} days back, so choose the first day that is missing in your bucket."
    )
    return text.format(days=settings.EXPORT_MAX_DAYS_BACK)
