"""[pure] What can go wrong with an export that is no fault of a partner's."""

from __future__ import annotations

from functools import partial

from clevertap_partners.core.errors import Remedy, Turn
from clevertap_partners.core.faults import Fault

_AGAIN = "Nothing to do: we try again by ourselves."

_form = partial(Fault, section="The export form")

PROFILES_RECURRING = _form(
    "profiles_recurring",
    happened="The recurring export {export} sends all user properties of this account already.",
    fix="Stop it first if you want to export them in another way.",
    remedy=Remedy.EXPORT,
)
PROFILES_UNDER_WAY = _form(
    "profiles_under_way",
    happened="Export {export} is sending all user properties of this account now.",
    fix="Wait until it is done, or stop it first.",
    remedy=Remedy.EXPORT,
)
NOT_RECURRING = _form(
    "not_recurring",
    happened="Export {export} runs once: what it sends was fixed when it was made.",
    fix="Start a new export with what you want changed.",
)
EXPORT_ENDED = _form(
    "export_ended",
    happened="Export {export} was stopped and never runs again, so it cannot be changed.",
    fix="Start a new export with what you want changed.",
)
NOTHING_TO_PREVIEW = _form(
    "nothing_to_preview",
    happened="There is nothing to show.",
    fix="Choose other days or events.",
)
PREVIEW_FAILED = _form(
    "preview_failed",
    happened="The preview took too long, or could not be made.",
    fix="Try again in a moment. The export does not depend on it.",
    turn=Turn.US,
    retried=True,
)

_run = partial(Fault, section="The run")

CONNECTION_GONE = _run(
    "connection_gone",
    happened="The bucket connection “{nickname}” was deleted.",
    fix="Choose another bucket for this export, or stop it and start a new one.",
    remedy=Remedy.EXPORT,
)
NAME_TAKEN = _run(
    "name_taken",
    happened="The bucket already holds another object named {object}.",
    fix="Somebody else wrote it: nothing was overwritten. Move or rename that object, or start "
    "this run anew: its files get new names.",
    remedy=Remedy.EXPORT,
)
RECONCILIATION_FAILED = _run(
    "reconciliation_failed",
    happened="The bucket does not hold what was written: {difference}.",
    fix="Find out who else writes to or deletes from this bucket; nothing was overwritten. Then "
    "start this run anew: it sends all that it holds once more, in files with new names.",
    remedy=Remedy.EXPORT,
)
RERUN_DIFFERS = _run(
    "rerun_differs",
    happened="Writing {object} again gave other content than the first time.",
    fix="Stop this export and start a new one; please report this, it is our mistake.",
    turn=Turn.US,
)
ROWS_DO_NOT_ADD_UP = _run(
    "rows_do_not_add_up",
    happened="{counted} rows were counted, {read} read and {written} written.",
    fix="This is our mistake: please report it. The export will not be called done.",
    turn=Turn.US,
)
CATALOGUE_BEHIND = _run(
    "catalogue_behind",
    happened="The event catalogue does not know all events yet.",
    fix=_AGAIN,
    turn=Turn.US,
    retried=True,
)
LAKE_INCOMPLETE = _run(
    "lake_incomplete",
    happened="The event store does not hold all the events that were loaded into it.",
    fix="Nothing was exported, so that nothing is missing unseen. The operator has to bring the "
    "event store back.",
    turn=Turn.US,
)
LAKE_UNSORTED = _run(
    "lake_unsorted",
    happened="The event store has a file that is out of order.",
    fix="Something other than this product wrote to the event store; ask the operator.",
    turn=Turn.US,
)
INTERNAL_ERROR = _run(
    "internal_error",
    happened="This export met a fault of ours: something unforeseen, or a step that its workers "
    "did not survive.",
    fix="Nothing to do: we try again by ourselves. If it stays, tell our support the request ID.",
    turn=Turn.US,
    retried=True,
)
