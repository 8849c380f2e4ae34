"""What checks, tests and benchmarks need on top of what the dashboard runs on."""

from __future__ import annotations

from clevertap_partners.run import system
from clevertap_partners.run.console import Console
from clevertap_partners.run.packages import add_packages, ensure_venv
from clevertap_partners.run.places import sandbox_venv, var_dir
from clevertap_partners.run.supervisor import Supervisor


def tools(console: Console) -> None:
    var = var_dir()
    with Supervisor(console=console, log_dir=var / "log") as supervisor:
        ensure_venv(
            var / "venv-test", "requirements-dev.txt", supervisor=supervisor, console=console
        )


def sandbox(console: Console) -> None:
    """What BigQuery in the sandbox runs on, in an environment of its own."""
    with Supervisor(console=console, log_dir=var_dir() / "log") as supervisor:
        ensure_sandbox(supervisor=supervisor, console=console)


def ensure_sandbox(*, supervisor: Supervisor, console: Console) -> None:
    ensure_venv(sandbox_venv(), "requirements-sandbox.txt", supervisor=supervisor, console=console)


def browser(console: Console) -> None:
    with Supervisor(console=console, log_dir=var_dir() / "log") as supervisor:
        system.ensure_browser(supervisor=supervisor, console=console)


def bench(console: Console) -> None:
    """On top of `tools`: what the benchmark compares us with."""
    var = var_dir()
    with Supervisor(console=console, log_dir=var / "log") as supervisor:
        add_packages(
            var / "venv-test", "requirements-bench.txt", supervisor=supervisor, console=console
        )
