"""
Mechanisms of a login: what is the same in every realm, and decides nothing about one.

No texts, no pages and no settings of a product. Where a mechanism needs a table it
brings the columns as a mixin, and is handed the class that has them.
"""
