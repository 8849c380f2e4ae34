from django.urls import include, path

from clevertap_partners.core import views

urlpatterns = [
    path("healthz", views.health, name="health"),
    path("", include("django_prometheus.urls")),
]
