from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConfigConfig(AppConfig):
    """Holds the commands that cross all rooms: demo district, accounts, policy profiles."""

    name = "config"
    verbose_name = "系统"


class FdcsAdminConfig(AdminConfig):
    default_site = "config.admin_site.FdcsAdminSite"
