from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """The console page of the sandbox; installed only where settings.SANDBOX is on."""

    name = "clevertap_partners.sandbox"
    label = "sandbox"
    verbose_name = "Sandbox"
