"""Below /<account_id>/settings/partners/. Each partner of the registry has a drawer of its own."""

from __future__ import annotations

from django.urls import path

from integrations import connection_views, import_connection_views, views
from integrations.partners.registry import PARTNERS

urlpatterns = [
    path("", views.partner_list, name="partner_list"),
    *(
        path(f"{key}/", views.partner_drawer, {"partner_key": key}, name=key.replace("-", "_"))
        for key in PARTNERS
    ),
    path(
        "connections/tests/<uuid:batch>/",
        connection_views.connection_tests,
        name="connection_tests",
    ),
    path(
        "connections/<int:connection_id>/test/",
        connection_views.connection_test,
        name="connection_test",
    ),
    path(
        "connections/<int:connection_id>/rename/",
        connection_views.connection_rename,
        name="connection_rename",
    ),
    path(
        "connections/<int:connection_id>/replace-key/",
        connection_views.connection_replace_key,
        name="connection_replace_key",
    ),
    path(
        "connections/<int:connection_id>/delete/",
        connection_views.connection_delete,
        name="connection_delete",
    ),
    path(
        "imports/connections/",
        import_connection_views.import_connection_list,
        name="import_connection_list",
    ),
]
