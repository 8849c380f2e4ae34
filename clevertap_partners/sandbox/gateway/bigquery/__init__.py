"""BigQuery as the sandbox offers it: rights, jobs and results before an emulator that runs the SQL.

    official client ─→ routes: datasets.py, tables.py, jobs.py ─→ runner.py ─┬→ sql.py, plan.py
                                                                             └→ emulator.py
    Storage Read API ─→ reading.py (gRPC, bytes passed through) ─────────────→ the emulator's gRPC

Where the emulator is lax or speaks as DuckDB does, plan.py refuses and words.py rewords. Jobs are
remembered in job_store.py; what a query found is a table of a hidden dataset, as at Google.
"""
