"""Who lives together: families with ages that fit, drawn until the wanted number of people is reached. Pure.

Shape (assumptions, rounded to what the 2020 census shows for an ageing coastal city of Shandong; not a count of
anybody): aged 0-14 about 13 %, 15-59 about 60 %, 60 and over about 27 %, 65 and over about 20 %; 2.4 persons in a
household on average. Villages are older than urban communities. A wife is on average two years younger than her
husband, a mother 27 when a child is born. Children carry the father's surname, nineteen in twenty.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from config.demo.chance import Weighted, bounded
from config.demo.names import full_name
from core.dates import add_years, age_on
from residents.choices import Relation, Sex


@dataclass(slots=True)
class Person:
    """One invented person; ``guardian`` is the place of a minor's guardian within the household, -1 for none."""

    name: str
    sex: Sex
    born_on: date
    age: int
    relation: Relation
    guardian: int = -1

    @property
    def is_man(self) -> bool:
        return self.sex == Sex.MALE


class Family:
    """A household in the making, on one day."""

    def __init__(self, chance: Random, on: date) -> None:
        self.chance, self.on = chance, on
        self.people: list[Person] = []

    def add(self, age: int, is_man: bool, relation: Relation, surname: str = "") -> Person:
        born_on = add_years(self.on, -age) - timedelta(days=self.chance.randrange(2, 365))
        sex = Sex.MALE if is_man else Sex.FEMALE
        name = full_name(self.chance, is_man, born_on.year, surname)
        self.people.append(Person(name, sex, born_on, age_on(born_on, self.on), relation))
        return self.people[-1]

    def couple(self, age: int, surname: str = "") -> tuple[Person, Person]:
        """Husband (the head) and wife."""
        man = self.add(age, True, Relation.HEAD, surname)
        woman = self.add(max(age - bounded(self.chance, 2, 2, -3, 9), 20), False, Relation.WIFE)
        return man, woman

    def child(self, parent: Person, mother: Person, relation: Relation | None = None, low: int = 0) -> Person:
        """A child of ``mother`` that carries the name of ``parent``; ``low`` is the youngest age asked for."""
        highest = max(mother.age - 19, low)
        age = bounded(self.chance, mother.age - 27, 4, low, highest)
        is_man = self.chance.random() < 0.52
        surname = surname_of(parent.name) if self.chance.random() < 0.95 else surname_of(mother.name)
        found = self.add(age, is_man, relation or (Relation.SON if is_man else Relation.DAUGHTER), surname)
        if found.age < 18:
            found.guardian = self.people.index(mother)
        return found


def surname_of(name: str) -> str:
    return name[:2] if name.startswith("欧阳") else name[0]


def single_elder(family: Family) -> None:
    """Mostly women, who outlive their husbands."""
    family.add(bounded(family.chance, 76, 8, 61, 98), family.chance.random() < 0.33, Relation.HEAD)


def single_adult(family: Family) -> None:
    family.add(bounded(family.chance, 37, 11, 21, 60), family.chance.random() < 0.56, Relation.HEAD)


def elder_couple(family: Family) -> None:
    family.couple(bounded(family.chance, 72, 8, 60, 95))


def settled_couple(family: Family) -> None:
    """Children have left home."""
    family.couple(bounded(family.chance, 54, 5, 45, 62))


def young_couple(family: Family) -> None:
    family.couple(bounded(family.chance, 30, 4, 23, 42))


def small_family(family: Family) -> None:
    man, woman = family.couple(bounded(family.chance, 39, 8, 25, 55))
    family.child(man, woman)


def large_family(family: Family) -> None:
    man, woman = family.couple(bounded(family.chance, 39, 6, 28, 50))
    first = family.child(man, woman)
    age = max(first.age - bounded(family.chance, 4, 2, 1, 9), 0)
    is_man = family.chance.random() < 0.53
    second = family.add(age, is_man, Relation.SON if is_man else Relation.DAUGHTER, surname_of(first.name))
    second.guardian = 1 if second.age < 18 else -1


def single_parent(family: Family) -> None:
    woman = family.add(bounded(family.chance, 41, 7, 26, 54), False, Relation.HEAD)
    family.child(woman, woman)


def grown_child_at_home(family: Family) -> None:
    man, woman = family.couple(bounded(family.chance, 57, 6, 47, 75))
    family.child(man, woman, low=18)


def three_generations(family: Family) -> None:
    """Head, wife and child with one or both of the head's parents."""
    man, woman = family.couple(bounded(family.chance, 40, 7, 28, 55))
    family.child(man, woman)
    mother = bounded(family.chance, man.age + 26, 3, man.age + 19, 96)
    family.add(mother, False, Relation.MOTHER)
    if family.chance.random() < 0.55:
        family.add(
            min(mother + bounded(family.chance, 2, 2, -2, 8), 97), True, Relation.FATHER, surname_of(man.name)
        )


def grandparents_with_child(family: Family) -> None:
    """Parents work elsewhere."""
    man, woman = family.couple(bounded(family.chance, 64, 5, 54, 76))
    age = bounded(family.chance, man.age - 57, 4, 1, 16)
    child = family.add(age, family.chance.random() < 0.52, Relation.GRANDCHILD, surname_of(man.name))
    child.guardian = family.people.index(woman)


Builder = Callable[[Family], None]

# Builder, largest size, weight in an urban community, weight in a village.
KINDS: tuple[tuple[Builder, int, float, float], ...] = (
    (single_elder, 1, 9.5, 13.5),
    (single_adult, 1, 12.0, 8.0),
    (elder_couple, 2, 17.0, 22.0),
    (settled_couple, 2, 9.0, 12.0),
    (young_couple, 2, 8.0, 4.0),
    (small_family, 3, 21.0, 12.0),
    (large_family, 4, 10.0, 6.0),
    (single_parent, 2, 2.0, 1.5),
    (grown_child_at_home, 3, 8.0, 10.0),
    (three_generations, 5, 6.0, 9.0),
    (grandparents_with_child, 3, 1.0, 2.5),
)
_TABLES = {
    (is_urban, room): Weighted(
        [(build, urban if is_urban else rural) for build, size, urban, rural in KINDS if size <= room]
    )
    for is_urban in (True, False)
    for room in range(1, 6)
}


def households(chance: Random, count: int, *, is_urban: bool, on: date) -> Iterator[list[Person]]:
    """Households that hold ``count`` persons together, exactly; the first person of each is its head."""
    left = count
    while left > 0:
        family = Family(chance, on)
        _TABLES[is_urban, min(left, 5)].draw(chance)(family)
        left -= len(family.people)
        yield family.people
