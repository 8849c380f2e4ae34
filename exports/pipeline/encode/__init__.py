"""[pure] The formats. To add one: a module `as_<key>.py` beside this and a line in FORMATS."""

from __future__ import annotations

from importlib import import_module

from clevertap_partners.core.marking import gettext_noop
from exports.pipeline.encode.base import EncodeOptions, Encoder, FormatSpec
from exports.pipeline.records import Records

FORMATS = {
    spec.key: spec
    for spec in (
        FormatSpec(
            key="json",
            label="JSON",
            hint=gettext_noop(
                "One object a line, nested as captured. For BigQuery and most pipelines."
            ),
            options=frozenset({"event_name_line", "values_as_strings"}),
            extension="json",
            content_type="application/json",
            encoder="exports.pipeline.encode.as_json.JsonEncoder",
            needs_schema=False,
            compresses_inside=False,
            size_factor=1.0,
        ),
        FormatSpec(
            key="xml",
            label="XML",
            hint=gettext_noop("An element a record. For systems that take nothing else."),
            options=frozenset(),
            extension="xml",
            content_type="application/xml",
            encoder="exports.pipeline.encode.as_xml.XmlEncoder",
            needs_schema=True,
            compresses_inside=False,
            size_factor=2.1,
        ),
        FormatSpec(
            key="csv",
            label="CSV",
            hint=gettext_noop("A column a property. For spreadsheets and databases."),
            options=frozenset({"formula_guard"}),
            extension="csv",
            content_type="text/csv",
            encoder="exports.pipeline.encode.as_csv.CsvEncoder",
            needs_schema=True,
            compresses_inside=False,
            size_factor=0.5,
        ),
        FormatSpec(
            key="parquet",
            label="Parquet",
            hint=gettext_noop("Typed columns, the smallest files. For BigQuery, Spark and pandas."),
            options=frozenset({"values_as_strings"}),
            extension="parquet",
            content_type="application/vnd.apache.parquet",
            encoder="exports.pipeline.encode.as_parquet.ParquetEncoder",
            needs_schema=True,
            compresses_inside=True,
            size_factor=0.15,
        ),
    )
}


def open_encoder(format_key: str, options: EncodeOptions, records: Records) -> Encoder:
    """The encoder of a registered format. Raises KeyError for any other."""
    module, _, name = FORMATS[format_key].encoder.rpartition(".")
    encoder: type[Encoder] = getattr(import_module(module), name)
    return encoder(options, records)


def file_extension(format_key: str, options: EncodeOptions) -> str:
    """What the names of a run's event files end in, without the dot."""
    spec = FORMATS[format_key]
    zipped = options.compress and not spec.compresses_inside
    return f"{spec.extension}.gz" if zipped else spec.extension


def profile_ending(format_key: str) -> str:
    """What the names of profile files end in. They are always compressed, by gzip or inside."""
    spec = FORMATS[format_key]
    return f"{spec.key}.{spec.extension if spec.compresses_inside else 'gz'}"


def content_type(format_key: str, options: EncodeOptions) -> str:
    """What the bucket is told a file is. A compressed one is gzip, so nobody unpacks it unasked."""
    spec = FORMATS[format_key]
    zipped = options.compress and not spec.compresses_inside
    return "application/gzip" if zipped else spec.content_type
