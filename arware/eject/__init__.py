"""
``arware eject``: the realm's code copied into an application, to be owned there.

What is copied is ``arware/local`` itself. ``.arware/`` in the application keeps what a
later release is merged with: the manifest, and a copy of each file as it was copied.
"""
