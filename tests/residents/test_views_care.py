import pytest
from django.urls import reverse

from residents import actions
from residents.choices import Evidence, Relation
from residents.models import ContactPhone, Guardian, PopulationFlag
from tests.factories.residents import ResidentFactory
from tests.residents.conftest import TODAY
from tests.residents.helpers import post, text_of

pytestmark = pytest.mark.usefixtures("today")


class TestForms:
    def test_guardians_come_and_go(self, cast, district, sign_in, person):
        wife = ResidentFactory(
            grid=district.grid_a, household=person.household, relation=Relation.WIFE, name="李桂兰"
        )
        client = sign_in(cast.li)
        assert post(client, "guardian-add", person.pk, member=wife.pk, relation="妻子").status_code == 302
        assert "登记" in text_of(post(client, "guardian-add", person.pk, member="", relation="儿子"))
        guardian = Guardian.objects.get()
        assert guardian.name == "李桂兰"
        page = text_of(client.get(reverse("resident-detail", args=[person.pk])))
        assert "李*兰" in page
        post(client, "guardian-end", guardian.pk)
        guardian.refresh_from_db()
        assert guardian.ends_on == TODAY

    def test_flags_come_and_go(self, cast, sign_in, person):
        client = sign_in(cast.li)
        facts = {
            "kind": "hypertension",
            "evidence": Evidence.MEDICAL_RECORD.value,
            "starts_on": "2026-11-01",
            "detail": "门诊",
        }
        assert post(client, "flag-add", person.pk, **facts).status_code == 302
        flag = PopulationFlag.objects.get()
        refused = post(client, "flag-add", person.pk, **facts | {"evidence": Evidence.SCREENING.value})
        assert "不能覆盖" in text_of(refused)
        assert post(client, "flag-end", flag.pk, evidence="4", reason="误诊").status_code == 302
        assert not PopulationFlag.objects.running().exists()


def test_further_phones_come_and_go_masked(cast, sign_in, person):
    client = sign_in(cast.li)
    assert "11 位手机号" in text_of(post(client, "phone-add", person.pk, phone="1", owner="儿子"))
    assert post(client, "phone-add", person.pk, phone="13700008888", owner="儿子").status_code == 302
    html = text_of(client.get(reverse("resident-detail", args=[person.pk])))
    assert "137****8888" in html
    assert html.count("13700008888") == 1  # only behind the call link
    revealed = post(client, "resident-reveal", person.pk, reason="contact")
    assert "13700008888" in text_of(revealed)
    row = ContactPhone.objects.get()
    assert post(client, "phone-remove", row.pk).status_code == 302
    assert not ContactPhone.objects.exists()
    row = actions.add_contact_phone(resident=person, phone="13700008888", owner="x", by=cast.li, on=TODAY)
    assert post(sign_in(cast.zhao), "phone-remove", row.pk).status_code == 404
