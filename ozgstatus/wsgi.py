import os

from django.core.wsgi import get_wsgi_application

from .pagecache import PageCache

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ozgstatus.settings")

application = PageCache(get_wsgi_application())
