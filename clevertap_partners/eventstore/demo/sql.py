"""[pure] The SQL that makes demo events. Every value follows from the seed and the event's number.

`pick(n, salt)` is the one source of chance: a whole number below n, the same for the same event,
seed and salt.
"""

from __future__ import annotations

from clevertap_partners.eventstore.demo import words

# event, how often in a thousand, its properties as an SQL expression that gives JSON
EVENTS = (
    ("App Launched", 210, "{session}"),
    ("Session Concluded", 120, "json_object('Session length', 5 + {1800:length})"),
    ("Product Viewed", 205, "{product}"),
    (
        "Search",
        75,
        "json_object('Query', {SEARCHES}, 'Results', {240:hits}, 'CT Source', {source})",
    ),
    ("Added To Cart", 65, "{cart}"),
    ("Charged", 38, "{charged}"),
    ("Video Played", 30, "{video}"),
    ("Wishlist 💖 Updated", 22, "{wishlist}"),
    ("Signup/Login Completed", 25, "json_object('Method', {method}, 'First time', {2:new} = 0)"),
    ("UTM Visited", 35, "'{}'::JSON"),
    ("Notification Sent", 80, "{campaign}"),
    ("Notification Viewed", 50, "{campaign}"),
    ("Notification Clicked", 15, "{campaign}"),
    ("App Installed", 12, "json_object('CT Source', {source}, 'CT App Version', {APP_VERSIONS})"),
    ("Push Unregistered", 6, "'{}'::JSON"),
    ("Support Chat Opened", 12, "{chat}"),
)

_PARTS = {
    "session": "json_object('CT Source', {source}, 'CT App Version', {APP_VERSIONS}, "
    "'CT Session Id', 1700000000 + {90000000:session}, 'CT Latitude', {18000:lat} / 100.0 - 90, "
    "'CT Longitude', {36000:lon} / 100.0 - 180)",
    "product": "json_object('Product name', product.name, 'Product id', product.id, "
    "'Category', product.category, 'Price', product.price, 'In stock', {9:stock} > 0, "
    "'Colours', CASE {3:colours} WHEN 0 THEN ['red', 'blue'] WHEN 1 THEN ['schwarz'] "
    "ELSE ['青', 'أحمر', 'हरा'] END, 'CT Source', {source})",
    "cart": "json_object('Product name', product.name, 'Product id', product.id, "
    "'Price', product.price, 'Quantity', 1 + {4:quantity}, 'Currency', {CURRENCIES})",
    "charged": "json_object('Amount', basket.amount, 'Currency', {CURRENCIES}, "
    "'Payment mode', {PAYMENTS}, 'Charged ID', 'C-' || i, 'Items', basket.items)",
    "video": "json_object('Video title', {VIDEOS}, 'Seconds watched', {900:watched}, "
    "'Completed', {3:completed} = 0, 'Quality', {quality})",
    "wishlist": "json_object('Product id', product.id, 'Size', 1 + {30:size}, "
    "'Shared with', json_object('channel', {method}, 'people', {5:people}))",
    "campaign": "json_object('Campaign id', 1700000000 + {40:campaign}, "
    "'Campaign name', {CAMPAIGNS}, 'Campaign type', {channel}, 'wzrk_pivot', 'wzrk_default')",
    "chat": "json_object('Topic', {topic}, 'Message', {message})",
}
_CHOICES = {
    "source": ("Mobile", "Web", "MobileWeb"),
    "method": ("Email", "Phone", "Google", "Apple"),
    "quality": ("480p", "720p", "1080p", "2160p"),
    "channel": ("Mobile Push - Android", "Email", "Web Push", "WhatsApp"),
    "topic": ("Delivery", "Refund", "支払い", "التوصيل"),
    "message": ("Where is my order?\nIt’s late 😟", "返品したいです", "मेरा रिफंड?", "a\tb \\ c / d"),
}
LATE_PERMILLE = 20
MAX_LATE_DAYS = 7


def pick(n: int | str, salt: str) -> str:
    return f"(hash(i, $seed, '{salt}') % {n})::BIGINT"


