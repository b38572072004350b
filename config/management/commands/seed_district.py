"""manage.py seed_district --profile huancui --residents 20000 --seed 1 [--if-empty]"""

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.demo.district import Wish, build
from config.management.days import day
from config.profiles.loading import names, read
from core.refusals import Refusal
from teams.models import Institution


class Command(BaseCommand):
    help = "建立演示区县：真实区划、虚构居民；同一种子同一日期得到同样的数据"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--profile", default="huancui", help=f"参数文件：{'、'.join(names())}")
        parser.add_argument("--residents", type=int, default=20_000, help="居民人数")
        parser.add_argument("--seed", type=int, default=1, help="随机种子")
        parser.add_argument("--on", type=day, help="数据截至的日期，默认今天")
        parser.add_argument("--if-empty", action="store_true", help="已有机构时什么也不做")

    def handle(self, *args, **options) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError(
                "正式环境不载入演示数据。请用 load_divisions 载入区划，再在管理端登记机构和人员。"
            )
        if options["if_empty"] and Institution.objects.exists():
            self.stdout.write("数据库里已有机构，未载入演示数据。")
            return
        began = time.perf_counter()
        try:
            wish = Wish(
                profile=read(options["profile"]),
                residents=options["residents"],
                seed=options["seed"],
                on=options["on"] or timezone.localdate(),
                at=timezone.now(),
            )
            self.stdout.write(f"载入演示区县（{wish.profile.title}，截至 {wish.on}，种子 {wish.seed}）")
            build(wish, self.stdout.write)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"演示区县已就绪，用时 {time.perf_counter() - began:.1f} 秒。登录账号见 manage.py demo_accounts。"
        )
