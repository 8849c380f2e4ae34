"""How each part is started, and how we see that it is ready."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from clevertap_partners.run.child import Command
from clevertap_partners.run.places import sandbox_venv
from clevertap_partners.run.ports import HOST, Ports

# What each worker listens to, first things first. Exports and alerts each come first with one, so
# that neither waits for all of the other. One hears only people who wait for an answer.
WORKERS = {
    "worker-1": ("high", "default", "alerts"),
    "worker-2": ("high", "alerts", "default"),
    "worker-3": ("high",),
}
# RQ waits for work for 15 seconds less than this, and may hear only then that it should end.
WORKER_OPTIONS = ("--worker-ttl", "20", "--verbosity", "0")
WEB_THREADS = 8


@dataclass(frozen=True)
class Setup:
    """One start on this machine: which folder, which ports."""

    var: Path
    web_port: int
    gateway_port: int
    grpc_port: int
    mail_port: int
    valkey_port: int | None

    @property
    def venv(self) -> Path:
        return self.var / "venv"

    @property
    def web_url(self) -> str:
        return f"http://{HOST}:{self.web_port}"

    @property
    def env(self) -> dict[str, str]:
        """What the children read (clevertap_partners/settings.py)."""
        env = {
            "DJANGO_SETTINGS_MODULE": "clevertap_partners.settings",
            "PARTNERS_MODE": "sandbox",
            "PARTNERS_SANDBOX_URL": f"http://{HOST}:{self.gateway_port}",
            "PARTNERS_SANDBOX_GRPC_PORT": str(self.grpc_port),
            "PARTNERS_SANDBOX_PYTHON": str(sandbox_venv() / "bin" / "python"),
            "PARTNERS_VAR_DIR": str(self.var),
            "PARTNERS_BASE_URL": self.web_url,
            "EMAIL_HOST": HOST,
            "EMAIL_PORT": str(self.mail_port),
            # Compiled Python goes into the state folder too, and makes the second start quick.
            "PYTHONPYCACHEPREFIX": str(self.var / "pycache"),
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONUNBUFFERED": "1",
        }
        if self.valkey_port is not None:
            env["REDIS_URL"] = f"redis://{HOST}:{self.valkey_port}/0"
        return env

    def command(self, name: str, *argv: str, stops_last: bool = False) -> Command:
        return Command(name, [str(self.venv / "bin" / "python"), *argv], self.env, stops_last)

    def manage(self, name: str, *argv: str) -> Command:
        return self.command(name, "manage.py", *argv)


def choose_setup(*, var: Path, ports: Ports) -> Setup:
    """Ports that are free. `PORT` fixes the web's; with `REDIS_URL` no Valkey is started."""
    wanted = os.environ.get("PORT", "")
    return Setup(
        var=var,
        web_port=ports.fixed("PORT", wanted) if wanted else ports.choose("web", default=8000),
        gateway_port=ports.choose("gateway", default=8081),
        grpc_port=ports.choose("bigquery", default=8082),
        mail_port=ports.choose("mail", default=8025),
        valkey_port=None if "REDIS_URL" in os.environ else ports.choose("valkey", default=6390),
    )


def valkey(setup: Setup) -> Command:
    folder = str(setup.var / "valkey")
    module = "clevertap_partners.run.valkey"
    return setup.command("valkey", "-m", module, str(setup.valkey_port), folder, stops_last=True)


def sandbox(setup: Setup) -> Command:
    options = ["--state-dir", str(setup.var / "sandbox"), "--port", str(setup.gateway_port)]
    options += ["--bigquery", "--grpc-port", str(setup.grpc_port)]
    module = "clevertap_partners.sandbox"
    return setup.command("sandbox", "-m", module, *options, stops_last=True)


def mailbox(setup: Setup) -> Command:
    options = ["--folder", str(setup.var / "sandbox" / "mail"), "--port", str(setup.mail_port)]
    module = "clevertap_partners.sandbox.mailbox"
    return setup.command("mailbox", "-m", module, *options, stops_last=True)


def web(setup: Setup) -> Command:
    options = ["--bind", f"{HOST}:{setup.web_port}", "--threads", str(WEB_THREADS)]
    options += ["--graceful-timeout", "3", "--no-control-socket", "--log-level", "warning"]
    return setup.command("web", "-m", "gunicorn", "clevertap_partners.wsgi", *options)


def workers(setup: Setup) -> list[Command]:
    """Single workers rather than RQ's pool: one thing restarts children here, and it clears up."""
    return [
        setup.manage(name, "rqworker", *queues, *WORKER_OPTIONS) for name, queues in WORKERS.items()
    ]


def scheduler(setup: Setup) -> Command:
    return setup.manage("scheduler", "run_scheduler")


def page_answers(url: str) -> bool:
    """Whether a page is served there."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  (our own address)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
