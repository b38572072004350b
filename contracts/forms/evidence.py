"""Photos, scans and the place of a signing."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from contracts.actions.evidence import Proof
from contracts.choices import EvidenceKind
from contracts.pictures import BadPicture, read_picture
from contracts.policy import ContractsPolicy

_ACCEPT = "image/jpeg,image/png"


class _ManyFiles(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile]:
        return files.getlist(name) if hasattr(files, "getlist") else []


class PicturesField(forms.FileField):
    """Several photos; cleans to a list of JPEGs drawn anew (contracts.pictures)."""

    def __init__(self, *, policy: ContractsPolicy, **kwargs: Any) -> None:
        self.policy = policy
        super().__init__(widget=_ManyFiles(attrs={"accept": _ACCEPT}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[bytes]:
        files: list[UploadedFile] = [one for one in (data or []) if one]
        if not files:
            super().clean(None, initial)
            return []
        if len(files) > self.policy.evidence_most:
            raise forms.ValidationError(
                f"一次最多{self.policy.evidence_most}张，请减少后重新选择。", code="too_many"
            )
        return [self._read(place, one) for place, one in enumerate(files, 1)]

    def _read(self, place: int, file: UploadedFile) -> bytes:
        policy = self.policy
        try:
            return read_picture(
                file.read(policy.evidence_max_bytes + 1),
                max_bytes=policy.evidence_max_bytes,
                max_pixels=policy.evidence_max_pixels,
                side=policy.evidence_side_pixels,
            )
        except BadPicture as error:
            raise forms.ValidationError(f"第{place}张：{error}", code="bad_picture") from error


class PlaceFields(forms.Form):
    """Where the device says it is, if it was asked: degrees of WGS-84 and metres."""

    latitude = forms.DecimalField(
        required=False, min_value=-90, max_value=90, decimal_places=6, widget=forms.HiddenInput
    )
    longitude = forms.DecimalField(
        required=False, min_value=-180, max_value=180, decimal_places=6, widget=forms.HiddenInput
    )
    accuracy_m = forms.IntegerField(
        required=False, min_value=0, max_value=1_000_000, widget=forms.HiddenInput
    )

    def place(self) -> dict[str, Any]:
        """Latitude and longitude together or not at all."""
        data = self.cleaned_data
        latitude, longitude = data.get("latitude"), data.get("longitude")
        if latitude is None or longitude is None:
            return {"latitude": None, "longitude": None, "accuracy_m": None}
        return {"latitude": latitude, "longitude": longitude, "accuracy_m": data.get("accuracy_m")}

    def has_place(self) -> bool:
        """Whether a place came with what was sent, so that the page can say so again."""
        return bool(self["latitude"].value() and self["longitude"].value())


class SigningEvidenceFields(PlaceFields):
    """What may come with a signing form: a photo of the scene, a scan of the paper."""

    def __init__(self, *args: Any, policy: ContractsPolicy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy
        self.fields["evidence"] = PicturesField(label="签约现场照片", policy=policy, required=False)
        self.fields["paper_scan"] = PicturesField(
            label="纸质协议照片（扫描件）", policy=policy, required=False
        )

    def proofs(self) -> list[Proof]:
        kinds = (("evidence", EvidenceKind.PHOTO), ("paper_scan", EvidenceKind.PAPER_SCAN))
        return [
            Proof(kind, image, **self.place()) for name, kind in kinds for image in self.cleaned_data[name]
        ]

    def had_photos(self) -> bool:
        """Files do not come back with a refused form; the page asks for them again."""
        return any(self.files.getlist(name) for name in ("evidence", "paper_scan")) if self.files else False


class EvidenceForm(PlaceFields):
    """Evidence that is added to an agreement later."""

    kind = forms.ChoiceField(label="材料", choices=EvidenceKind)
    note = forms.CharField(label="说明", max_length=100, required=False)

    def __init__(self, *args: Any, policy: ContractsPolicy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"] = PicturesField(
            label="照片",
            policy=policy,
            error_messages={"required": "请选择照片。"},
            help_text=f"JPG 或 PNG，每张不超过{policy.evidence_max_bytes // 1024 // 1024}MB，可一次选多张。",
        )

    def proofs(self) -> list[Proof]:
        data = self.cleaned_data
        kind, note = EvidenceKind(data["kind"]), data["note"]
        return [Proof(kind, image, **self.place(), note=note) for image in data["evidence"]]
