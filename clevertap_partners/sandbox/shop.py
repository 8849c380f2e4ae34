"""The demo dataset `shop`: `orders` and `users`, a million rows each, 2 % of them bad.

    python -m clevertap_partners.sandbox.shop --until 2026-11-22 [--rows 1000000]

Every value follows from the row's number n, so everybody has the same rows. Each fiftieth row is
bad, in one of twelve ways: the row 50 k in way MOD(k, 12). `BAD_ORDERS` and `BAD_USERS` have the
SQL that finds each; of a million rows, ways 1 to 8 have 1,667 and the others 1,666.

They are bad for an import that maps customer_id or user_id as the identity, ordered_at as Created
On, delivery_date and birthday as dates dd/MM/yyyy, gift_flag as Boolean, weight and discount as
Float, age as Integer, and phone, email and gender as what they are called. Odd but good: in row
1,000 k + 1, delivery_date is 31/12/9999 and the city is empty. `shipping` and `tags` show nested
and repeated columns.
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys

from clevertap_partners.sandbox.client import PROJECT, SandboxClient, SandboxDown, SandboxRefused

DATASET, LOCATION, ROWS = "shop", "EU", 1_000_000
BANNED = ("null", "n/a", "nan", "0", "undefined", "-1", "inf")
_BANNED = ", ".join(f"'{word}'" for word in BANNED)

_WHO = {
    "is null": "{id} IS NULL",
    "is blank": "TRIM({id}) = ''",
    "is banned": f"{{id}} IN ({_BANNED})",
    "is longer than 1,024 characters": "LENGTH({id}) > 1024",
}
# In the order of the ways: what is wrong, and the condition that finds it.
BAD_ORDERS = {
    **{f"customer_id {what}": sql.format(id="customer_id") for what, sql in _WHO.items()},
    "delivery_date is in another format": "delivery_date LIKE '____-__-__'",
    "delivery_date is not in the calendar": "delivery_date = '31/02/2026'",
    "delivery_date is in the year 0": "delivery_date LIKE '%/0000'",
    "ordered_at is before 2000": "ordered_at < TIMESTAMP '2000-01-01 00:00:00+00'",
    "discount is not finite": "IS_NAN(discount) OR IS_INF(discount)",
    "gift_flag is no boolean": "gift_flag = 'yes'",
    "weight is no number": "weight = 'heavy'",
    "ordered_at is in the future": "ordered_at > TIMESTAMP '2090-01-01 00:00:00+00'",
}
BAD_USERS = {
    **{f"user_id {what}": sql.format(id="user_id") for what, sql in _WHO.items()},
    "phone has no plus": "phone NOT LIKE '+%'",
    "phone is too short": "phone = '+12'",
    "email is no address": "email NOT LIKE '%@%'",
    "gender is unknown": "gender = 'X'",
    "score is not finite": "IS_NAN(score) OR IS_INF(score)",
    "age is no Integer": "age > 2147483647",
    "birthday is in another format": "birthday LIKE '____-__-__'",
    "birthday is not in the calendar": "birthday = '30/02/1990'",
}
_ORDERS = """
CREATE TABLE {name} AS SELECT
  n AS order_id,
  CASE bad
    WHEN 0 THEN NULL WHEN 1 THEN '   ' WHEN 2 THEN {banned} WHEN 3 THEN REPEAT('x', 1025)
    ELSE CONCAT('customer-', CAST(MOD(n * 7919, 200000) AS STRING))
  END AS customer_id,
  {status} AS status,
  CAST(MOD(n * 31, 50000) AS NUMERIC) / 100 AS amount,
  {currency} AS currency,
  1 + MOD(n, 5) AS items,
  IF(bad = 8, IF(MOD(n, 100) = 0, CAST('nan' AS FLOAT64), CAST('inf' AS FLOAT64)),
     MOD(n, 40) / 100.0) AS discount,
  MOD(n, 7) = 0 AS is_gift,
  IF(bad = 9, 'yes', {flag}) AS gift_flag,
  IF(MOD(n, 3) = 0, CONCAT('SAVE', CAST(MOD(n, 50) AS STRING)), NULL) AS coupon,
  IF(MOD(n, 1000) = 1, '', {city}) AS city,
  IF(bad = 10, 'heavy', CAST(MOD(n, 9000) / 100.0 AS STRING)) AS weight,
  CASE
    WHEN bad = 4 THEN '2026-03-14' WHEN bad = 5 THEN '31/02/2026' WHEN bad = 6 THEN '01/01/0000'
    WHEN MOD(n, 1000) = 1 THEN '31/12/9999'
    ELSE CONCAT(LPAD(CAST(1 + MOD(n, 28) AS STRING), 2, '0'), '/',
                LPAD(CAST(1 + MOD(n, 12) AS STRING), 2, '0'), '/2026')
  END AS delivery_date,
  CASE bad
    WHEN 7 THEN TIMESTAMP '1999-12-31 23:59:59+00' WHEN 11 THEN TIMESTAMP '2099-01-01 00:00:00+00'
    ELSE {moment}
  END AS ordered_at,
  TIMESTAMP_ADD({moment}, INTERVAL MOD(n, 3600) SECOND) AS updated_at,
  STRUCT({city} AS city, CAST(10000 + MOD(n, 80000) AS STRING) AS postcode,
         MOD(n, 4) = 0 AS express) AS shipping,
  [{status}, {currency}] AS tags
