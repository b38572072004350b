import pytest

from residents import actions
from residents.choices import Relation
from residents.models import ResidentEvent
from tests.factories.residents import ResidentFactory
from tests.residents.conftest import TODAY
from tests.residents.helpers import DAY


class TestGuardians:
    def test_a_resident_or_somebody_else(self, cast, district, person):
        child = ResidentFactory(
            grid=district.grid_a, household=person.household, relation=Relation.GRANDCHILD
        )
        own = actions.add_guardian(resident=child, guardian=person, relation="祖父", by=cast.li, on=TODAY)
        assert (own.name, own.phone, own.starts_on) == ("王建国", "13912345678", TODAY)
        other = actions.add_guardian(
            resident=child, name="丛 丽", relation="母亲", phone="0631-5231234", by=cast.li, on=TODAY
        )
        assert (other.name, other.phone) == ("丛丽", "0631-5231234")
        assert "丛*" in ResidentEvent.objects.filter(resident=child).order_by("-pk").first().note

    def test_refused(self, cast, person):
        for facts, code in [
            ({"guardian": person, "relation": "本人"}, "own_guardian"),
            ({"name": "", "relation": "母亲"}, "name_missing"),
            ({"name": "丛丽", "relation": " "}, "relation_missing"),
            ({"name": "丛丽", "relation": "母亲", "phone": "12"}, "phone_form"),
        ]:
            with pytest.raises(actions.CannotChangeGuardian) as refused:
                actions.add_guardian(resident=person, **facts, by=cast.li, on=TODAY)
            assert refused.value.code == code

    def test_twice_and_ended(self, cast, person):
        facts = {"resident": person, "name": "丛丽", "relation": "女儿", "by": cast.li, "on": TODAY}
        guardian = actions.add_guardian(**facts)
        with pytest.raises(actions.CannotChangeGuardian, match="不用重复"):
            actions.add_guardian(**facts)
        assert (
            actions.end_guardian(guardian=guardian, by=cast.li, on=TODAY + 3 * DAY).ends_on == TODAY + 2 * DAY
        )
        with pytest.raises(actions.CannotChangeGuardian, match="已经结束"):
            actions.end_guardian(guardian=guardian, by=cast.li, on=TODAY)
