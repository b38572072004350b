"""Conditions that the ORM cannot say."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, Func, QuerySet


class _AnyOf(Func):
    arity = 2
    output_field = models.BooleanField()

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        column, array = self.source_expressions
        column_sql, column_values = compiler.compile(column)
        array_sql, array_values = compiler.compile(array)
        return f"{column_sql} = ANY ({array_sql})", (*column_values, *array_values)


def any_of(path: str, ids: QuerySet) -> _AnyOf:
    """``path IN (ids)``, but read once, before the rows: so an index serves it beside other conditions joined by OR.

    A sub-select under OR is only a filter: every row of the table is read. Meant for tens or hundreds of ids; the
    planner reckons with ten.

    Args:
        path: of a column, such as "grid" or "resident__grid".
        ids: a queryset of one column that does not refer to the outer rows.
    """
    return _AnyOf(F(path), ArraySubquery(ids))
