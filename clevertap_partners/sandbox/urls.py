from django.urls import path

from clevertap_partners.sandbox import views, views_accounts, views_buckets

urlpatterns = [
    path("", views.console, name="sandbox_console"),
    path("accounts/new", views.account_create, name="sandbox_account_create"),
    path("accounts/<str:email>/", views_accounts.account, name="sandbox_account"),
    path("accounts/<str:email>/switch", views_accounts.switch, name="sandbox_account_switch"),
    path("accounts/<str:email>/delete", views_accounts.delete, name="sandbox_account_delete"),
    path("accounts/<str:email>/keys", views_accounts.key_add, name="sandbox_key_add"),
    path(
        "accounts/<str:email>/keys/<str:key_id>/delete",
        views_accounts.key_delete,
        name="sandbox_key_delete",
    ),
    path("buckets/new", views.bucket_create, name="sandbox_bucket_create"),
    path("buckets/<str:name>/", views_buckets.bucket, name="sandbox_bucket"),
    path("buckets/<str:name>/object", views_buckets.object_detail, name="sandbox_object"),
    path("buckets/<str:name>/download", views_buckets.download, name="sandbox_object_download"),
    path("buckets/<str:name>/rights", views_buckets.rights, name="sandbox_bucket_rights"),
    path("buckets/<str:name>/settings", views_buckets.change, name="sandbox_bucket_change"),
    path("buckets/<str:name>/lock", views_buckets.lock, name="sandbox_bucket_lock"),
    path("buckets/<str:name>/empty", views_buckets.empty, name="sandbox_bucket_empty"),
    path("buckets/<str:name>/delete", views_buckets.delete, name="sandbox_bucket_delete"),
]
