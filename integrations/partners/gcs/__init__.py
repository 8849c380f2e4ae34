"""Google Cloud Storage: the bucket that exports write to."""
