from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "exports"

    def ready(self) -> None:
        # Registered here, once the models are loaded: integrations and the event store must not
        # know of exports.
        from exports import dependants, needs  # noqa: PLC0415

        dependants.register()
        needs.register()
