from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "imports"

    def ready(self) -> None:
        # Registered here, once the models are loaded: integrations must not know of imports.
        from imports import dependants  # noqa: PLC0415

        dependants.register()
