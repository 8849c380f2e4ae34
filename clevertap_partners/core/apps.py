from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "clevertap_partners.core"
    label = "core"

    def ready(self) -> None:
        from clevertap_partners import checks  # noqa: F401, PLC0415  (registers system checks)