FROM ({numbers})
"""
_USERS = """
CREATE TABLE {name} AS SELECT
  CASE bad
    WHEN 0 THEN NULL WHEN 1 THEN '   ' WHEN 2 THEN {banned} WHEN 3 THEN REPEAT('x', 1025)
    ELSE CONCAT('customer-', CAST(n AS STRING))
  END AS user_id,
  CONCAT({first}, ' ', {last}) AS name,
  IF(bad = 6, 'nobody', CONCAT('customer-', CAST(n AS STRING), '@shop.example')) AS email,
  CASE bad WHEN 5 THEN '+12' ELSE CONCAT(IF(bad = 4, '', '+'), CAST(491510000000 + n AS STRING)) END
    AS phone,
  IF(bad = 7, 'X', IF(MOD(n, 2) = 0, 'F', 'M')) AS gender,
  {city} AS city,
  {country} AS country,
  {plan} AS plan,
  IF(bad = 9, 3000000000, 18 + MOD(n * 13, 60)) AS age,
  IF(bad = 8, IF(MOD(n, 100) = 0, CAST('nan' AS FLOAT64), CAST('-inf' AS FLOAT64)),
     MOD(n * 17, 1000) / 10.0) AS score,
  MOD(n, 3) > 0 AS subscribed,
  CASE bad
    WHEN 10 THEN '1990-03-14' WHEN 11 THEN '30/02/1990'
    ELSE CONCAT(LPAD(CAST(1 + MOD(n, 28) AS STRING), 2, '0'), '/',
                LPAD(CAST(1 + MOD(n, 12) AS STRING), 2, '0'), '/',
                CAST(1950 + MOD(n, 55) AS STRING))
  END AS birthday,
  DATE_SUB(DATE '{until}', INTERVAL MOD(n * 11, 1000) DAY) AS signed_up,
  {moment} AS last_login,
  TIMESTAMP_ADD({moment}, INTERVAL MOD(n, 3600) SECOND) AS updated_at
FROM ({numbers})
"""
TABLES = {"orders": _ORDERS, "users": _USERS}


def make_shop(console: SandboxClient, *, until: datetime.date, rows: int = ROWS) -> None:
    """Make what is missing of it. Raises SandboxRefused or SandboxDown."""
    if DATASET not in {one["name"] for one in console.datasets() if one["project_id"] == PROJECT}:
        console.create_dataset(DATASET, location=LOCATION)
    there = {one["name"] for one in console.tables(DATASET)}
    for name in TABLES:
        if name not in there:
            console.run_sql(table_sql(name, until=until, rows=rows), dataset=DATASET)


def table_sql(name: str, *, until: datetime.date, rows: int, days: int = 365) -> str:
    """The statement that makes a table; the times of its rows fill the days before `until`."""
    numbers = (
        "SELECT n, IF(MOD(n, 50) = 0, MOD(DIV(n, 50), 12), -1) AS bad "
        f"FROM UNNEST(GENERATE_ARRAY(1, {rows})) AS n"
    )
    start = f"TIMESTAMP '{until} 00:00:00+00'"
    return TABLES[name].format(
        name=name,
        numbers=numbers,
        until=until,
        moment=f"TIMESTAMP_SUB({start}, INTERVAL MOD(n * 7919, {days * 86_400}) SECOND)",
        banned=_one_of(BANNED, step="DIV(n, 600)"),
        status=_one_of(("placed", "paid", "shipped", "delivered", "returned")),
        currency=_one_of(("EUR", "GBP", "INR", "USD")),
        flag=_one_of(("0", "1", "true", "false")),
        city=_one_of(("Berlin", "Delhi", "London", "München", "New York", "São Paulo", "東京")),
        country=_one_of(("DE", "IN", "GB", "DE", "US", "BR", "JP")),
        plan=_one_of(("free", "basic", "plus", "family")),
        first=_one_of(("Ada", "Bo", "Chidi", "Dana", "Emre", "Fatima", "Göran", "Hana")),
        last=_one_of(("Adams", "Brown", "Costa", "Dubois", "Evans", "Fischer", "García")),
    )


def _one_of(words: tuple[str, ...], *, step: str = "n") -> str:
    branches = " ".join(f"WHEN {at} THEN '{word}'" for at, word in enumerate(words))
    return f"CASE MOD({step}, {len(words)}) {branches} END"


def main() -> int:
    parser = argparse.ArgumentParser(prog="shop", description=__doc__)
    parser.add_argument("--until", type=datetime.date.fromisoformat, required=True)
    parser.add_argument("--rows", type=int, default=ROWS)
    asked = parser.parse_args()
    url = os.environ.get("PARTNERS_SANDBOX_URL", "http://127.0.0.1:8081")
    try:
        make_shop(SandboxClient(url), until=asked.until, rows=asked.rows)
    except (SandboxRefused, SandboxDown) as error:
        sys.stderr.write(f"The demo tables could not be made: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
