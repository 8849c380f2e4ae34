"""Below /<account_id>/settings/partners/exports/alerts/."""

from __future__ import annotations

from django.urls import path

from clevertap_partners.webhooks import views

urlpatterns = [
    path("", views.alert_list, name="alert_list"),
    path("new/", views.alert_new, name="alert_new"),
    path("<int:endpoint_id>/", views.alert_edit, name="alert_edit"),
    path("<int:endpoint_id>/enable/", views.alert_enable, name="alert_enable"),
    path("<int:endpoint_id>/disable/", views.alert_disable, name="alert_disable"),
    path("<int:endpoint_id>/rotate/", views.alert_rotate, name="alert_rotate"),
    path("<int:endpoint_id>/delete/", views.alert_delete, name="alert_delete"),
    path("<int:endpoint_id>/test/", views.alert_test, name="alert_test"),
    path("<int:endpoint_id>/deliveries/", views.alert_log, name="alert_log"),
    path(
        "<int:endpoint_id>/deliveries/<int:delivery_id>/",
        views.alert_delivery,
        name="alert_delivery",
    ),
    path(
        "<int:endpoint_id>/deliveries/<int:delivery_id>/redeliver/",
        views.alert_redeliver,
        name="alert_redeliver",
    ),
]
