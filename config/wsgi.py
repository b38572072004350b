"""The web server's way in."""

import os

from django.core.wsgi import get_wsgi_application

from core.front import Front

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# A page that asks the database for longer than this has lost its reader; commands and tasks are not cut off.
os.environ.setdefault("STATEMENT_TIMEOUT_MS", "15000")

application = Front(get_wsgi_application(), under=("/p/",))
