"""Included while developing only, so that production does not know the address."""

from django.urls import path

from clevertap_partners.core import style

urlpatterns = [path("", style.style, name="style")]
