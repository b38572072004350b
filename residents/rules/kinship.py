"""What a former head is to the next one, read from what the next one was to him."""

from residents.choices import Relation, Sex

R = Relation

# The next head was this to the former one -> the former one, man or woman, is that to the next one.
_BACK: dict[Relation, tuple[Relation, Relation]] = {
    **dict.fromkeys((R.SPOUSE, R.HUSBAND, R.WIFE), (R.HUSBAND, R.WIFE)),
    **dict.fromkeys((R.SON, R.DAUGHTER, R.ADOPTED_SON, R.ADOPTED_DAUGHTER), (R.FATHER, R.MOTHER)),
    **dict.fromkeys((R.SON_IN_LAW, R.DAUGHTER_IN_LAW), (R.PARENTS_IN_LAW, R.PARENTS_IN_LAW)),
    **dict.fromkeys((R.PARENTS, R.FATHER, R.MOTHER), (R.SON, R.DAUGHTER)),
    R.PARENTS_IN_LAW: (R.SON_IN_LAW, R.DAUGHTER_IN_LAW),
    R.GRANDCHILD: (R.GRANDPARENTS, R.GRANDPARENTS),
    R.GRANDPARENTS: (R.GRANDCHILD, R.GRANDCHILD),
    R.SIBLINGS: (R.SIBLINGS, R.SIBLINGS),
    R.OTHER_RELATIVE: (R.OTHER_RELATIVE, R.OTHER_RELATIVE),
}


def relation_back(relation: str, sex: int) -> str:
    """The relation seen from the other side: his son became head, so he is the father; 非亲属 where nothing is known."""
    man, woman = _BACK.get(Relation(relation), (R.NON_RELATIVE, R.NON_RELATIVE))
    return woman if sex == Sex.FEMALE else man
