"""An import that is taken back, on its page: asked for, watched, refused with a reason."""

import pytest
from django.urls import reverse

from residents.actions.roster_work import fail_work
from residents.models import RosterImport, RosterProgress
from tests.factories import rosters
from tests.residents.helpers import text_of
from tests.residents.rosters.test_pages import click, page

pytestmark = pytest.mark.usefixtures("today")


class TestUndo:
    def test_it_is_queued_and_shown(self, cast, sign_in):
        client = sign_in(cast.li)
        roster = rosters.applied(cast.li)
        html = text_of(click(client, "undo", roster))
        assert "正在撤销" in html
        assert "马上开始" in html
        assert "取消，" not in html
        assert "撤销中" in text_of(client.get(reverse("roster-upload")))
        assert client.get(reverse("roster-errors", args=[roster.pk])).status_code == 200
        RosterImport.objects.update(attempts=1)
        RosterProgress.objects.update(phase="改回原来的内容")
        assert "改回原来的内容" in text_of(page(client, roster))
        assert "已在撤销" in text_of(click(client, "undo", roster))

    def test_what_stood_in_the_way_stays_on_the_page(self, cast, sign_in):
        client = sign_in(cast.li)
        roster = rosters.applied(cast.li)
        click(client, "undo", roster)
        sentence = "不能整批撤销，导入之后已有：签约协议的居民 3 处。"
        fail_work(roster_id=roster.pk, code="built_on", sentence=sentence, keeps_file=True)
        for _ in range(2):
            html = text_of(page(client, roster))
            assert sentence in html
            assert "撤销整批导入" in html
            assert "导入完成" in html
