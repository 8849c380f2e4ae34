"""[pure] What can go wrong with any service account key of Google, whatever it opens.

`token_errors.py` says which answer of Google's sign-in is which of these. Named places that every
fault about signing in may use: {client_email}, {project_id}.
"""

from __future__ import annotations

from functools import partial

from clevertap_partners.core.errors import Remedy, Turn
from clevertap_partners.core.faults import Fault

GOOGLE = "https://cloud.google.com"
NOTHING = "Nothing to do: we try again by ourselves."
MAKE_A_KEY = (
    "In the Google Cloud console open IAM & Admin, Service accounts, your account, Keys, "
    "then Add key, Create new key, JSON, and use that file."
)
_WHOLE_FILE = "Copy the whole key file, from the first {{ to the last }}, or choose the file."
KEY_COMMAND = "gcloud iam service-accounts keys create key.json --iam-account={client_email}"

# -- the key, before anybody is called -------------------------------------------------------------

_key = partial(
    Fault,
    section="The key, before anybody is called",
    remedy=Remedy.CONNECTION,
    help_url=f"{GOOGLE}/iam/docs/keys-create-delete",
)

KEY_EMPTY = _key("key_empty", happened="Paste the service account key, or choose its file.")
KEY_TOO_LARGE = _key(
    "key_too_large",
    happened="This is longer than any service account key (20 kB).",
    fix=MAKE_A_KEY,
)
KEY_NOT_JSON = _key(
    "key_not_json",
    happened="The key is not JSON: line {line}, column {column}.",
    fix="{likely_cause_and_what_to_do}",
)
KEY_TOO_DEEP = _key(
    "key_not_json",
    happened="The key is not JSON that a key file holds: it is nested too deeply.",
    fix=MAKE_A_KEY,
)
KEY_NOT_TEXT = _key(
    "key_not_json",
    happened="This file is not text.",
    fix="Choose the JSON file that Google made.",
)
KEY_NOT_OBJECT = _key(
    "key_not_object",
    happened="The key is JSON, but {kind} instead of an object.",
    fix="Paste the whole key file, from the first {{ to the last }}.",
)
KEY_OTHER_KIND = _key(
    "key_kind",
    happened="This is {kind}, not the key of a service account.",
    fix=MAKE_A_KEY,
)
KEY_UNKNOWN_KIND = _key(
    "key_kind",
    happened="The field type is not service_account: this is another kind of credential.",
    fix=MAKE_A_KEY,
)
KEY_NO_TYPE = _key(
    "key_fields_missing",
    happened="The field type is missing: a service account key says type service_account.",
    fix=MAKE_A_KEY,
)
KEY_FIELD_MISSING = _key("key_fields_missing", happened="The key lacks {field}.", fix=_WHOLE_FILE)
KEY_FIELDS_MISSING = _key(
    "key_fields_missing", happened="The key lacks {fields} and {last_field}.", fix=_WHOLE_FILE
)
KEY_FIELD_INVALID = _key(
    "key_field_invalid",
    happened="The field {field} of the key does not look like one that Google makes.",
    fix="Use the key file as Google made it, unchanged.",
)
KEY_UNREADABLE = _key(
    "key_private_key",
    happened="The private key inside the key file cannot be read.",
    fix="{likely_cause} Choose the key file instead of pasting it, or make a new key.",
)
KEY_NOT_RSA = _key(
    "key_private_key",
    happened="The private key inside the key file is not an RSA key.",
    fix="Google's key files hold RSA. Choose the key file instead of pasting it, or make a new "
    "key.",
)
KEY_TOKEN_ADDRESS = _key(
    "key_token_address",
    happened="The key names a token address that is not Google's (token_uri). We did not call it.",
    fix="Use the key file as Google made it; its token_uri is {addresses}.",
)
KEY_UNIVERSE = _key(
    "key_universe",
    happened="The key belongs to another cloud than googleapis.com (universe_domain).",
    fix="Use a key of a project at console.cloud.google.com.",
)

