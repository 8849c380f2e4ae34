from django.urls import path

from exports import edit_views, form_views, stats_views, views

urlpatterns = [
    path("", views.export_list, name="export_list"),
    path("rows/", views.export_rows, name="export_rows"),
    path("new/", form_views.export_new, name="export_new"),
    path("estimate/", form_views.export_estimate, name="export_estimate"),
    path("preview/", form_views.export_preview, name="export_preview"),
    path("<int:request_id>/", views.export_detail, name="export_detail"),
    path("<int:request_id>/stats.csv", stats_views.export_stats_csv, name="export_stats_csv"),
    path("<int:request_id>/edit/", edit_views.export_edit, name="export_edit"),
    path("<int:request_id>/run-now/", views.export_run_now, name="export_run_now"),
    path("<int:request_id>/stop/", views.export_stop, name="export_stop"),
    path("<int:request_id>/restart/", views.export_restart, name="export_restart"),
    path("<int:request_id>/retry/", views.export_retry, name="export_retry"),
]
