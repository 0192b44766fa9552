"""Tests of the feature ``signup``."""
