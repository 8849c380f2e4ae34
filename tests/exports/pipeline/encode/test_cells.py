from __future__ import annotations

from clevertap_partners.eventstore.schema import property_schema
from exports.pipeline.encode.cells import cells_of

ITEMS = property_schema("Items", ["items"], {"k": ["integer"], "z": ["string"]})


def names(*properties: object) -> list[str]:
    return [cell.name for cell in cells_of(properties)]  # type: ignore[arg-type]


def test_a_list_of_objects_has_a_cell_for_each_key_and_none_of_its_own() -> None:
    assert names(ITEMS) == ["Items|k", "Items|z"]


def test_a_list_of_empty_objects_keeps_a_cell_of_its_own() -> None:
    assert names(property_schema("Items", ["items"], {})) == ["Items"]


def test_a_property_of_several_kinds_has_both() -> None:
    mixed = property_schema("Items", ["items", "string"], {"k": ["integer"]})
    assert names(mixed) == ["Items", "Items|k"]


def test_no_two_cells_have_one_name() -> None:
    literal = property_schema("Items|k", ["string"], {})
    outer = property_schema("Items|k", ["items"], {"c": ["string"]})
    inner = property_schema("Items", ["items"], {"k|c": ["string"]})
    assert names(ITEMS, literal) == ["Items|k|", "Items|z", "Items|k"]
    assert names(outer, inner) == ["Items|k|c", "Items|k|c|"]


def test_a_name_that_another_column_has_is_avoided() -> None:
    assert [cell.name for cell in cells_of([ITEMS], {"Items|z"})] == ["Items|k", "Items|z|"]


def test_a_list_of_objects_with_very_many_keys_stays_in_one_cell() -> None:
    keys = {f"sku-{n}": ["integer"] for n in range(101)}
    assert names(property_schema("Items", ["items"], keys)) == ["Items"]
    assert names(property_schema("Items", ["items", "list"], keys)) == ["Items"]
