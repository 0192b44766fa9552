"""Tests of the feature ``password``."""
