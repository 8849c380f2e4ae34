"""Uploads that no format may lose a thing of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.lakes import event

Upload = dict[str, Any]

HUGE = "0123456789 ünï 😀 " * 50_000
TEXTS = [
    *("", " ", " lead and trail ", "plain", "O'Brien", 'say "hi"', '"', "a,b", ",", "a|b", "''"),
    *("a\nb", "a\r\nb", "a\rb", "\r", "\n", "a\tb", "\t", "\n\n"),
    "".join(map(chr, range(32))),
    "".join(map(chr, range(0x7F, 0xA0))),
    *(
        "😀",
        "👩‍👩‍👧‍👦🏳️‍🌈",
        "e\u0301 é",
        "שלום \u202eabc\u202c",
        "कार्ट",
        "日本語",
        "\u200b",
        "\u2028\u2029",
    ),
    *(
        "\ufeffbom",
        "\ufdd0",
        "\ufffe",
        "x\uffffy",
        "\U0001ffff",
        "\U0010ffff",
        "\ud800",
        "a\udfffb",
    ),
    *(
        "<a b='c'>&amp;</a>",
        "]]>",
        "<![CDATA[x]]>",
        "&#13;",
        "<!-- -->",
        "<?x?>",
        "&lt;",
        "</value>",
    ),
    *("\\", "\\n", "\\u0041", '\\"', "{", "}", "[", "]", "%s", "${x}", "{{x}}", "--", "/* */", ";"),
    *(
        "null",
        "NULL",
        "None",
        "NaN",
        "true",
        "0",
        "1",
        "-1",
        "1.50",
        "007",
        "1e5",
        "+5",
        "Infinity",
    ),
    *("[a, b]", "[]", "{}", '{"a":1}', '["x"]', '[{"k":1}]', "[null]", '"quoted"'),
    *("2026-11-21", "2026-11-21T10:00:00Z", "$D_1795219200", "21/11/2026"),
    *("=1+1", "+1+1", "-1-1", "@SUM(A1)", "\t=1", "\r=1", "=", "-", "+", "@", "'=1", " =1", "-1e5"),
]
NUMBERS = [
    *(0, 1, -1, 7, 2**31, 2**53, 2**53 + 1, -(2**53), -(2**53) - 1, 2**63 - 1, -(2**63)),
    *(2**63, -(2**63) - 1, 2**64 - 1, 2**64, 10**30, -(10**30), 10**100),
    *(0.0, -0.0, 1.0, 0.1, 59.99, 1e-07, 1e-7, 5e-324, 2.2250738585072014e-308),
    *(1.7976931348623157e308, -1.7976931348623157e308, 1e15, 1e16, 1e17, 1e21, 1e22, 1e23),
    *(123456789012345680.0, 9007199254740993.0, 0.30000000000000004, 3.141592653589793),
]
LISTS = [
    *(
        [],
        ["a", "b"],
        ["a, b", "c"],
        [""],
        ["", ""],
        [None],
        ["a", None],
        [1, 2.5, True, "x", None],
    ),
    *([[1, 2], [3]], [[]], [{}], [{}, {}], [None, {}], [{"k": 1}, {}], [{}, {"k": 1}]),
    *([{"k": 1}, None], [{"k": "x"}, {"z": 2}], [{"k": {"d": [1]}}], [{"k": [1, "a, b"]}]),
    *([{"k": 1}, 5], [[{"k": 1}]], [2**70, 1e300], ["<&>", "\ufffe", "\r"], [{"k": "\r<&>"}]),
    *([{"a": 1, "A": 2}], [{"k": None}], [{"": 1}], [{"k": 2**70}, {"k": 0.5}], [True, False]),
]
OBJECTS = [
    *({}, {"a": 1}, {"a": {"b": {"c": [1, {"d": None}]}}}, {"a": None}, {"a": "", "b": []}),
    *({"a": 1, "A": 2}, {"": 1}, {"x.y": 1, "p/q": 2, "t~u": 3}, {"k|l": "<&>"}, {"a": 2**70}),
    *({"a": 1.5, "b": True, "c": "x", "d": [1], "e": {}, "f": -0.0}, {"q'\"": "'\""}),
    *({"\u0007": "\u0007"}, {"line\nkey": "\n"}, {"*": 1, "$": 2, "0": 3}),
]
VALUES = [*TEXTS, *NUMBERS, True, False, None, *LISTS, *OBJECTS]
NAMES = [
    *(" ", "  ", "a b", " a", "O'Brien", "''", 'say "hi"', '"', "a.b", ".", "$.a", "$", "*", "#"),
    *("/", "a/b", "~", "~0", "~1", "a~b", "~01", "a,b", ",", "a|b", "|", "a\nb", "a\rb", "\r\n"),
    *("a\tb", "<a>", "&amp;", "&", "]]>", "a[0]", "0", "1", "-", "\\", "\\n", "{", "{}", "%s", "?"),
    *("😀", "é", "e\u0301", "שלום", "\u2028", "\ufffe", "\U0010ffff", "\x01x", "=1", "@a"),
    *(
        "Case",
        "case",
        "CASE",
        "case_2",
        "Straße",
        "STRASSE",
        "ts",
        "eventName",
        "key",
        "value",
        "s0",
    ),
    *("text", "event_name", "line", "identity", "record_id", "null", "__proto__", "x" * 120),
    *("é" * 60, "😀" * 30),
]
EVENT_NAMES = [
    *(
        "a b",
        "a/b",
        "a-b",
        "a\tb",
        "O'Brien",
        'say "hi"',
        "new\nline",
        "cr\rname",
        "\x01ctl",
        "?ctl",
    ),
    *("<&>", "😀", "कार्ट / 🛒", " lead", "%s", "{}", ",", "=1+1", "\ufffe", "\ud800x", "null"),
    *("Case", "case", "x" * 120, "é" * 60, "--", "''"),
]
DEVICE = {
    **{"make": "Pixel", "model": 8, "appVersion": "2.30.1", "sdkVersion": 30107},
    **{"osVersion": "=14", "browser": 'Chr"ome, <x>', "dpi": 420},
    "dimensions": {"width": 0.0, "height": 1e-7, "unit": "mm"},
}
PROFILE = {
    **{"objectId": "-g-7", "all_identities": ["u,1", "", 'a"b@example.com', "<u>"]},
    **{"platform": "Web", "phone": 4930123, "name": "Asha <b>\r\n", "email": 'a"b@example.com'},
    "push_token": "fcm:abc",
}


def alone() -> Iterator[Upload]:
    """Each value under a name of its own, so that each keeps its type; once sparse, once not."""
    values = {f"v{number:03}": value for number, value in enumerate(VALUES)}
    for number, (name, value) in enumerate(values.items()):
        yield event("Sparse", at=number, evtData={name: value})
    yield event("Alone", evtData=values)


def alike() -> Iterator[Upload]:
    """Values of one kind under one name."""
    groups = {"text": TEXTS, "list": LISTS, "object": OBJECTS, "bool": [True, False, None]}
    groups["whole"] = [number for number in NUMBERS if isinstance(number, int)]
    groups["safe"] = [number for number in groups["whole"] if abs(number) < 2**53]
    groups["long"] = [number for number in groups["whole"] if -(2**63) <= number < 2**63]
    groups["float"] = [number for number in NUMBERS if isinstance(number, float)]
    groups["number"] = [*groups["float"], 1, -2]
    groups["items"] = [one for one in LISTS if one and all(isinstance(i, dict) for i in one)]
    groups["plain"] = [["a"], [1, None], [], ["[x], y"], [[1]]]
    groups["struct"] = [one for one in OBJECTS if "A" not in one and "" not in one]
    for number in range(len(TEXTS)):
        values = {name: of[number] for name, of in groups.items() if number < len(of)}
        yield event("Alike", at=number, evtData=values, sessionProps=values)


KINDS = [
    *("[x]", 1, 1.5, 2**60, 2**80, True, [1, [2]], [{}], [{"k": "v"}, None], {}, {"k": 1}),
]


def conflicting() -> Iterator[Upload]:
    """Every two kinds of values under one name, and all under one."""
    for place in (0, 1):
        pairs = {
            f"{a:02}/{b:02}": (KINDS[a], KINDS[b])[place]
            for a in range(len(KINDS))
            for b in range(a)
        }
        yield event("Pairs", at=place, evtData=pairs)
    for number, value in enumerate([*VALUES, None]):
        yield event(
            "Mixed", at=number, evtData={"x": value, "n": number}, sessionProps={"x": value}
        )


def named() -> Iterator[Upload]:
    """Properties and events with every name that is allowed."""
    yield event(
        "Names", at=1, evtData=dict.fromkeys(NAMES, "x"), sessionProps=dict.fromkeys(NAMES, 1)
    )
    yield event("Names", at=2, evtData={name: name for name in NAMES})
    yield event("Names", at=3, evtData={name: [{name: name}] for name in NAMES[20:32]})
    yield event("Structs", evtData={name: {name: 1} for name in NAMES})
    yield event("Items", evtData={name: [{name: 1}, {}] for name in NAMES})
    for number, name in enumerate(EVENT_NAMES):
        yield event(name, at=number, record_id=f"n{number}", evtData={"n": number})


def many() -> Iterator[Upload]:
    """As many properties as a record may have, and twice as many in all."""
    yield event("Many", at=1, evtData={f"p{number}": number for number in range(256)})
    yield event("Many", at=2, evtData={f"p{number}": f"{number}" for number in range(200, 456)})
    yield event("Many", at=3)


def nested() -> Iterator[Upload]:
    """Down to the deepest level that the store takes."""
    deep: Any = "deep"
    for level in range(30):
        deep = [deep] if level % 2 else {"k": deep, "z": level}
    yield event(
        "Nested", at=1, evtData={"x": deep, "y": [deep] if isinstance(deep, dict) else deep}
    )


def huge() -> Iterator[Upload]:
    yield event("Huge", at=1, evtData={"x": HUGE, "y": [HUGE[:1000]] * 100})
    yield event("Huge", at=2, evtData={"x": "small"})


def people_of_events() -> Iterator[Upload]:
    """Whose event it is: everything known, each identifier missing, everything empty."""
    yield event("Who", at=1, identity="u,1", profile=PROFILE, deviceInfo=DEVICE)
    yield event("Who", at=2, identity="=u", objectId="-g-8", controlGroupName="@10 <%>,\r\n")
    for number, gone in enumerate(("identity", "email", "phone")):
        known = {"email": "e@x.com", "phone": "+49 30", "objectId": "-g-9"}
        upload = event("Who", at=10 + number, profile={k: v for k, v in known.items() if k != gone})
        yield {key: value for key, value in upload.items() if key != gone}
    nobody = event("Who", at=20, objectId="-g-10", profile={"email": "", "all_identities": []})
    del nobody["identity"]
    yield nobody
    empty = dict.fromkeys(("make", "model", "browser"), "") | {"dpi": None, "dimensions": {}}
    yield event("Who", at=21, deviceInfo=empty, controlGroupName="", sessionProps={})
    yield event("Who", at=22, deviceInfo={"dpi": 0}, sessionProps={"utm": ""}, evtData={"x": None})
    yield event("Who", at=23, deviceInfo={"dimensions": {"unit": "mm"}})
    yield event("No props", at=1, sessionProps={"only": "here"})
    yield event("Nothing", at=1)


EVENTS = {
    "alone": alone,
    "alike": alike,
    "conflicting": conflicting,
    "named": named,
    "many": many,
    "nested": nested,
    "huge": huge,
    "people": people_of_events,
}


def person(identity: str, at: int = 0, **fields: Any) -> Upload:
    """An upload record of a profile."""
    known = {"type": "profile", "identity": identity, "ts": 1_795_219_200 + at}
    return {**known, "profileData": {}, **fields}


KNOWN_AS = {"all_identities": ["p,1", "<a@x>", 'b"c'], "platform": "Web", "objectId": "-g-1"}
MEETING = [
    *("name", "email", "phone", "EMAIL", "NAME", "created", "lastSeen", "identity", "objectId"),
    *("all_identities", "platform", "Created", "profileData.created", "profileData.name"),
    *("profileData.profileData.created", "profileData.x", "EMAIL_2", "properties", "created_at"),
    *("MSG-", "msg-email", "texts", "jsons", "last_seen"),
]


def people() -> Iterator[Upload]:
    """People with every value and every name, with a history, and those who lack everything."""
    yield person("everything", profileData={f"v{n:03}": value for n, value in enumerate(VALUES)})
    for number, value in enumerate(VALUES):
        yield person(f"one-{number:03}", at=number, profileData={f"v{number:03}": value})
        yield person(f"mixed-{number:03}", at=number, profileData={"x": value, "tags": value})
    yield person("names", profileData=dict.fromkeys(NAMES, "x"))
    yield person("items", profileData={name: [{name: name}] for name in NAMES[20:32]})
    yield person("meeting", profileData={name: name for name in MEETING})
    yield person("meeting too", profileData=dict.fromkeys(MEETING, 1))
    yield person("nobody")
    yield person("named", profile=KNOWN_AS, profileData={"Name": "Asha <b>", "Email": "a@x,y"})
    yield person("phone", profileData={"Phone": "+49 30", "MSG-email": True, "MSG-sms": False})
    yield person("all", profileData={"Name": "=1", "Email": "e@x", "Phone": 4930, "MSG-push": 1})
    yield person("\x01\ud800<&>\r\n,\"'", profileData={"x": 1})
    yield person("huge", profileData={"big": HUGE})


def history() -> list[list[Upload]]:
    """Loads, each changing some of the people of the one before."""
    first = [person(f"h-{n:03}", at=n, profileData={"n": n, "City": "Pune"}) for n in range(90)]
    second = [
        person(f"h-{n:03}", at=500, profileData={"City": None, "Plan": n}) for n in range(0, 120, 3)
    ]
    third = [
        person(f"h-{n:03}", at=-n, profile=KNOWN_AS, profileData={"n": "text", "Email": f"{n}@x"})
        for n in range(0, 150, 5)
    ]
    fourth = [person(f"new-{n}", at=n, profileData={"n": n}) for n in range(9)]
    return [first, second, third, fourth]
