"""One include per app; everything of an account is below its number."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

PARTNERS = "<int:account_id>/settings/partners/"

urlpatterns = [
    path("", include("clevertap_partners.accounts.urls")),
    path("", include("clevertap_partners.core.urls")),
    path("admin/rq/", include("django_rq.urls")),
    path("admin/", admin.site.urls),
    path(PARTNERS, include("integrations.urls")),
    path(f"{PARTNERS}exports/alerts/", include("clevertap_partners.webhooks.urls")),
    path(f"{PARTNERS}exports/", include("exports.urls")),
    path(f"{PARTNERS}imports/", include("imports.urls")),
]
if settings.SANDBOX:
    urlpatterns.append(path("sandbox/", include("clevertap_partners.sandbox.urls")))
if settings.DEBUG:
    urlpatterns.append(path("style/", include("clevertap_partners.core.style_urls")))

handler400 = "clevertap_partners.core.views.bad_request"
handler403 = "clevertap_partners.core.views.forbidden"
handler404 = "clevertap_partners.core.views.not_found"
