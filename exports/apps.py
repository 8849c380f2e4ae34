from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "exports"

    def ready(self) -> None:
        # Registered here, once the models are loaded: integrations must not know of exports.
        from exports import dependants  # noqa: PLC0415

        dependants.register()
