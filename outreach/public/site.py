"""The public site (S0-22, S1-18, S1-20): find one's place, the team of it, its board, letters, how to sign.

Everything is called by a code that residents may know: area and grid codes, short links. Nothing is about a resident.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from contracts.choices import LETTERS, DocumentKind
from contracts.printing.teams import letter_document
from outreach.policy import policy_on
from outreach.published import published
from outreach.queries import public_board, public_places
from outreach.queries.short_links import goal_of, team_behind
from outreach.rules.finding_places import words_of
from outreach.slogans import slogans
from teams.models import Team

LETTER_NAMES = {
    DocumentKind.LETTER_SIGNING: "signing",
    DocumentKind.LETTER_RECORD: "record",
    DocumentKind.LETTER_POINTS: "points",
}


@published
def home(request: HttpRequest) -> HttpResponse:
    """Where everybody begins: a field for the name of a place, and the townships to choose from."""
    district, townships = public_places.district_on(timezone.localdate())
    shown = {"district": district, "townships": townships, "slogans": slogans()}
    return render(request, "public/home.html", shown)


@published
def find(request: HttpRequest) -> HttpResponse:
    """``?q=``: villages, grids and buildings of that name."""
    asked = request.GET.get("q", "").replace("\0", "").strip()
    found = public_places.find_places(asked, on=timezone.localdate())
    shown = {"asked": asked[:40], "found": found, "is_asked": bool(words_of(asked))}
    return render(request, "public/find.html", shown)


@published
def township(request: HttpRequest, code: str) -> HttpResponse:
    return _shown(request, "township", public_places.township_page(code, on=timezone.localdate()))


@published
def village(request: HttpRequest, code: str) -> HttpResponse:
    return _shown(request, "village", public_places.village_page(code, on=timezone.localdate()))


@published
def grid(request: HttpRequest, code: str) -> HttpResponse:
    """The grid that a square code in a lift leads to: today's team, whoever it was when the code was printed."""
    today = timezone.localdate()
    return _shown(request, "grid", public_places.grid_page(code, on=today, policy=policy_on(today)))


def _shown(request: HttpRequest, name: str, page: Any) -> HttpResponse:
    if page is None:
        raise Http404(f"no such {name}")
    return render(request, f"public/{name}.html", {"page": page})


@published
def team(request: HttpRequest, code: str) -> HttpResponse:
    """The team board."""
    today = timezone.localdate()
    page = public_board.team_page(_team(code), on=today, policy=policy_on(today))
    return render(request, "public/team.html", {"page": page, "letters": _letters()})


@published
def letter(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """One of the letters to residents, in the words of the bureau and of this team (S4-6)."""
    kind = next((one for one in LETTERS if LETTER_NAMES[one] == name), None)
    if kind is None:
        raise Http404("no such letter")
    today, found = timezone.localdate(), _team(code)
    document = letter_document(found, DocumentKind(kind), on=today)
    return render(request, "public/letter.html", {"team": found, "code": code, "document": document})


def _letters() -> list[tuple[str, str]]:
    """Name in the address, and what it is called."""
    return [(LETTER_NAMES[DocumentKind(one)], str(one.label)) for one in LETTERS]


def _team(code: str) -> Team:
    found = team_behind(code, on=timezone.localdate())
    if found is None:
        raise Http404("no team of that code")
    return found


@published
def guide(request: HttpRequest) -> HttpResponse:
    """How to sign."""
    return render(request, "public/guide.html", {"slogans": slogans()})


@published
def short(request: HttpRequest, code: str) -> HttpResponse:
    """A short link: on to the page of what it stands for."""
    goal = goal_of(code, on=timezone.localdate())
    if goal is None:
        raise Http404("nothing behind that code")
    return redirect(goal.name, *goal.args)
