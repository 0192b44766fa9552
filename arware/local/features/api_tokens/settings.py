"""Settings ``api_tokens.*``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ApiTokens:
    """Whether people may have API tokens without asking an operator."""

    #: Let people make API tokens on their account page. Operators always can.
    self_service: bool = False
