"""[pure] What can go wrong with the event store: always ours, or its operator's, to mend."""

from __future__ import annotations

from functools import partial

from clevertap_partners.core.errors import Turn
from clevertap_partners.core.faults import Fault

_lake = partial(Fault, section="The event store", turn=Turn.US)

LAKE_AWAY = _lake(
    "lake_away",
    happened="How many profiles there are cannot be told now: the event store does not answer.",
    fix="Nothing to do: the export waits for the event store.",
    retried=True,
)
LAKE_BUSY = _lake(
    "lake_busy",
    happened="The event store was too busy to take a batch or a compacted file.",
    fix="Run the same command again: what has landed is not loaded twice. Upkeep tries again by "
    "itself.",
    retried=True,
)
CATALOGUE_BUSY = _lake(
    "catalogue_busy",
    happened="The event catalogue could not be rebuilt, because events kept arriving meanwhile.",
    fix="The catalogue is as it was. Try again when less is being loaded.",
    retried=True,
)
LAKE_HISTORY_GONE = _lake(
    "lake_history_gone",
    happened="The event store no longer has the log of its version {version}.",
    fix="What has arrived since the last run cannot be told any more. The operator has to bring "
    "the event store's log back; or start a new export.",
)
LAKE_REWRITTEN = _lake(
    "lake_rewritten",
    happened="Version {version} of the event store has changed events that were there before.",
    fix="Something other than this product wrote to the event store. Nothing was exported from "
    "there on, so that nothing goes out twice; ask the operator.",
)
LAKE_ROWS_DIFFER = _lake(
    "lake_rows_differ",
    happened="A compacted file of the event store has {found} rows instead of {expected}.",
    fix="Nothing was changed: the files that it was made of stay. Tell the developers.",
)
LAKE_UNKNOWN_FILE = _lake(
    "lake_unknown_file",
    happened="A file of the event store does not have the event store's columns.",
    fix="Its day is read as before but not compacted. See what wrote {path}.",
)
