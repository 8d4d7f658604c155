"""Benchmarks: commands that print a table, never timed tests. ``python -m tests.benchmarks`` runs them all."""
