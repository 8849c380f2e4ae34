from django.urls import include, path

from clevertap_partners.core import theme, views

urlpatterns = [
    path("healthz", views.health, name="health"),
    path("theme/", theme.theme_choose, name="theme_choose"),
    path("", include("django_prometheus.urls")),
]
