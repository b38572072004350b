"""The wording of agreements and of everything else that is printed."""

import pgtrigger
from django.db import models

from contracts.choices import DocumentKind


class AgreementTemplate(models.Model):
    """The wording of a document from a day on; a signed agreement is printed forever as it was signed.

    May hold the placeholders that contracts.printing.placeholders allows for its kind.
    """

    kind = models.CharField("文书类型", max_length=15, choices=DocumentKind)
    version = models.PositiveSmallIntegerField("版本")
    title = models.CharField("标题", max_length=60)
    body = models.TextField("正文", help_text="空行分段；以“## ”开头的行是小标题。")
    in_force_from = models.DateField("生效日期")

    class Meta:
        verbose_name = verbose_name_plural = "文书文本"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "version"],
                name="template_version_unique",
                violation_error_message="该版本已存在。",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="template_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.title}（第{self.version}版）"

    @property
    def paragraphs(self) -> list[tuple[str, str]]:
        """The wording piece by piece: ("heading" or "text", words)."""
        lines = "\n".join(self.body.splitlines())  # a form sends \r\n
        pieces = [one.strip() for one in lines.split("\n\n") if one.strip()]
        return [("heading", one[3:]) if one.startswith("## ") else ("text", one) for one in pieces]
