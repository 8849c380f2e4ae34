"""Every screen and drawer: where it is, for whom, and with which data it is looked at.

`test_registry.py` fails when an address of the project is neither on a screen nor named among those
that show none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.browser.pages.base import Screen as Page
from tests.browser.screens import steps

NOTHING, LITTLE, MUCH = STATES = ("nothing", "little", "much")
ADMIN, VIEWER, NEWCOMER, NOBODY = "admin", "viewer", "newcomer", "nobody"
# Has switched the second factor on.
CAREFUL = "careful"


@dataclass(frozen=True)
class Screen:
    """`view` is the URL's name; `of` what it is about: a key of the world's things.

    `step` leads on from the address. `is_main`: looked at in more sizes. `refused`: the status that
    it answers with, which the browser's console repeats.
    """

    name: str
    view: str
    of: str = ""
    query: str = ""
    states: tuple[str, ...] = (LITTLE,)
    person: str = ADMIN
    step: Callable[[Page], None] | None = None
    is_main: bool = False
    refused: int = 0

    def address(self, world: Any) -> str:
        path: str = world.address(self.view, self.of)
        return f"{path}?{self.query}" if self.query else path


def tabs(name: str, view: str, of: str, *names: str, **more: Any) -> list[Screen]:
    return [Screen(f"{name}-{tab}", view, of, f"tab={tab}", **more) for tab in names]


EXPORT_TABS = ("overview", "runs", "files", "stats")
IMPORT_TABS = ("overview", "runs", "failed", "stats")
GOOGLE = "partner=google-cloud"
FILLED = (LITTLE, MUCH)

INTEGRATIONS = [
    Screen("integrations", "partner_list", states=STATES, is_main=True),
    Screen("integrations-none-found", "partner_list", query="q=nothing+has+this+name"),
    Screen("integrations-viewer", "partner_list", person=VIEWER),
    Screen("google-cloud", "google_cloud", states=STATES, is_main=True),
    Screen("google-cloud-two-blocks", "google_cloud", query="blocks=2"),
    Screen("google-cloud-guide", "google_cloud", query="blocks=1", step=steps.open_all_details),
    Screen("google-cloud-refused", "google_cloud", query="blocks=1", step=steps.refuse_bucket),
    Screen("bigquery", "bigquery", states=STATES),
    Screen("bigquery-add", "bigquery", query="blocks=1", step=steps.open_all_details),
    Screen("connection-tests", "connection_tests", "tests"),
    Screen("connection-tests-failed", "connection_tests", "tests_failed"),
    Screen("connection-rename", "connection_rename", "bucket"),
    Screen("connection-replace-key", "connection_replace_key", "bucket"),
    Screen("connection-delete", "connection_delete", "bucket", states=FILLED),
    Screen("import-connections", "import_connection_list", states=STATES),
    Screen("import-connections-none-found", "import_connection_list", query="to=2020-01-01"),
]
EXPORTS = [
    Screen("exports", "export_list", states=STATES, is_main=True),
    Screen("exports-none-found", "export_list", query="q=1"),
    Screen("exports-filtered", "export_list", query="status=done&format=json", states=(MUCH,)),
    Screen("exports-last-page", "export_list", query="page=9999&per_page=40", states=(MUCH,)),
    Screen("exports-viewer", "export_list", person=VIEWER),
    Screen("exports-menu", "export_list", step=steps.open_export_menu),
    Screen("export-new", "export_new", query=GOOGLE, states=STATES, is_main=True),
    Screen("export-new-recurring", "export_new", query=GOOGLE, step=steps.recurring),
    Screen(
        "export-new-select", "export_new", query=GOOGLE, states=FILLED, step=steps.select_events
    ),
    Screen("export-new-refused", "export_new", query=GOOGLE, step=steps.refuse_export),
    Screen("export-new-recurring-refused", "export_new", query=GOOGLE, step=steps.refuse_recurring),
    Screen("export-new-preview", "export_new", query=GOOGLE, step=steps.preview_people),
    Screen("export-new-preview-parquet", "export_new", query=GOOGLE, step=steps.preview_parquet),
    Screen("export-pending", "export_detail", "pending"),
    Screen("export-troubled", "export_detail", "troubled"),
    Screen("export-stopped", "export_detail", "stopped"),
    *tabs("export-done", "export_detail", "done", *EXPORT_TABS, states=FILLED),
    Screen("export-done-stats-event", "export_detail", "done", "tab=stats&by=event", states=FILLED),
    *tabs("export-recurring", "export_detail", "waiting", *EXPORT_TABS, states=FILLED),
    Screen("export-edit-once", "export_edit", "done"),
    Screen("export-edit", "export_edit", "waiting"),
    Screen("export-stop", "export_stop", "pending"),
    Screen("export-stop-recurring", "export_stop", "waiting"),
]
ALERTS = [
    Screen("alerts", "alert_list", states=STATES),
    Screen("alert-new", "alert_new"),
    Screen("alert-secret", "alert_new", query="sandbox", step=steps.add_alert),
    Screen("alert-edit", "alert_edit", "webhook"),
    Screen("alert-rotate", "alert_rotate", "webhook"),
    Screen("alert-delete", "alert_delete", "webhook"),
    Screen("alert-log", "alert_log", "webhook", states=FILLED),
    Screen("alert-delivery", "alert_delivery", "delivery"),
]
IMPORTS = [
    Screen("imports", "import_list", states=STATES, is_main=True),
    Screen("imports-none-found", "import_list", query="q=nothing+has+this+name"),
    *tabs("import", "import_detail", "orders", *IMPORT_TABS, states=FILLED),
    Screen("import-stats-run", "import_detail", "orders", "tab=stats&by=run", states=FILLED),
    Screen("import-failed-none-found", "import_detail", "orders", "tab=failed&q=nobody"),
    Screen("import-troubled", "import_detail", "refunds"),
    Screen("import-run", "import_run_detail", "orders_run"),
    Screen("import-stop", "import_stop", "orders"),
    Screen("import-delete", "import_delete", "orders"),
]
WIZARD = [
    Screen("wizard-no-connection", "import_new", states=(NOTHING,)),
    Screen("wizard-configure", "import_new", step=steps.tables_are_there, is_main=True),
    Screen("wizard-configure-preview", "import_configure", "draft", step=steps.preview_rows),
    Screen("wizard-configure-refused", "import_new", step=steps.refuse_configure),
    Screen("wizard-map-kind", "import_map", "draft"),
    Screen("wizard-map", "import_map", "mapped", is_main=True),
    Screen("wizard-map-dry-run", "import_map", "mapped", step=steps.dry_run),
    Screen("wizard-map-switch", "import_map_switch", "mapped", "to=profiles"),
    Screen("wizard-schedule", "import_schedule", "mapped", is_main=True),
    Screen("wizard-schedule-custom", "import_schedule", "mapped", step=steps.custom_schedule),
    Screen("wizard-schedule-refused", "import_schedule", "mapped", step=steps.refuse_schedule),
    Screen("wizard-discard", "import_discard", "draft"),
    Screen("wizard-edit", "import_edit", "wizard_import", step=steps.tables_are_there),
    Screen("wizard-edit-map", "import_edit_map", "wizard_import"),
    Screen("wizard-edit-map-switch", "import_edit_map_switch", "wizard_import", "to=profiles"),
    Screen("wizard-edit-schedule", "import_edit_schedule", "wizard_import"),
    Screen("wizard-edit-confirm", "import_edit", "wizard_import", step=steps.change_source),
]
ACCOUNT = [
    Screen("activity", "activity", states=STATES, is_main=True),
    Screen("no-account", "home", person=NEWCOMER),
    Screen("login", "login", person=NOBODY, is_main=True),
    Screen("login-refused", "login", person=NOBODY, step=steps.wrong_password),
    Screen("locked-out", "login", person=NOBODY, step=steps.lock_out, refused=429),
    Screen("login-code", "login_code", person=NOBODY, step=steps.right_password),
    Screen("login-code-refused", "login_code", person=NOBODY, step=steps.wrong_code),
]
ME = [
    Screen("me", "me"),
    Screen("me-careful", "me", person=CAREFUL),
    Screen("me-password", "me_password"),
    Screen("me-password-refused", "me_password", step=steps.refuse_password),
    Screen("me-factor-begin", "me_factor_begin"),
    Screen("me-factor-confirm", "me_factor_confirm", step=steps.begin_factor),
    Screen("me-factor-end", "me_factor_end", person=CAREFUL),
    Screen("me-recovery-codes", "me_recovery_codes", person=CAREFUL),
    Screen("me-recovery-codes-new", "me_recovery_codes", person=CAREFUL, step=steps.renew_codes),
]
ERRORS = [
    Screen("error-400", "screens_400", refused=400),
    Screen("error-403", "alert_list", person=VIEWER, refused=403),
    Screen("error-403-feature", "import_list", "other_account", refused=403),
    Screen("error-404", "export_detail", "nothing", refused=404),
    Screen("error-404-signed-out", "screens_404", person=NOBODY, refused=404),
    Screen("error-500", "screens_500", refused=500),
    Screen("error-expired", "login", person=NOBODY, step=steps.expire_form, refused=403),
]
SANDBOX = [
    Screen("sandbox", "sandbox_console", states=(NOTHING, LITTLE)),
    Screen("sandbox-account", "sandbox_account", "sandbox_account"),
    Screen("sandbox-bucket", "sandbox_bucket", "sandbox_bucket"),
    Screen("sandbox-object", "sandbox_object", "sandbox_bucket", "name=a-file.json"),
    Screen("sandbox-bucket-empty", "sandbox_bucket_empty", "sandbox_bucket"),
    Screen("sandbox-hooks", "sandbox_hooks", states=(NOTHING, LITTLE)),
    Screen("sandbox-mails", "sandbox_mail_list", states=(NOTHING, LITTLE)),
    Screen("sandbox-mail", "sandbox_mail_detail", "mail"),
]
STYLE = [Screen("style", "style")]
SCREENS = [
    *INTEGRATIONS,
    *EXPORTS,
    *ALERTS,
    *IMPORTS,
    *WIZARD,
    *ACCOUNT,
    *ME,
    *ERRORS,
    *SANDBOX,
    *STYLE,
]

# Addresses that show no screen of their own, by the reason.
NO_SCREEN = {
    "only POST, then somewhere else": {
        "logout",
        "alert_disable",
        "alert_enable",
        "alert_redeliver",
        "alert_test",
        "connection_test",
        "export_restart",
        "export_retry",
        "export_run_now",
        "import_edit_cancel",
        "import_pause",
        "import_resume",
        "import_retry",
        "import_retry_failed",
        "import_run_now",
        "me_session_end",
        "me_sessions_end",
        "language_choose",
        "theme_choose",
        "sandbox_account_create",
        "sandbox_account_switch",
        "sandbox_answer",
        "sandbox_answers_clear",
        "sandbox_bucket_change",
        "sandbox_bucket_create",
        "sandbox_bucket_rights",
        "sandbox_dataset_create",
        "sandbox_dataset_role",
        "sandbox_hook_answer",
        "sandbox_hook_clear",
        "sandbox_import_key_create",
        "sandbox_key_add",
        "sandbox_key_switch",
        "sandbox_mail_clear",
        "sandbox_object_hold",
    },
    "a part of a screen that is here": {
        "export_estimate",
        "export_preview",
        "export_rows",
        "import_rows",
        "import_tables",
    },
    "leads to a screen that is here": {"account", "import_continue", "import_edit_confirm"},
    "a picture on a screen that is here": {"me_factor_picture"},
    # It is in the frame of its screen; neither runs any script, axe's included.
    "a letter as it was sent": {"sandbox_mail_html"},
    "a download": {
        "activity_csv",
        "export_stats_csv",
        "import_failed_csv",
        "import_failed_ndjson",
        "import_stats_csv",
        "sandbox_object_download",
    },
    "read by programs": {"health", "prometheus-django-metrics"},
    # All ask with the same page as sandbox_bucket_empty.
    "a question before something goes in the sandbox": {
        "sandbox_account_delete",
        "sandbox_bucket_delete",
        "sandbox_bucket_lock",
        "sandbox_dataset_delete",
        "sandbox_key_delete",
        "sandbox_table_drop",
    },
    # Its emulator takes ten seconds to start; tests/sandbox looks at these pages.
    "of the sandbox's BigQuery": {"sandbox_bigquery", "sandbox_dataset", "sandbox_table"},
}
# Pages of other people's packages, which we do not draw.
NOT_OURS = ("admin/",)
