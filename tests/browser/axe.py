"""axe looks at the page that is open, or at the drawer that lies on it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from selenium.webdriver import Chrome

# WCAG 2.2 AA with all that came before it, and what axe calls good practice.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
EVERYTHING = {"type": "tag", "values": TAGS}
# Only colours differ in the dark.
COLOURS = {"type": "rule", "values": ["color-contrast"]}
STILL = {"prefers-reduced-motion": "reduce"}
DARK = {**STILL, "prefers-color-scheme": "dark"}
RUN = """
const [rules, done] = arguments;
// What a drawer lies on is a screen of its own.
const part = document.querySelector("#drawer > .drawer") || document;
// A letter in its frame is one too, and runs no script that could answer.
const options = {runOnly: rules, resultTypes: ["violations"], preload: false, iframes: false};
axe.run(part, options)
  .then(({violations}) => done(violations.map(({id, help, nodes}) => (
    {rule: id, help, where: nodes.map(({target}) => String(target))}))))
  .catch((error) => done([{rule: "axe failed", help: String(error), where: []}]));
"""


def violations(driver: Chrome, rules: dict[str, Any]) -> list[dict[str, Any]]:
    if not driver.execute_script("return 'axe' in window"):
        driver.execute_script(source())
    return list(driver.execute_async_script(RUN, rules))


@cache
def source() -> str:
    """axe-core, from a package that brings it for another driver."""
    return (files("axe_playwright_python") / "axe.min.js").read_text()


def emulate(driver: Chrome, media: dict[str, str]) -> None:
    features = [{"name": name, "value": value} for name, value in media.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
