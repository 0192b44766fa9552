"""Mutated tokens, cookies, URLs and headers: none is accepted, none raises."""
