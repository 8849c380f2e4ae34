from django.apps import AppConfig


class EventstoreConfig(AppConfig):
    name = "clevertap_partners.eventstore"
    label = "eventstore"
    verbose_name = "Event store"
