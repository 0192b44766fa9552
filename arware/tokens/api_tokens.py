"""API tokens."""

import re

PREFIX = "art_"


def is_api_token(text: str) -> bool:
    """Tell."""
    return re.fullmatch("art_[0-9A-Za-z]{22,70}", text) is not None
