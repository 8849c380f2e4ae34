"""Measures speed and memory. `make bench` runs all of it; docs/performance.md explains it."""
