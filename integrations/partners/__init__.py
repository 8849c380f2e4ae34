"""One folder per partner. To add one, copy its nearest sibling and add one line to `registry.py`.

`google/` is no partner: it holds what the partners of Google share.
"""
