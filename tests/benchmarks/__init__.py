"""Benchmarks: ``python -m tests.benchmarks`` prints the table of the design."""
