from django.urls import path

from clevertap_partners.sandbox import (
    views,
    views_accounts,
    views_answers,
    views_bigquery,
    views_buckets,
    views_hooks,
    views_mail,
)

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
    path(
        "accounts/<str:email>/keys/<str:key_id>/switch",
        views_accounts.key_switch,
        name="sandbox_key_switch",
    ),
    path("buckets/new", views.bucket_create, name="sandbox_bucket_create"),
    path("buckets/<str:name>/", views_buckets.bucket, name="sandbox_bucket"),
    path("buckets/<str:name>/object", views_buckets.object_detail, name="sandbox_object"),
    path("buckets/<str:name>/hold", views_answers.hold, name="sandbox_object_hold"),
    path("buckets/<str:name>/answer", views_answers.answer, name="sandbox_answer"),
    path(
        "buckets/<str:name>/answers/clear",
        views_answers.answers_clear,
        name="sandbox_answers_clear",
    ),
    path("buckets/<str:name>/download", views_buckets.download, name="sandbox_object_download"),
    path("buckets/<str:name>/rights", views_buckets.rights, name="sandbox_bucket_rights"),
    path("buckets/<str:name>/settings", views_buckets.change, name="sandbox_bucket_change"),
    path("buckets/<str:name>/lock", views_buckets.lock, name="sandbox_bucket_lock"),
    path("buckets/<str:name>/empty", views_buckets.empty, name="sandbox_bucket_empty"),
    path("buckets/<str:name>/delete", views_buckets.delete, name="sandbox_bucket_delete"),
    path("bigquery/", views_bigquery.bigquery, name="sandbox_bigquery"),
    path("bigquery/keys", views_bigquery.key_create, name="sandbox_import_key_create"),
    path("bigquery/new", views_bigquery.dataset_create, name="sandbox_dataset_create"),
    path("bigquery/<str:name>/", views_bigquery.dataset, name="sandbox_dataset"),
    path("bigquery/<str:name>/role", views_bigquery.role_switch, name="sandbox_dataset_role"),
    path(
        "bigquery/<str:name>/delete", views_bigquery.dataset_delete, name="sandbox_dataset_delete"
    ),
    path("bigquery/<str:name>/<str:table>/", views_bigquery.table, name="sandbox_table"),
    path(
        "bigquery/<str:name>/<str:table>/drop",
        views_bigquery.table_drop,
        name="sandbox_table_drop",
    ),
    path("hooks/", views_hooks.hook_list, name="sandbox_hooks"),
    path("hooks/answer", views_hooks.hook_answer, name="sandbox_hook_answer"),
    path("hooks/clear", views_hooks.hook_clear, name="sandbox_hook_clear"),
    path("mail/", views_mail.mail_list, name="sandbox_mail_list"),
    path("mail/clear", views_mail.mail_clear, name="sandbox_mail_clear"),
    path("mail/<str:mail_id>/", views_mail.mail_detail, name="sandbox_mail_detail"),
    path("mail/<str:mail_id>/html", views_mail.mail_html, name="sandbox_mail_html"),
]
