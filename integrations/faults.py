"""[pure] What can go wrong with connections, whoever the partner is."""

from __future__ import annotations

from functools import partial

from clevertap_partners.core.errors import Remedy, Turn
from clevertap_partners.core.faults import Fault

_connection = partial(Fault, section="The account and its connections")

FEATURE_MISSING = _connection(
    "feature_missing",
    happened="The plan of the account does not include this partner.",
    fix="Ask your account manager to switch it on for this account.",
)
NICKNAME_TAKEN = _connection(
    "nickname_taken",
    happened="Another connection of this account has this nickname.",
    fix="Choose a different nickname.",
    remedy=Remedy.CONNECTION,
)
CANNOT_EXPORT = _connection(
    "partner_cannot_export",
    happened="Nothing can be exported to {partner}.",
    fix="Choose a connection of a partner that takes data.",
    remedy=Remedy.EXPORT,
)
CANNOT_IMPORT = _connection(
    "partner_cannot_import",
    happened="Nothing can be imported from {partner}.",
    fix="Choose a connection of a partner that gives data.",
)
TEST_INTERRUPTED = _connection(
    "test_interrupted",
    happened="The test could not be finished: it was interrupted several times.",
    fix="Nothing was saved. Try again; if it stays, tell our support.",
    turn=Turn.US,
    retried=True,
)
SECRET_UNREADABLE = _connection(
    "secret_unreadable",
    happened="A stored secret cannot be decrypted with the current key ring.",
    fix="Put the key it was encrypted with back into PARTNERS_SECRET_KEYS.",
    turn=Turn.US,
)
