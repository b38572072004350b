"""Verbs of the registry, one noun a page. Whoever calls one has loaded its rows through ``visible_to``."""

from residents.actions.care import release_from_care, set_managing_team
from residents.actions.flags import CannotFlag, flag_population, refresh_age_flags, unflag_population
from residents.actions.guardians import CannotChangeGuardian, add_guardian, end_guardian
from residents.actions.households import (
    CannotChangeHead,
    CannotFoundHousehold,
    CannotMove,
    change_head,
    create_household,
    move_member,
    take_household_numbers,
)
from residents.actions.numbers import CannotCorrectNumber, correct_number
from residents.actions.people import (
    CannotRegister,
    CannotUpdate,
    confirm_resident,
    register_resident,
    update_resident,
)
from residents.actions.revealing import CannotReveal, reveal_resident
from residents.actions.standing import CannotSetStatus, set_status

__all__ = [
    "CannotChangeGuardian",
    "CannotChangeHead",
    "CannotCorrectNumber",
    "CannotFlag",
    "CannotFoundHousehold",
    "CannotMove",
    "CannotRegister",
    "CannotReveal",
    "CannotSetStatus",
    "CannotUpdate",
    "add_guardian",
    "change_head",
    "confirm_resident",
    "correct_number",
    "create_household",
    "end_guardian",
    "flag_population",
    "move_member",
    "refresh_age_flags",
    "register_resident",
    "release_from_care",
    "reveal_resident",
    "set_managing_team",
    "set_status",
    "take_household_numbers",
    "unflag_population",
    "update_resident",
]