# -- signing in ------------------------------------------------------------------------------------

_sign_in = partial(Fault, section="Signing in", remedy=Remedy.CONNECTION)

CLOCK_SKEW = _sign_in(
    "clock_skew",
    happened="Google says that the clock of our server is wrong.",
    fix="This is ours to mend; your key was not judged. We try again by ourselves.",
    turn=Turn.US,
    retried=True,
    remedy=Remedy.ELSEWHERE,
)
CLOCKS_APART = _sign_in(
    "clock_skew",
    happened="Our clock and Google's are {minutes} minutes apart, so Google refuses every key.",
    fix="This is ours to mend; your key was not judged. Test again later.",
    turn=Turn.US,
    retried=True,
    remedy=Remedy.ELSEWHERE,
)
KEY_DELETED = _sign_in(
    "key_deleted",
    happened="Google does not know this key of {client_email}: it was deleted, disabled or is "
    "over.",
    fix="If it is only disabled, enable it again. Else make a new key for the service account and "
    f"use that:\n{KEY_COMMAND}",
    help_url=f"{GOOGLE}/iam/docs/keys-create-delete",
)
ACCOUNT_NOT_FOUND = _sign_in(
    "account_not_found",
    # Google answers the same for a deleted and for a disabled account.
    happened="The service account {client_email} was deleted or is disabled.",
    fix="Look whether it is in the list. Enable it there, or make a new one and a key for it:\n"
    "gcloud iam service-accounts list --project={project_id}",
    help_url=f"{GOOGLE}/iam/docs/service-accounts-disable-enable",
)
ACCOUNT_DISABLED = _sign_in(
    "account_disabled",
    happened="The service account {client_email} is disabled.",
    fix="Enable it again:\ngcloud iam service-accounts enable {client_email}",
    help_url=f"{GOOGLE}/iam/docs/service-accounts-disable-enable",
)
TOKEN_REFUSED = _sign_in(
    "token_refused",
    happened="Google refused to sign in {client_email} with this key.",
    fix=f"Make a new key for the service account and use that:\n{KEY_COMMAND}",
    help_url=f"{GOOGLE}/iam/docs/keys-create-delete",
)
CREDENTIALS_REFUSED = _sign_in(
    "credentials_refused",
    happened="Google does not accept the key of {client_email} any more.",
    fix="Make a new key for the service account and replace the key of this connection:\n"
    f"{KEY_COMMAND}",
    help_url=f"{GOOGLE}/iam/docs/keys-create-delete",
)
SIGN_IN_REFUSED = _sign_in(
    "sign_in_refused",
    happened="Google's sign-in service refused our request for {client_email} in a way that we do "
    "not foresee. The key was not judged.",
    fix="This is ours to look into, and we try again every hour. You may test the connection. If "
    "the test passes, tell our support the time and the service account.",
    turn=Turn.US,
    remedy=Remedy.ELSEWHERE,
)

# -- passing faults --------------------------------------------------------------------------------

_passing = partial(Fault, section="Between us and Google", retried=True, turn=Turn.US)

NOT_SECURE = _passing(
    "unreachable",
    happened="What answered in Google's place has no valid certificate of Google, so we sent it "
    "nothing.",
    fix="This is ours to mend: something in our network stands between us and Google. We try again "
    "by ourselves.",
)
NOT_GOOGLE = _passing(
    "unreachable",
    happened="Something else than Google answered, such as a proxy: it did not speak as Google "
    "does.",
    fix="This is ours to mend: something in our network stands between us and Google. We try again "
    "by ourselves.",
)
SIGN_IN_UNREACHABLE = _passing(
    "unreachable",
    happened="Google's sign-in service could not be reached, or the connection broke.",
    fix=NOTHING,
)
SIGN_IN_UNAVAILABLE = _passing(
    "google_unavailable",
    happened="Google's sign-in service did not answer in time.",
    fix=NOTHING,
    turn=Turn.PARTNER,
    help_url="https://status.cloud.google.com",
)
