"""Loading a district's divisions in the browser: choose, look at what would change, confirm."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from core.refusals import Refusal, show_on
from grids import actions, divisions
from grids.admin.pages import form_page
from grids.queries.divisions import compare_divisions
from teams.access import scope_of

UPLOAD = "file"
SALT = "grids.load_divisions"
CONFIRM_WITHIN = 3600  # seconds between the preview and its confirmation
SHOWN = 50


class LoadForm(forms.Form):
    source = forms.ChoiceField(label="区划文件", widget=forms.RadioSelect)
    file = forms.FileField(
        label="上传文件",
        required=False,
        help_text="CSV 文件，四列：code,name,parent_code,level（区划代码、名称、上级代码、级别）。",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )
    valid_from = forms.DateField(label="新增区划的启用日期", widget=admin.widgets.AdminDateWidget)
    with_grids = forms.BooleanField(
        label="同时为每个村居建立一个默认网格",
        required=False,
        help_text="已有网格的村居不受影响，以后可以再细分。",
    )

    def __init__(self, *args: Any, areas: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [
            (code, f"系统自带：{name}（{code}）")
            for code, name in divisions.SHIPPED_NAMES.items()
            if code.startswith(areas)
        ]
        self.fields["source"].choices = [*own, (UPLOAD, "上传文件")]
        self.fields["source"].initial = own[0][0] if own else UPLOAD

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload and upload.size > divisions.MAX_BYTES:
            raise forms.ValidationError(
                f"文件超过 {divisions.MAX_BYTES // 1024 // 1024} MB，请确认选对了文件。"
            )
        return upload

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("source") == UPLOAD and not data.get("file") and "file" not in self.errors:
            self.add_error("file", "请选择要上传的 CSV 文件。")
        return data

    def content(self) -> bytes:
        data = self.cleaned_data
        return data["file"].read() if data["source"] == UPLOAD else divisions.shipped(data["source"])


def answer(request: HttpRequest, page: admin.ModelAdmin) -> HttpResponse:
    """The upload page, the preview, or the way back after confirming. Nothing is saved before the confirmation."""
    areas = scope_of(request.user).areas
    if "confirmed" in request.POST:
        return _confirm(request, page, areas)
    form = LoadForm(
        request.POST or None, request.FILES or None, areas=areas, initial={"valid_from": timezone.localdate()}
    )
    if form.is_valid():
        try:
            return _preview(request, page, form, areas)
        except Refusal as refusal:
            show_on(form, refusal)
    return form_page(request, page, "admin/grids/area/load.html", form, title="载入区划")


def _preview(
    request: HttpRequest, page: admin.ModelAdmin, form: LoadForm, areas: tuple[str, ...]
) -> HttpResponse:
    text = divisions.decode(form.content())
    rows = _read(text, areas)
    changes = compare_divisions(rows)
    data = form.cleaned_data
    chosen = {"text": text, "from": data["valid_from"].isoformat(), "grids": data["with_grids"]}
    return form_page(
        request,
        page,
        "admin/grids/area/load_preview.html",
        form,
        title="核对区划",
        changes=changes,
        new=changes.new[:SHOWN],
        changed=changes.changed[:SHOWN],
        replaced=changes.replaced[:SHOWN],
        missing=changes.missing[:SHOWN],
        with_grids=data["with_grids"],
        confirmed=signing.dumps(chosen, salt=SALT, compress=True),
    )


def _read(text: str, areas: tuple[str, ...]) -> list[divisions.Division]:
    rows = divisions.parse(text.encode())
    divisions.only_within(rows, areas)
    return rows


def _confirm(request: HttpRequest, page: admin.ModelAdmin, areas: tuple[str, ...]) -> HttpResponse:
    try:
        chosen = signing.loads(request.POST["confirmed"], salt=SALT, max_age=CONFIRM_WITHIN)
        loaded = actions.load_divisions(
            divisions=_read(chosen["text"], areas),
            valid_from=date.fromisoformat(chosen["from"]),
            by=request.user,
            on=timezone.localdate(),
            with_grids=chosen["grids"],
        )
    except signing.BadSignature:
        messages.error(request, "核对页面已过期，请重新选择文件。")
        return redirect("admin:grids_area_load")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("admin:grids_area_load")
    changes = loaded.changes
    told = f"已载入区划：新增 {len(changes.new)} 个，改名 {len(changes.changed)} 个，未变 {changes.unchanged} 个。"
    messages.success(request, told + (f"新建默认网格 {loaded.grids_added} 个。" if chosen["grids"] else ""))
    return redirect("admin:grids_area_changelist")
