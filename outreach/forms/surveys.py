"""Forms of surveys: the editor, row by row, and the survey itself as it is filled in."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from outreach.actions.surveys import SurveyFacts
from outreach.choices import AnswerWay, QuestionKind, SurveyKind
from outreach.disclosures.plain import plain, plain_line
from outreach.models import Survey
from outreach.rules.surveys import (
    MOST_QUESTIONS,
    MOST_WORDS,
    QUESTION_LENGTH,
    Question,
    lines_of,
    options_from,
    read_questions,
)

_SPARE_ROWS = 3


class SurveyForm(forms.Form):
    title = forms.CharField(label="标题", max_length=60)
    kind = forms.ChoiceField(label="类别", choices=SurveyKind)
    starts_on = forms.DateField(label="开始日期")
    ends_on = forms.DateField(label="截止日期", help_text="当天仍可填写。")
    introduction = forms.CharField(
        label="说明（居民填写前看到）",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class QuestionForm(forms.Form):
    """One row of the editor; an empty one is left out."""

    text = forms.CharField(label="题目", max_length=QUESTION_LENGTH, required=False)
    kind = forms.ChoiceField(label="回答方式", choices=QuestionKind, initial=QuestionKind.CHOICE)
    options = forms.CharField(
        label="选项",
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="只有单选题填，每行一个；表示满意（知晓）的选项前面加 * 号。",
    )
    is_needed = forms.BooleanField(label="必答", required=False, initial=True)

    def question(self, place: int) -> Question | None:
        data = self.cleaned_data
        text, options = plain_line(data.get("text", "")), plain(data.get("options", "")).split("\n")
        if not text and not any(options):
            return None
        # A line break of ours may have become the mark of a list: "* 满意" is read as "*满意".
        lines = [f"*{one[2:]}" if one.startswith("- ") else one for one in options]
        return Question(f"q{place}", text, data["kind"], options_from(lines), data["is_needed"])


QuestionRows = forms.formset_factory(
    QuestionForm, extra=_SPARE_ROWS, max_num=MOST_QUESTIONS, absolute_max=MOST_QUESTIONS
)


def rows_for(questions: Sequence[Question], data: Any = None) -> Any:
    """The editor's rows over questions that are there, or what was typed (which is compared with nothing: a row that
    was left as it stood is a question too)."""
    if data is not None:
        return QuestionRows(data, prefix="q")
    first = [
        {"text": one.text, "kind": one.kind, "options": lines_of(one.options), "is_needed": one.is_needed}
        for one in questions
    ]
    return QuestionRows(initial=first, prefix="q")


def facts_from(form: SurveyForm, rows: Any) -> SurveyFacts:
    """What was typed; both forms are valid. Questions are numbered by their place."""
    questions: list[Question] = []
    for row in rows:
        found = row.question(len(questions) + 1)
        if found:
            questions.append(found)
    return SurveyFacts(**form.cleaned_data, questions=questions)


def survey_values(survey: Survey) -> dict[str, Any]:
    names = ("title", "kind", "starts_on", "ends_on", "introduction")
    return {name: getattr(survey, name) for name in names}


class AnswersForm(forms.Form):
    """A survey as it is filled in: one field a question."""

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = read_questions(survey.questions)
        for place, one in enumerate(self.questions, start=1):
            self.fields[one.code] = _field(one, place)

    def answers(self) -> Mapping[str, str]:
        return {one.code: self.cleaned_data.get(one.code, "") for one in self.questions}


class RecordedAnswersForm(AnswersForm):
    """The same, written down by staff."""

    way = forms.ChoiceField(
        label="怎样问的",
        choices=[(one.value, one.label) for one in (AnswerWay.PHONE, AnswerWay.PAPER)],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择电话或纸质。"},
    )


def _field(question: Question, place: int) -> forms.Field:
    label = f"{place}. {question.text}"
    if question.kind == QuestionKind.WORDS:
        return forms.CharField(
            label=label,
            required=question.is_needed,
            max_length=MOST_WORDS,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text="请不要写姓名、电话和病情。",
        )
    return forms.ChoiceField(
        label=label,
        required=question.is_needed,
        choices=[(one.code, one.text) for one in question.choices],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择一项。", "invalid_choice": "请选择一项。"},
    )
