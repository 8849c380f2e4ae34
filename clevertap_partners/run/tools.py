"""What checks, tests and benchmarks need on top of what the dashboard runs on."""

from __future__ import annotations

from clevertap_partners.run import system
from clevertap_partners.run.console import Console
from clevertap_partners.run.packages import Venv, add_packages, ensure_venvs
from clevertap_partners.run.places import sandbox_venv, var_dir
from clevertap_partners.run.supervisor import Supervisor


def tools(console: Console) -> None:
    with Supervisor(console=console, log_dir=var_dir() / "log") as supervisor:
        ensure_venvs(tools_venv(), supervisor=supervisor, console=console)


def testing(console: Console) -> None:
    """The tools, and what BigQuery in the sandbox runs on, in an environment of its own."""
    with Supervisor(console=console, log_dir=var_dir() / "log") as supervisor:
        ensure_venvs(tools_venv(), bigquery_venv(), supervisor=supervisor, console=console)


def tools_venv() -> Venv:
    return Venv(var_dir() / "venv-test", "requirements-dev.txt")


def bigquery_venv() -> Venv:
    return Venv(sandbox_venv(), "requirements-sandbox.txt")


def browser(console: Console) -> None:
    with Supervisor(console=console, log_dir=var_dir() / "log") as supervisor:
        system.ensure_browser(supervisor=supervisor, console=console)


def bench(console: Console) -> None:
    """On top of `tools`: what the benchmark compares us with."""
    with Supervisor(console=console, log_dir=var_dir() / "log") as supervisor:
        add_packages(
            tools_venv().folder, "requirements-bench.txt", supervisor=supervisor, console=console
        )
