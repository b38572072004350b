"""Who may enter which door of the registry."""

import pytest
from django.urls import reverse

from core.models import ReadLog
from residents import actions
from tests.factories.residents import PopulationFlagFactory
from tests.residents.conftest import TODAY
from tests.residents.helpers import post, text_of

pytestmark = pytest.mark.usefixtures("today")


class TestScopeAndPermission:
    PAGES = (
        "resident-detail",
        "resident-edit",
        "resident-number",
        "resident-death",
        "resident-move-out",
        "resident-lost",
        "resident-return",
        "phone-add",
        "resident-move",
        "guardian-add",
        "flag-add",
    )
    DEEDS = ("resident-confirm", "resident-reveal", *PAGES[1:])

    def test_out_of_scope_is_404_and_tells_nothing(self, cast, sign_in, neighbor):
        flag = PopulationFlagFactory(resident=neighbor)
        guardian = actions.add_guardian(resident=neighbor, name="丛丽", relation="女", by=cast.zhao, on=TODAY)
        client = sign_in(cast.li)
        pages = [(name, neighbor.pk) for name in self.PAGES]
        pages += [
            ("household-detail", neighbor.household_id),
            ("household-head", neighbor.household_id),
            ("flag-end", flag.pk),
        ]
        for name, pk in pages:
            response = client.get(reverse(name, args=[pk]))
            assert response.status_code == 404, name
            assert "海波" not in text_of(response)
        for name, pk in [
            *((one, neighbor.pk) for one in self.DEEDS),
            ("guardian-end", guardian.pk),
            ("flag-end", flag.pk),
        ]:
            assert post(client, name, pk).status_code == 404, name
        assert not ReadLog.objects.exists()
        neighbor.refresh_from_db()
        assert neighbor.confirmed_on is None

    @pytest.mark.parametrize("who", ["sun", "he", "xu", "shen"])
    def test_without_the_permission_it_is_403(self, cast, sign_in, person, who):
        client = sign_in(getattr(cast, who))
        pages = [
            reverse("resident-list"), reverse("household-list"), reverse("resident-create"), reverse("roster-upload"),
            reverse("roster-template"), reverse("household-detail", args=[person.household_id]),
            *(reverse(name, args=[person.pk]) for name in self.PAGES),
        ]  # fmt: skip
        for address in pages:
            assert client.get(address).status_code == 403, address
        for name in self.DEEDS:
            assert post(client, name, person.pk).status_code == 403, name
        assert not ReadLog.objects.exists()

    def test_nobody_signed_in_is_sent_to_the_login(self, client, person):
        assert client.get(reverse("resident-detail", args=[person.pk])).status_code == 302

    def test_reading_is_not_writing(self, cast, sign_in, person):
        """The officer may look; every form is closed to her."""
        from teams.choices import Role
        from tests.factories.teams import RoleAssignmentFactory, UserFactory

        officer = UserFactory()
        RoleAssignmentFactory(
            user=officer, role=Role.DEDICATED_OFFICER, institution=cast.institution_a, area_code=""
        )
        client = sign_in(officer)
        page = client.get(reverse("resident-detail", args=[person.pk]))
        assert page.status_code == 200
        assert "tel:" not in text_of(page)
        assert "13912345678" not in text_of(page)
        assert "查看明文" not in text_of(page)
        for name in self.DEEDS:
            assert post(client, name, person.pk).status_code == 403, name

    def test_reading_methods_do_not_write(self, cast, sign_in, person):
        client = sign_in(cast.li)
        for name in ("resident-confirm", "resident-reveal"):
            assert client.get(reverse(name, args=[person.pk])).status_code == 405
