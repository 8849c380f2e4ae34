from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from clevertap_partners.accounts import views
from clevertap_partners.accounts.forms import SignInForm

urlpatterns = [
    path("", views.home, name="home"),
    path(
        "login/",
        LoginView.as_view(
            template_name="accounts/login.html",
            authentication_form=SignInForm,
            redirect_authenticated_user=True,
        ),
        name="login",
    ),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("<int:account_id>/", views.account, name="account"),
    path("<int:account_id>/settings/partners/activity/", views.activity, name="activity"),
]
