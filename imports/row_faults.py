"""[pure] Why a row was not imported: every code, and the sentence that says what to do.

Sentences have named places: {column} is the column, {value} what stood in it, cut to be readable.
"""

from __future__ import annotations

from collections.abc import Callable

from clevertap_partners.core.marking import gettext_noop as _

IDENTITY_NULL = "identity_null"
IDENTITY_BLANK = "identity_blank"
IDENTITY_BANNED = "identity_banned"
IDENTITY_TOO_LONG = "identity_too_long"
OBJECT_ID_INVALID = "object_id_invalid"
OBJECT_ID_UNKNOWN = "object_id_unknown"
EVENT_NAME_NULL = "event_name_null"
EVENT_NAME_BLANK = "event_name_blank"
EVENT_NAME_TOO_LONG = "event_name_too_long"
EVENT_NAME_CHARACTERS = "event_name_characters"
EVENT_NAME_RESTRICTED = "event_name_restricted"
EVENT_NAME_NO_ROOM = "event_name_no_room"
CREATED_ON_NULL = "created_on_null"
CREATED_ON_FORMAT = "created_on_format"
CREATED_ON_OUT_OF_RANGE = "created_on_out_of_range"
CREATED_ON_IN_FUTURE = "created_on_in_future"
NOT_A_WHOLE_NUMBER = "not_a_whole_number"
INTEGER_OUT_OF_RANGE = "integer_out_of_range"
LONG_OUT_OF_RANGE = "long_out_of_range"
NOT_A_NUMBER = "not_a_number"
NOT_FINITE = "not_finite"
NOT_A_BOOLEAN = "not_a_boolean"
DATE_FORMAT = "date_format"
DATE_OUT_OF_RANGE = "date_out_of_range"
PHONE_INVALID = "phone_invalid"
EMAIL_INVALID = "email_invalid"
GENDER_INVALID = "gender_invalid"
FLAG_INVALID = "flag_invalid"
ROW_TOO_LARGE = "row_too_large"

MAX_SHOWN = 60

_SENTENCES = {
    IDENTITY_NULL: _(
        "“{column}” is empty, so nobody knows whose row this is. "
        "Fill it in, or leave such rows out of the table or query."
    ),
    IDENTITY_BLANK: _(
        "“{column}” holds only blanks, so nobody knows whose row this is. "
        "Fill it in, or leave such rows out of the table or query."
    ),
    IDENTITY_BANNED: _(
        "“{value}” in “{column}” stands for a missing value and is no identity. "
        "Use a value that belongs to one person only."
    ),
    IDENTITY_TOO_LONG: _(
        "The identity in “{column}” has more than 1,024 characters. Use a shorter one."
    ),
    OBJECT_ID_INVALID: _(
        "“{value}” in “{column}” is no CleverTap ID. It has at most 67 letters, "
        "digits and the characters ! ( ) $ @ _ - : only."
    ),
    OBJECT_ID_UNKNOWN: _(
        "Nobody in this account has the CleverTap ID “{value}” of “{column}”. "
        "Correct it, or map a column with identities instead."
    ),
    EVENT_NAME_NULL: _("“{column}” is empty, so the event has no name. Fill it in."),
    EVENT_NAME_BLANK: _("“{column}” holds only blanks, so the event has no name. Fill it in."),
    EVENT_NAME_TOO_LONG: _(
        "The event name “{value}” in “{column}” has more than 120 bytes. Shorten it."
    ),
    EVENT_NAME_CHARACTERS: _(
        "The event name “{value}” in “{column}” holds one of the characters "
        "% > < ! | & . : ; $ ' \" \\ #, which are not allowed. Replace them."
    ),
    EVENT_NAME_RESTRICTED: _(
        "“{value}” in “{column}” is an event that the platform records by itself. Use another name."
    ),
    EVENT_NAME_NO_ROOM: _(
        "“{value}” in “{column}” would be one more event type than the account "
        "can have. Use the name of an event that exists."
    ),
    CREATED_ON_NULL: _(
        "“{column}” is empty, so nobody knows when the event happened. Fill it in, or "
        "leave Created On unmapped to use the time of the import."
    ),
    CREATED_ON_FORMAT: _(
        "“{value}” in “{column}” is not a time in the format chosen for Created On. "
        "Correct the value, or choose the format that the column has."
    ),
    CREATED_ON_OUT_OF_RANGE: _(
        "“{value}” in “{column}” is a time outside the years 2000 to 2099. "
        "Check whether the column holds seconds or milliseconds."
    ),
    CREATED_ON_IN_FUTURE: _(
        "“{value}” in “{column}” lies more than a day after the import. "
        "Correct the time, or import the row once it has happened."
    ),
    NOT_A_WHOLE_NUMBER: _(
        "“{value}” in “{column}” is not a whole number. "
        "Correct it, or choose the type Float or String."
    ),
    INTEGER_OUT_OF_RANGE: _(
        "“{value}” in “{column}” is beyond what an Integer holds "
        "(−2,147,483,648 to 2,147,483,647). Choose the type Long."
    ),
    LONG_OUT_OF_RANGE: _(
        "“{value}” in “{column}” is beyond what a Long holds (64 bits). Choose the type String."
    ),
    NOT_A_NUMBER: _(
        "“{value}” in “{column}” is not a number. Correct it, or choose the type String."
    ),
    NOT_FINITE: _("“{value}” in “{column}” is not a finite number. Leave the cell empty instead."),
    NOT_A_BOOLEAN: _(
        "“{value}” in “{column}” is none of 0, 1, true and false. "
        "Correct it, or choose the type String."
    ),
    DATE_FORMAT: _(
        "“{value}” in “{column}” is not a date in the format {format}. "
        "Correct the value, or choose the format that the column has."
    ),
    DATE_OUT_OF_RANGE: _(
        "“{value}” in “{column}” is a date outside the years 1 to 9999. "
        "Check whether the column holds seconds or milliseconds."
    ),
    PHONE_INVALID: _(
        "“{value}” in “{column}” is not a phone number. "
        "It starts with + and the country code and has more than four digits."
    ),
    EMAIL_INVALID: _("“{value}” in “{column}” is not an e-mail address. Correct it."),
    GENDER_INVALID: _("“{value}” in “{column}” is not a gender as profiles keep it. Use M or F."),
    FLAG_INVALID: _(
        "“{value}” in “{column}” does not say whether somebody may be written to. "
        "Use 0, 1, true or false."
    ),
    ROW_TOO_LARGE: _(
        "The row's properties have more than 1,000,000 bytes together. "
        "Map fewer columns, or shorten the values."
    ),
}
CODES = tuple(_SENTENCES)
_UNKNOWN = {
    "code": _("“{value}” in “{column}” was not accepted ({code})."),
    # Of a date whose property is no longer told.
    "format": _(
        "“{value}” in “{column}” is not a date in the format that was chosen. "
        "Correct the value, or choose the format that the column has."
    ),
}


def sentence(
    code: str, value: str, column: str, *, format: str = "", say: Callable[[str], str] = str
) -> str:
    """What is wrong with the value and what to do. `format` is how date_format wants it.

    `say` turns the sentence into another language, before it is filled: values may hold anything.
    """
    shown = value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]}…"
    text = _SENTENCES.get(code, _UNKNOWN["code"])
    if code == DATE_FORMAT and not format:
        text = _UNKNOWN["format"]
    return say(text).format(code=code, value=shown, column=column, format=say(format))
