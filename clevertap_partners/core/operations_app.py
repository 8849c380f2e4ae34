from django.contrib.admin.apps import AdminConfig

from clevertap_partners.core.model_names import names_translate


class OperationsConfig(AdminConfig):
    """Django's admin, with our site in the place of its own."""

    default_site = "clevertap_partners.core.operations.OperationsSite"

    def ready(self) -> None:
        names_translate()
        super().ready()
