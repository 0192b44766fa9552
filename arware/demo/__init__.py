"""
The demonstration: a realm and a sample application in one command.

The four samples (:mod:`~arware.demo.sample_wsgi`, :mod:`~arware.demo.sample_asgi`,
:mod:`~arware.demo.sample_pyramid` and :mod:`~arware.demo.sample_bottle`) are the same
small application behind an adapter each. They are meant to be copied from.
"""