def expand(template: str) -> str:
    """Fill the braces: {n:salt} a number, {NAME} one of words.NAME, {name} a part or a choice."""
    before, brace, rest = template.partition("{")
    if not brace:
        return template
    name, _, after = rest.partition("}")
    if not name:
        return before + "{}" + expand(after)
    return before + _filling(name) + expand(after)


def _filling(name: str) -> str:
    number, colon, salt = name.partition(":")
    if colon:
        return pick(number, salt)
    if name in _PARTS:
        return expand(_PARTS[name])
    return choice(_CHOICES[name] if name in _CHOICES else getattr(words, name), name)


def choice(values: tuple[str, ...], salt: str) -> str:
    listed = ", ".join(quoted(value) for value in values)
    return f"[{listed}][1 + {pick(len(values), salt)}]"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def event_name() -> str:
    """An event's name by its share; the shares are in thousandths."""
    case, upto = "CASE", 0
    for name, share, _ in EVENTS[:-1]:
        upto += share
        case += f" WHEN {pick(1000, 'event')} < {upto} THEN {quoted(name)}"
    return f"{case} ELSE {quoted(EVENTS[-1][0])} END"


def event_props() -> str:
    cases = " ".join(f"WHEN {quoted(name)} THEN {expand(props)}" for name, _, props in EVENTS)
    return f"CASE event_name {cases} END"


def session_props() -> str:
    rows = ", ".join(f"[{quoted(source)}, {quoted(medium)}]" for source, medium in words.SOURCES)
    pair = f"[{rows}][1 + {pick(len(words.SOURCES), 'utm')}]"
    return (
        f"CASE WHEN event_name = 'UTM Visited' THEN json_object('utm_source', {pair}[1], "
        f"'utm_medium', {pair}[2], 'utm_campaign', {choice(words.CAMPAIGNS, 'CAMPAIGNS')}) END"
    )


def events() -> str:
    """Rows of EVENTS_SCHEMA, times as numbers, for the days and the arrivals that are asked for.

    Tables: days (day, start_s, length_s, first_i, events), offsets (from_s, offset_s), people,
    products, baskets. Parameters: seed, first_day, last_day (the days), and from_day, to_day (the
    days on which the events reach us).
    """
    return f"""
    WITH numbered AS (
        SELECT unnest(range(first_i, first_i + events)) AS i, day, start_s, length_s
        FROM days WHERE day BETWEEN $first_day AND $last_day
    ), timed AS (
        SELECT i, day, start_s + (
            ({pick("length_s", "clock")} + {pick("length_s", "second clock")}) // 2 + 10800
        ) % length_s AS s FROM numbered
    ), arrived AS (
        SELECT *, CASE
            WHEN {pick(1000, "late")} < {LATE_PERMILLE}
            THEN least(s + 86400 * (1 + {pick(MAX_LATE_DAYS - 1, "days late")}), $end_s - 1)
            ELSE s END AS captured_s
        FROM timed
    ), asked AS (
        SELECT *, {event_name()} AS event_name FROM arrived
        WHERE captured_s >= $from_s AND captured_s < $to_s
    )
    SELECT day AS event_day, event_name,
        strftime(make_timestamp((s + offset_s) * 1000000), '%Y%m%d%H%M%S')::BIGINT AS ts,
        s * 1000000 AS event_time,
        $prefix || lpad(i::VARCHAR, 10, '0') AS record_id,
        person.identity, person.object_id, person.profile, person.device_info,
        CASE WHEN event_name = 'Notification Sent' AND {pick(50, "holdout")} = 0
             THEN 'holdout-10' END AS control_group_name,
        ({event_props()})::VARCHAR AS event_props,
        ({session_props()})::VARCHAR AS session_props,
        captured_s * 1000000 AS captured_at
    FROM asked
    ASOF JOIN offsets ON s >= offsets.from_s
    JOIN people AS person ON person.number =
        ((hash(i, $seed, 'who') % 1000000) ** 2 / 1e12 * $people)::BIGINT % $people
    JOIN products AS product ON product.number = {pick(len(words.PRODUCTS), "product")}
    JOIN baskets AS basket ON basket.number = {pick("$baskets", "basket")}
    """  # noqa: S608  (only our own words and expressions are put in)
