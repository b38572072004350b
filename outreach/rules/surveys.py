"""Surveys: what a question may be, what an answer may be, and what may be told of the answers (4.8). Pure."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from contracts.rules import Objection
from outreach.choices import QuestionKind, SurveyKind

MOST_QUESTIONS = 20
MOST_OPTIONS = 8
MOST_WORDS = 300
QUESTION_LENGTH = 100
OPTION_LENGTH = 30
SCORES = (5, 4, 3, 2, 1)
GOOD_SCORE = 4  # of five: satisfied
GOOD_MARK = "*"
_GOOD_MARKS = (GOOD_MARK, "＊")  # the second from a Chinese keyboard
_TEMPLATES = Path(__file__).parent.parent / "data" / "surveys.toml"


@dataclass(frozen=True)
class Option:
    """``is_good``: the answer hoped for, of which the rate is made."""

    code: str
    text: str
    is_good: bool = False


@dataclass(frozen=True)
class Question:
    """One question. A score has the options 5 to 1, words have none."""

    code: str
    text: str
    kind: str
    options: tuple[Option, ...] = ()
    is_needed: bool = True

    @property
    def choices(self) -> tuple[Option, ...]:
        if self.kind != QuestionKind.SCORE:
            return self.options
        return tuple(Option(str(one), f"{one} 分", one >= GOOD_SCORE) for one in SCORES)

    @property
    def good(self) -> frozenset[str]:
        return frozenset(one.code for one in self.choices if one.is_good)

    @property
    def is_rated(self) -> bool:
        return bool(self.good)

    def as_json(self) -> dict[str, Any]:
        options = [{"code": one.code, "text": one.text, "is_good": one.is_good} for one in self.options]
        return {"code": self.code, "text": self.text, "kind": self.kind, "options": options} | {
            "is_needed": self.is_needed
        }


def read_questions(stored: Sequence[Mapping[str, Any]]) -> list[Question]:
    """From the stored form."""
    return [
        Question(
            one["code"],
            one["text"],
            one["kind"],
            tuple(Option(each["code"], each["text"], each["is_good"]) for each in one["options"]),
            one["is_needed"],
        )
        for one in stored
    ]


def options_from(lines: Sequence[str]) -> tuple[Option, ...]:
    """Options as they are typed, one a line; "*" before the good ones. Codes by place: 1, 2, 3."""
    typed = [(_bare(one), one.strip().startswith(_GOOD_MARKS)) for one in lines]
    said = [(text, is_good) for text, is_good in typed if text]
    return tuple(Option(str(place), text, is_good) for place, (text, is_good) in enumerate(said, start=1))


def _bare(line: str) -> str:
    return line.strip().lstrip("".join(_GOOD_MARKS)).strip()


def lines_of(options: Sequence[Option]) -> str:
    """The same again, for the form."""
    return "\n".join(f"{GOOD_MARK if one.is_good else ''}{one.text}" for one in options)


@dataclass(frozen=True)
class Template:
    """What ships for a kind of survey, to begin with."""

    title: str
    introduction: str
    questions: tuple[Question, ...]


@cache
def templates() -> dict[str, Template]:
    """Survey kind -> template."""
    read = tomllib.loads(_TEMPLATES.read_text(encoding="utf-8"))
    return {kind: _template(read[kind]) for kind in SurveyKind.values}


def _template(raw: Mapping[str, Any]) -> Template:
    questions = [
        Question(
            f"q{place}", one["text"], one["kind"], options_from(one.get("options", [])), one["is_needed"]
        )
        for place, one in enumerate(raw["questions"], start=1)
    ]
    return Template(raw["title"], raw["introduction"], tuple(questions))


def object_to_questions(questions: Sequence[Question]) -> Objection | None:
    """What is wrong with the questions of a survey, the first fault named by its place."""
    if not questions:
        return Objection("no_questions", "请至少填写一个问题。")
    if len(questions) > MOST_QUESTIONS:
        return Objection("too_many_questions", f"一份问卷最多 {MOST_QUESTIONS} 个问题，请删去一些。")
    for place, one in enumerate(questions, start=1):
        fault = _fault_of(one)
        if fault:
            return Objection("bad_question", f"第 {place} 题：{fault}")
    return None


def _fault_of(one: Question) -> str:
    if not 2 <= len(one.text) <= QUESTION_LENGTH:
        return f"题目请写 2 至 {QUESTION_LENGTH} 个字。"
    if one.kind != QuestionKind.CHOICE:
        return "只有单选题才填选项，请清空选项或改为单选。" if one.options else ""
    if not 2 <= len(one.options) <= MOST_OPTIONS:
        return f"单选题请填 2 至 {MOST_OPTIONS} 个选项，每行一个。"
    if any(len(each.text) > OPTION_LENGTH for each in one.options):
        return f"每个选项不超过 {OPTION_LENGTH} 个字。"
    if len({each.text for each in one.options}) < len(one.options):
        return "有两个选项相同。"
    return "所有选项都带 * 号，算不出比例。" if all(each.is_good for each in one.options) else ""


def object_to_answers(questions: Sequence[Question], answers: Mapping[str, str]) -> Objection | None:
    """What is wrong with the answers: question code -> code of an option, a score, or words."""
    known = {one.code: one for one in questions}
    if not answers or set(answers) - set(known):
        return Objection("no_answers", "请回答问卷上的问题。")
    for one in questions:
        given = answers.get(one.code, "")
        if not given and one.is_needed:
            return Objection("unanswered", f"还没有回答：{one.text}", one.code)
        if given and not _fits(one, given):
            return Objection("bad_answer", f"请重新回答：{one.text}", one.code)
    return None


def _fits(question: Question, given: str) -> bool:
    if question.kind == QuestionKind.WORDS:
        return len(given) <= MOST_WORDS
    return given in {one.code for one in question.choices}


def object_to_survey(
    starts_on: date, ends_on: date | None, *, today: date, is_answered: bool
) -> Objection | None:
    """Why somebody cannot answer a survey today."""
    if today < starts_on:
        return Objection("not_begun", f"问卷从 {starts_on.month}月{starts_on.day}日 开始填写。")
    if ends_on is None or today > ends_on:
        return Objection("survey_over", "问卷已经截止，谢谢您的关心。")
    if is_answered:
        return Objection("answered", "这份问卷已经回答过了，谢谢。")
    return None
