from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "clevertap_partners.mail"
    label = "mail"
