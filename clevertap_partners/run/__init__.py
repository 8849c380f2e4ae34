"""`make run`: from an empty machine to a sign-in page, and everything kept running behind it.

Standard library only: this runs before any package is installed.

    __main__    what `python -m clevertap_partners.run <what>` can do
    steps       what is started, in which order
    services    how each part is started
    supervisor  keeps children running, stops them all
    watchdog    stops them when the supervisor itself was killed
"""
