from django.urls import path

from imports import (
    action_views,
    failed_views,
    stats_views,
    views,
    wizard_configure,
    wizard_map,
    wizard_schedule,
    wizard_views,
)

# The steps of the wizard, for an import that is no draft any more.
EDIT = {"is_edit": True}

urlpatterns = [
    path("", views.import_list, name="import_list"),
    path("rows/", views.import_rows, name="import_rows"),
    path("<int:import_id>/", views.import_detail, name="import_detail"),
    path("<int:import_id>/stats.csv", stats_views.import_stats_csv, name="import_stats_csv"),
    path("<int:import_id>/run-now/", action_views.import_run_now, name="import_run_now"),
    path("<int:import_id>/retry/", action_views.import_retry, name="import_retry"),
    path("<int:import_id>/pause/", action_views.import_pause, name="import_pause"),
    path("<int:import_id>/resume/", action_views.import_resume, name="import_resume"),
    path("<int:import_id>/stop/", action_views.import_stop, name="import_stop"),
    path("<int:import_id>/delete/", action_views.import_delete, name="import_delete"),
    path("<int:import_id>/runs/<int:number>/", views.import_run_detail, name="import_run_detail"),
    path(
        "<int:import_id>/runs/<int:number>/failed-rows.csv",
        failed_views.import_failed_csv,
        name="import_failed_csv",
    ),
    path(
        "<int:import_id>/runs/<int:number>/failed-rows.ndjson",
        failed_views.import_failed_ndjson,
        name="import_failed_ndjson",
    ),
    path(
        "<int:import_id>/runs/<int:number>/retry/",
        failed_views.import_retry_failed,
        name="import_retry_failed",
    ),
    path("new/", wizard_configure.import_new, name="import_new"),
    path("new/tables/", wizard_configure.import_tables, name="import_tables"),
    path("<int:import_id>/continue/", wizard_views.import_continue, name="import_continue"),
    path("<int:import_id>/configure/", wizard_configure.import_configure, name="import_configure"),
    path("<int:import_id>/map/", wizard_map.import_map, name="import_map"),
    path("<int:import_id>/map/switch/", wizard_map.import_map_switch, name="import_map_switch"),
    path("<int:import_id>/schedule/", wizard_schedule.import_schedule, name="import_schedule"),
    path("<int:import_id>/discard/", wizard_views.import_discard, name="import_discard"),
    path("<int:import_id>/edit/", wizard_configure.import_configure, EDIT, name="import_edit"),
    path("<int:import_id>/edit/map/", wizard_map.import_map, EDIT, name="import_edit_map"),
    path(
        "<int:import_id>/edit/map/switch/",
        wizard_map.import_map_switch,
        EDIT,
        name="import_edit_map_switch",
    ),
    path(
        "<int:import_id>/edit/schedule/",
        wizard_schedule.import_schedule,
        EDIT,
        name="import_edit_schedule",
    ),
    path(
        "<int:import_id>/edit/confirm/",
        wizard_views.import_edit_confirm,
        name="import_edit_confirm",
    ),
    path(
        "<int:import_id>/edit/cancel/", wizard_views.import_edit_cancel, name="import_edit_cancel"
    ),
]
