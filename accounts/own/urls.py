from django.urls import path

from accounts.own import factors, profile, sessions

urlpatterns = [
    path("profile/", profile.OwnProfile.as_view(), name="own-profile"),
    path("sessions/", sessions.OwnSessions.as_view(), name="own-sessions"),
    path("sessions/end/", sessions.EndOtherSessions.as_view(), name="own-sessions-end"),
    path("sessions/<str:reference>/end/", sessions.EndSession.as_view(), name="own-session-end"),
    path("session/", sessions.SessionLeft.as_view(), name="session-left"),
    path("session/keep/", sessions.KeepSession.as_view(), name="session-keep"),
    path("session/let-go/", sessions.LetSessionGo.as_view(), name="session-let-go"),
    path("2fa/", factors.TwoFactor.as_view(), name="two-factor"),
    path("2fa/app/", factors.AddApp.as_view(), name="two-factor-app-add"),
    path("2fa/app/remove/", factors.RemoveApp.as_view(), name="two-factor-app-remove"),
    path("2fa/passkeys/new/", factors.AddPasskey.as_view(), name="two-factor-passkey-add"),
    path("2fa/passkeys/<str:reference>/rename/", factors.RenamePasskey.as_view(), name="two-factor-passkey-rename"),
    path("2fa/passkeys/<str:reference>/remove/", factors.RemovePasskey.as_view(), name="two-factor-passkey-remove"),
    path("2fa/recovery-codes/", factors.Codes.as_view(), name="two-factor-codes"),
    path("2fa/recovery-codes/new/", factors.MakeCodes.as_view(), name="two-factor-codes-make"),
    path("2fa/recovery-codes/file/", factors.CodesFile.as_view(), name="two-factor-codes-file"),
]
