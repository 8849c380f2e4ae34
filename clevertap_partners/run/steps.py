"""What `make run` does, in order."""

from __future__ import annotations

import datetime
import os
import time

from clevertap_partners.run import lock, services
from clevertap_partners.run.console import Console
from clevertap_partners.run.done import Done, fingerprint
from clevertap_partners.run.packages import Venv, ensure_venvs
from clevertap_partners.run.places import ROOT, shown, var_dir
from clevertap_partners.run.ports import Ports, answers
from clevertap_partners.run.services import Setup, choose_setup, page_answers
from clevertap_partners.run.supervisor import Supervisor
from clevertap_partners.run.tools import bigquery_venv

# As in accounts/management/commands/make_demo_account.py, which needs Django.
DEMO_ACCOUNT = "100000000"
DEMO_USER = "demo@example.com"
DEMO_PASSWORD = "partners-demo"  # noqa: S105  (shown at every start; the sandbox holds nothing real)
MADE_FROM = ("*/migrations/*.py", "*/*/migrations/*.py", "*/*/management/commands/*.py")


def run(console: Console) -> None:
    """Start everything and keep it running. Ends by StopAsked or StartFailed only."""
    var, started = var_dir(), time.monotonic()
    with (
        lock.take(var / "run.lock") as held,
        Supervisor(
            console=console,
            log_dir=var / "log",
            lock=held,
            verbose=bool(os.environ.get("VERBOSE")),
        ) as supervisor,
    ):
        setup = choose_setup(var=var, ports=Ports(var / "ports.json", console))
        dashboard = Venv(setup.venv, "requirements.txt")
        ensure_venvs(dashboard, bigquery_venv(), supervisor=supervisor, console=console)
        start_services(setup, supervisor)
        done = Done(var / "done.json")
        prepare_database(setup, done, supervisor, console)
        start_dashboard(setup, supervisor)
        await_services(setup, supervisor, console)
        make_demo_data(setup, done, supervisor, console)
        console.box(welcome(setup, time.monotonic() - started))
        supervisor.watch()


def start_services(setup: Setup, supervisor: Supervisor) -> None:
    if setup.valkey_port is not None:
        supervisor.keep(services.valkey(setup))
    supervisor.keep(services.sandbox(setup))
    supervisor.keep(services.mailbox(setup))


def prepare_database(setup: Setup, done: Done, supervisor: Supervisor, console: Console) -> None:
    """Tables and the demo account; nothing to do when they were made from the same code."""
    if "DATABASE_URL" in os.environ or not (setup.var / "partners.sqlite3").exists():
        done.forget_all()
    made_from = fingerprint(file for pattern in MADE_FROM for file in ROOT.glob(pattern))
    if done.has("database", made_from):
        console.say("  Database: unchanged")
        return
    with console.step("Preparing the database and the demo account"):
        supervisor.finish(setup.manage("migrate", "migrate", "--no-input"))
        supervisor.finish(
            setup.manage("demo-account", "make_demo_account", "--password", DEMO_PASSWORD)
        )
        done.add("database", made_from)


def start_dashboard(setup: Setup, supervisor: Supervisor) -> None:
    commands = [services.web(setup), *services.workers(setup), services.scheduler(setup)]
    for command in commands:
        supervisor.keep(command)


def await_services(setup: Setup, supervisor: Supervisor, console: Console) -> None:
    sign_in = f"{setup.web_url}/login/"
    with console.step("Starting the sandbox, the queue, workers, scheduler and web"):
        supervisor.wait_until(lambda: answers(setup.gateway_port), what="The sandbox")
        supervisor.wait_until(lambda: answers(setup.mail_port), what="The sandbox's mail server")
        if (valkey_port := setup.valkey_port) is not None:
            supervisor.wait_until(lambda: answers(valkey_port), what="The queue")
        supervisor.wait_until(lambda: page_answers(sign_in), what="The sign-in page")


def make_demo_data(setup: Setup, done: Done, supervisor: Supervisor, console: Console) -> None:
    """A year of events, and the tables of the sandbox's BigQuery, once. Interrupted, the next start
    goes on with the same year."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    until = done.remembered("demo data until", today)
    events = ["make_demo_data", "--account", DEMO_ACCOUNT, "--until", until]
    tables = ["clevertap_partners.sandbox.shop", "--until", until]
    wanted = {
        "demo data": setup.manage("demo-data", *events),
        "demo tables": setup.command("demo-tables", "-m", *tables),
    }
    missing = {name: command for name, command in wanted.items() if not done.has(name, until)}
    if not missing:
        console.say("  Demo data: there")
        return
    with console.step("Making a year of demo events and tables (once, half a minute)"):
        supervisor.finish(*missing.values())
        for name in missing:
            done.add(name, until)


def welcome(setup: Setup, took_s: float) -> list[str]:
    return [
        f"Partners is ready after {took_s:.0f} s",
        "",
        f"Sign in    {setup.web_url}/",
        f"User       {DEMO_USER}",
        f"Password   {DEMO_PASSWORD}",
        f"Sandbox    {setup.web_url}/sandbox/  (stands in for Google)",
        "",
        f"Logs       {shown(setup.var / 'log')}/",
        "Stop       Ctrl-C",
    ]
