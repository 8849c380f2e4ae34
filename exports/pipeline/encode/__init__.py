"""[pure] The formats. To add one: a module `as_<key>.py` beside this and a line in FORMATS."""

from __future__ import annotations

from importlib import import_module

from exports.pipeline.encode.base import EncodeOptions, Encoder, FormatSpec

FORMATS = {
    spec.key: spec
    for spec in (
        FormatSpec(
            key="json",
            label="JSON",
            extension="json",
            content_type="application/json",
            encoder="exports.pipeline.encode.as_json.JsonEncoder",
        ),
    )
}


def open_encoder(format_key: str, options: EncodeOptions) -> Encoder:
    """The encoder of a registered format. Raises KeyError for any other."""
    module, _, name = FORMATS[format_key].encoder.rpartition(".")
    encoder: type[Encoder] = getattr(import_module(module), name)
    return encoder(options)
