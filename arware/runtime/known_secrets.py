from ..settings.known_secrets import is_known

__all__ = ["is_known"]
