"""Google BigQuery: the dataset that imports read."""
