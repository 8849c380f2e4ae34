"""One folder per partner. To add one, copy `gcs/` and add one line to `registry.py`."""
