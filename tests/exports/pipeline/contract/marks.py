"""What the contract runs over: every registered format, as it is and compressed."""

from __future__ import annotations

import pytest

from exports.pipeline.encode import FORMATS

formats = pytest.mark.parametrize("format_key", FORMATS)
# A format that compresses inside is not compressed again.
formats_and_gzip = pytest.mark.parametrize(
    ("format_key", "compress"),
    [
        (key, compress)
        for key, spec in FORMATS.items()
        for compress in (False, True)
        if not (compress and spec.compresses_inside)
    ],
)
