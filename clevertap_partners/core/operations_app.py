from django.contrib.admin.apps import AdminConfig


class OperationsConfig(AdminConfig):
    """Django's admin, with our site in the place of its own."""

    default_site = "clevertap_partners.core.operations.OperationsSite"
