"""The product as an operator serves it: gunicorn, compressed files, no DEBUG."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from selenium.webdriver import Chrome

from clevertap_partners.run.services import page_answers
from tests.processes import LIMIT_S, ROOT, environment_for_tests, wait_until

# As clevertap_partners/settings.py names it in production.
COOKIE = "__Host-partners"


@dataclass(frozen=True)
class Production:
    """A server on this test's database."""

    url: str

    def sign_in(self, driver: Chrome, person: User) -> None:
        """As the form does, which would take longer."""
        client = Client()
        client.force_login(person)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": COOKIE, "value": value, "url": self.url, "secure": True, "path": "/"}
        answer = driver.execute_cdp_cmd("Network.setCookie", cookie)
        assert answer["success"]


@contextmanager
def production(folder: Path, queue_url: str) -> Iterator[Production]:
    environment = {**os.environ, **environment_for(folder, queue_url)}
    run([sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"], environment)
    port = free_port()
    options = ["--bind", f"127.0.0.1:{port}", "--threads", "8", "--no-control-socket"]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "clevertap_partners.wsgi", *options],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://localhost:{port}"
    try:
        wait_until(lambda: page_answers(f"{url}/login/"), "the server in production mode")
        yield Production(url)
    finally:
        server.terminate()
        server.wait(LIMIT_S)


def environment_for(folder: Path, queue_url: str) -> dict[str, str]:
    """Production, but for the proxy in front that speaks TLS."""
    return {
        **environment_for_tests(queue_url),
        "PARTNERS_MODE": "production",
        "PARTNERS_VAR_DIR": str(folder),
        "PARTNERS_BASE_URL": "http://localhost",
        "PARTNERS_SECRET_KEYS": ",".join(settings.PARTNERS_SECRET_KEYS),
        "DJANGO_SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_ALLOWED_HOSTS": "localhost",
        "DJANGO_SSL_REDIRECT": "false",
    }


def run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=LIMIT_S
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
