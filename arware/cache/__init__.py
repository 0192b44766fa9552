"""What several processes may share: regions over the stores of dogpile.cache."""

from .region import Region, entry_key, guarded, probe, region

__all__ = ["Region", "entry_key", "guarded", "probe", "region"]
