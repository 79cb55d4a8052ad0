"""The run as a Prefect flow, and the rounds that are served on a schedule.

Prefect reads its settings when it is imported, so they are set here, before any module of this package imports it:
offline, without noise, and patient with a slow machine and with a server that restarts. What the user set stays.
"""

import os

for _name, _value in {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
}.items():
    os.environ.setdefault(_name, _value)
