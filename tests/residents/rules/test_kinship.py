import pytest

from residents.choices import Relation, Sex
from residents.rules.kinship import relation_back

R = Relation


@pytest.mark.parametrize(
    ("new_head_was", "sex", "is_now"),
    [
        (R.WIFE, Sex.MALE, R.HUSBAND),
        (R.HUSBAND, Sex.FEMALE, R.WIFE),
        (R.SON, Sex.MALE, R.FATHER),
        (R.DAUGHTER, Sex.FEMALE, R.MOTHER),
        (R.FATHER, Sex.MALE, R.SON),
        (R.MOTHER, Sex.FEMALE, R.DAUGHTER),
        (R.PARENTS_IN_LAW, Sex.FEMALE, R.DAUGHTER_IN_LAW),
        (R.SON_IN_LAW, Sex.FEMALE, R.PARENTS_IN_LAW),
        (R.GRANDCHILD, Sex.MALE, R.GRANDPARENTS),
        (R.SIBLINGS, Sex.MALE, R.SIBLINGS),
        (R.NON_RELATIVE, Sex.MALE, R.NON_RELATIVE),
    ],
)
def test_the_former_head_seen_by_the_next_one(new_head_was, sex, is_now):
    assert relation_back(new_head_was, sex) == is_now


def test_every_relation_has_an_answer():
    for one in Relation:
        assert relation_back(one, Sex.UNKNOWN) in Relation.values
