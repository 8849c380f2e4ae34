from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "clevertap_partners.webhooks"
    label = "webhooks"
