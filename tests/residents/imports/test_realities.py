"""What must come out of the forty realities, row by row."""

import pytest

from residents.imports.reading import CannotReadRoster
from tests.residents.imports.prepared import prepared
from tests.residents.imports.realities import ALL, REALITIES, Reality


@pytest.mark.parametrize("case", ALL, ids=str)
def test_a_reality(case: Reality):
    if case.refused:
        with pytest.raises(CannotReadRoster) as refused:
            prepared(case.data, reach=case.reach, mapping=case.mapping, memory=case.memory)
        assert refused.value.code == case.refused
        assert refused.value.sentence.endswith("。")
        return
    found = prepared(case.data, reach=case.reach, mapping=case.mapping, memory=case.memory)
    rows = found.rows[: len(case.rows)] if case.is_longer else found.rows
    told = [{name: getattr(row, name) for name in want} for row, want in zip(rows, case.rows, strict=True)]
    assert told == list(case.rows)
    assert [words for words in case.notes if words not in "".join(found.notes)] == []
    if case.skipped:
        assert found.skipped == case.skipped


def test_none_of_the_forty_is_forgotten():
    assert [number for number, cases in REALITIES.items() if not cases] == []
