from django.urls import path

from clevertap_partners.accounts.security import sign_in, views

urlpatterns = [
    path("login/", sign_in.SignIn.as_view(), name="login"),
    path("login/code/", sign_in.login_code, name="login_code"),
    # Before the admin's own, which know neither the throttle nor the second factor.
    path("admin/login/", sign_in.admin_login),
    path("admin/password_change/", sign_in.admin_password_change),
    path("me/", views.me, name="me"),
    path("me/password/", views.me_password, name="me_password"),
    path("me/sessions/end/", views.me_session_end, name="me_session_end"),
    path("me/sessions/end-others/", views.me_sessions_end, name="me_sessions_end"),
    path("me/second-factor/", views.me_factor_begin, name="me_factor_begin"),
    path("me/second-factor/confirm/", views.me_factor_confirm, name="me_factor_confirm"),
    path("me/second-factor/picture.svg", views.me_factor_picture, name="me_factor_picture"),
    path("me/second-factor/off/", views.me_factor_end, name="me_factor_end"),
    path("me/second-factor/recovery-codes/", views.me_recovery_codes, name="me_recovery_codes"),
]
