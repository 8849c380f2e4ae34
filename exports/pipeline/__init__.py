"""[pure] The way of an export, in the order it runs. No Django below this line.

    plan      what the run holds: a pinned store version, days, events, the names of their files
    scan      one day in total order, each row already encoded (eventstore.reader + encode)
    roll      rows → files: a new one at each event and before the size limit
    upload    create-only, checksum first, a few at a time
    ledger    a row in the database for each file, before the next one
    manifest  last of all: what the run wrote, file by file

`run.py` is the map: read it first.
"""
