"""What gunicorn serves. It does not start with a mistake that `manage.py check` knows of."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clevertap_partners.settings")

application = get_wsgi_application()

# Once the apps are loaded.
from clevertap_partners.checks import refuse_mistakes  # noqa: E402

refuse_mistakes()
