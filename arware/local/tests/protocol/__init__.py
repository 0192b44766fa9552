"""Tests of the way back to applications."""
