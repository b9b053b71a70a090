"""`python -m tests.support.browser_app INDEX`: the real service under gunicorn,
with models of the tests.

Prints its address, then serves until it is stopped. Only the models are not the product's.
"""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Flask

from inference.interface import ModelLicense
from tests.support.browser_models import Rememberer
from webapp.app import create_app
from webapp.serving.gunicorn_conf import Gunicorn
from webapp.serving.listener import address_of, listen
from webapp.settings import ServeSettings

WHOM = "removals@harbour.example"
RESTRICTED = ModelLicense(
    "openrail-of-the-tests",
    "https://example.org/license",
    ("Not to harm harbours.", "Not to mislead ships."),
)


class WithModels(Gunicorn):
    """Loads the application with models that are there already."""

    def load(self) -> Flask:
        models = [
            Rememberer("rememberer"),
            Rememberer("slow", pause=0.05),
            Rememberer("restricted", RESTRICTED),
        ]
        app = create_app(self._settings, models)
        app.extensions["whence"].warm_up()
        return app


def main(location: str) -> None:
    requests = Path(location).with_name("requests.sqlite")
    settings = ServeSettings(index=location, port=0, threads=16, contact=WHOM, requests=requests)
    listener = listen(settings.host, settings.port)
    address = address_of(listener).rstrip("/")

    def ready() -> None:
        sys.stdout.write(f"at {address}\n")
        sys.stdout.flush()

    WithModels(settings, listener, ready).run()


if __name__ == "__main__":
    main(sys.argv[1])
