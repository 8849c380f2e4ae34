"""The texts of a page that are in Latin letters, but for names, code and data."""

from __future__ import annotations

import re

from django.apps import apps
from django.db.models import Model
from selenium.webdriver import Chrome

from clevertap_partners.core import style
from tests.fakes.warehouse import COLUMNS

LEFT_IN_LATIN = """
const skipped = "code, pre, kbd, samp, time, data, script, style, textarea, title, "
  + "[translate=no], [lang]:not(html)";
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode;
  if (/[A-Za-z]{2}/.test(node.data) && !node.parentElement.closest(skipped)
      && node.parentElement.checkVisibility()) found.push(node.data.replace(/\\s+/g, " ").trim());
}
for (const name of ["aria-label", "title", "placeholder", "alt"])
  for (const each of document.querySelectorAll(`[${name}]`))
    if (/[A-Za-z]{2}/.test(each.getAttribute(name)) && !each.closest("[translate=no]"))
      found.push(`${name}=${each.getAttribute(name)}`);
found.push(document.title);
return [...new Set(found)];
"""
# Names of products, formats, units and places, which are the same in every language.
NAMES = re.compile(
    r"\b(Google Cloud Storage|Google Cloud|Google|BigQuery|Partners|CleverTap|JSON|XML|CSV|Parquet"
    r"|NDJSON|gzip|Snappy|UTC|IST|B|kB|MB|GB|TB|ms|min|SQL|ID|IP|IAM|URL|HTTPS?|GET|POST|TSV"
    r"|identity|Essentials|Advanced|Cutting Edge|Enterprise|Chrome|Linux|CRC32C|crc32c|MD5|md5"
    r"|EUR)\b"
)
PLACES = re.compile(r"\b[A-Z][A-Za-z_]+/[A-Z][A-Za-z_]+\b|\bUTC[+-]\d\d:\d\d\b")
# No words of a sentence: addresses, names of files and fields; checksums and ids; the secret of a
# second factor; what is quoted, as names and values are; patterns of dates.
TOKENS = re.compile(
    r"\S*[A-Za-z0-9][@/_.:=-]+[A-Za-z0-9]\S*"
    r"|\S+==|\b[0-9a-f]{6,}\b"
    r"|\b([A-Z2-7]{4} ){3,}[A-Z2-7]{4}"
    r"|“[^”]*”|\bd?d[ /.-]?MMM?[ /.-]?yyyy( HH:mm(:ss)?)?"
)
# In no field of these: the sandbox's service account, what was searched for, the sample of /style/;
# and a schedule, which Activity keeps as it was.
NEITHER = {"exporter", "nothing has this name", style.LONG, "Every Monday at 09:00"}
# Fields that hold what people have named, or what came from outside.
NAMING = re.compile(
    r"(^|_)(name|nickname|username|email|bucket|table|dataset|project|tag|url|prefix|identity"
    r"|device|ip_address|plan|region|subject)$"
)


def left_in_latin(driver: Chrome, names: list[str]) -> list[str]:
    texts: list[str] = driver.execute_script(LEFT_IN_LATIN)
    return [text for text in texts if re.search(r"[A-Za-z]{2}", without_names(text, names))]


def without_names(text: str, names: list[str]) -> str:
    attribute, equals, rest = text.partition("=")
    if equals and attribute in {"aria-label", "title", "placeholder", "alt"}:
        text = rest
    # What has been named with several words may hold what looks like a token.
    for name in filter(has_space, names):
        text = text.replace(name, " ")
    for pattern in (PLACES, TOKENS):
        text = pattern.sub(" ", text)
    for name in names:
        text = text.replace(name, " ")
    return NAMES.sub(" ", text)


def has_space(name: str) -> bool:
    return " " in name


def names_in_use() -> list[str]:
    """What people have named, longest first."""
    found = {
        str(value)
        for model in apps.get_models()
        for field in naming_fields(model)
        for value in model._default_manager.values_list(field, flat=True).distinct()[:500]
        if value and len(str(value)) > 1
    }
    columns = {column.name for column in COLUMNS}
    return sorted(found | columns | NEITHER, key=len, reverse=True)


def naming_fields(model: type[Model]) -> list[str]:
    fields = [field.attname for field in model._meta.concrete_fields]
    return [name for name in fields if NAMING.search(name)]
