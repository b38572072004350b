"""Every field of every table is classed: public, internal, personal, sensitive or secret (GB/T 39725, PIPL 28).

public: may be published. internal: for staff, about nobody. personal: says something about a colleague or a resident.
sensitive: health, identity numbers, homes, minors. secret: opens something; shown to nobody.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest
from django.contrib import admin

from core.fields import SealedTextField
from tests.house.test_scoping import own_models

TABLE = Path(__file__).with_name("field_classes.csv")
CLASSES = {"public", "internal", "personal", "sensitive", "secret"}


def classed() -> dict[tuple[str, str], str]:
    with TABLE.open() as file:
        return {(row["model"], row["field"]): row["class"] for row in csv.DictReader(file)}


def there() -> dict[tuple[str, str], object]:
    return {
        (model._meta.label, field.name): field
        for model in own_models()
        for field in (*model._meta.fields, *model._meta.many_to_many)
    }


def test_every_field_is_classed_and_nothing_else_is():
    assert set(there()) - set(classed()) == set(), "add these to field_classes.csv"
    assert set(classed()) - set(there()) == set(), "these are gone, take them out of field_classes.csv"


def test_only_known_classes_are_used_and_no_field_twice():
    assert set(classed().values()) <= CLASSES
    with TABLE.open() as file:
        counted = Counter((row["model"], row["field"]) for row in csv.DictReader(file))
    assert [key for key, times in counted.items() if times > 1] == []


def test_what_is_sealed_is_personal_at_least():
    for key, field in there().items():
        if isinstance(field, SealedTextField):
            assert classed()[key] in ("personal", "sensitive"), key


@pytest.mark.parametrize("name", ["id_number", "phone", "rows"])
def test_of_residents_these_are_never_stored_in_clear(name):
    for (model, field_name), field in there().items():
        if model.startswith("residents.") and field_name == name:
            assert isinstance(field, SealedTextField), model


@pytest.mark.parametrize("page", list(admin.site._registry.values()), ids=lambda page: page.model._meta.label)
def test_secrets_are_on_no_management_page(page, rf, cast):
    secret = {
        field
        for (model, field), kind in classed().items()
        if kind == "secret" and model == page.model._meta.label
    }
    request = rf.get("/admin/")
    request.user = cast.zhou
    shown = set(page.get_list_display(request)) | set(page.search_fields)
    for obj in (None, page.model()):
        for _, options in page.get_fieldsets(request, obj):
            shown |= set(options["fields"])
    assert not secret & shown
