"""
What can be done in a realm.

Actions decide over a store and return values: what was done, or a
:class:`~.outcome.Refused`. They know nothing of HTTP, and *now* is an argument.
"""
