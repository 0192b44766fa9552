"""What an integration says where the framework it is for is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def extra(name: str, *packages: str) -> Iterator[None]:
    """
    Have an import inside that misses one of *packages* say how to get the extra *name*.

    Without *packages* the extra has the name of its one package. Any other missing
    module is an error of its own, and stays it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in (packages or (name,)):
            raise
        message = f'{missing} is not installed: pip install "arware[{name}]"'
        raise ModuleNotFoundError(message, name=error.name) from error
