from django.apps import AppConfig


class SecurityConfig(AppConfig):
    name = "clevertap_partners.accounts.security"
    label = "security"
    verbose_name = "Sign-in"
