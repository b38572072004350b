from django.urls import path

from outreach import mobile
from outreach.views import inbox

urlpatterns = [
    path("g/", mobile.home, name="grid-home"),
    path("g/large-type/", mobile.large_type, name="grid-large-type"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.read_all, name="inbox-read-all"),
    path("inbox/settings/", inbox.settings, name="inbox-settings"),
    path("inbox/<int:pk>/", inbox.message, name="inbox-message"),
    path("inbox/<int:pk>/read/", inbox.read_one, name="inbox-read"),
]
