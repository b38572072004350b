"""The forty realities of roster spreadsheets (docs/domain.md 7.1), each as a small real file and what must come out.

``REALITIES[number]`` is a list: some realities need more than one file. What depends on other rows or on the registry
carries ``engine``: the sentence that the import as a whole must make true.
"""

from tests.residents.imports.realities.case import Reality
from tests.residents.imports.realities.cells import CELLS
from tests.residents.imports.realities.files import FILE_CASES
from tests.residents.imports.realities.homes import HOMES
from tests.residents.imports.realities.people import PEOPLE
from tests.residents.imports.realities.shapes import SHAPES

ALL: tuple[Reality, ...] = (*SHAPES, *CELLS, *PEOPLE, *HOMES, *FILE_CASES)
REALITIES: dict[int, list[Reality]] = {
    number: [one for one in ALL if one.number == number] for number in range(1, 41)
}
