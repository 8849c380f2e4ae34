from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "clevertap_partners.accounts"
    label = "accounts"
