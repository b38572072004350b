"""Said at every start: without Pango there is no PDF, and everything else works."""

from typing import Any

from django.core import checks

from contracts.printing import pdf


@checks.register("printing")
def pango_is_there(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    if pdf.is_available():
        return []
    return [
        checks.Warning(
            "PDF 不可用：缺少 Pango。打印页面照常工作。",
            hint="Debian、Ubuntu：apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0；装好后重启服务。",
            id="contracts.W001",
        )
    ]
