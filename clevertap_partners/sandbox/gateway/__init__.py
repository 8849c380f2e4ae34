"""A small stand-in for Google's front door: tokens, rights, preconditions, checksums, faults.

It has no Django in it, so that it starts at once. Objects live in fake-gcs-server behind it, tables
in the BigQuery emulator (bigquery/):

    official client ─→ server.py ─→ faults.py ─→ routes.py ─→ tokens, buckets, objects, uploads
                                                                      │
                                                    upstream.py ─→ fake-gcs-server (bytes on disk)

What Google knows about accounts and buckets is in state.py, one JSON file.
"""
