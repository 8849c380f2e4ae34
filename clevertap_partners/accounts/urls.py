from django.contrib.auth.views import LogoutView
from django.urls import include, path

from clevertap_partners.accounts import activity, languages, views

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("clevertap_partners.accounts.security.urls")),
    path("language/", languages.language_choose, name="language_choose"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("<int:account_id>/", views.account, name="account"),
    path("<int:account_id>/settings/partners/activity/", activity.activity, name="activity"),
    path(
        "<int:account_id>/settings/partners/activity.csv",
        activity.activity_csv,
        name="activity_csv",
    ),
]
