"""Verbs of the registry, one noun a page. Whoever calls one has loaded its rows through ``visible_to``."""

from residents.actions.ages import refresh_age_flags
from residents.actions.care import give_into_care, release_from_care, set_managing_team
from residents.actions.confirming import CannotConfirm, confirm_resident, confirm_residents
from residents.actions.duplicates import CannotDecide, find_duplicates, tell_apart
from residents.actions.flags import CannotFlag, amend_flag, flag_population, unflag_population
from residents.actions.guardians import CannotChangeGuardian, add_guardian, end_guardian
from residents.actions.heads import CannotChangeHead, Heir, change_head
from residents.actions.households import (
    CannotChangePlace,
    CannotFoundHousehold,
    change_place,
    create_household,
    take_household_numbers,
)
from residents.actions.merging import CannotMergeResidents, merge_residents, preview_merge
from residents.actions.moving import (
    CannotMerge,
    CannotMove,
    CannotSplit,
    Place,
    merge_households,
    move_member,
    split_household,
)
from residents.actions.numbers import CannotCorrectNumber, correct_number
from residents.actions.people import (
    CannotRegister,
    CannotUpdate,
    register_resident,
    update_resident,
)
from residents.actions.phones import CannotKeepPhone, add_contact_phone, remove_contact_phone
from residents.actions.revealing import CannotReveal, reveal_resident
from residents.actions.risk import CannotAssess, CannotPublishScheme, assess_risk, publish_scheme
from residents.actions.standing import (
    CannotSetStatus,
    bring_back,
    record_death,
    record_lost,
    record_move_out,
)
from residents.actions.stewards import CannotNameSteward, CannotTrain, name_steward, train_steward
from residents.actions.unmerging import CannotUndoMerge, undo_merge

__all__ = [
    "CannotAssess",
    "CannotChangeGuardian",
    "CannotChangeHead",
    "CannotChangePlace",
    "CannotConfirm",
    "CannotCorrectNumber",
    "CannotDecide",
    "CannotFlag",
    "CannotFoundHousehold",
    "CannotKeepPhone",
    "CannotMerge",
    "CannotMergeResidents",
    "CannotMove",
    "CannotNameSteward",
    "CannotPublishScheme",
    "CannotRegister",
    "CannotReveal",
    "CannotSetStatus",
    "CannotSplit",
    "CannotTrain",
    "CannotUndoMerge",
    "CannotUpdate",
    "Heir",
    "Place",
    "add_contact_phone",
    "add_guardian",
    "amend_flag",
    "assess_risk",
    "bring_back",
    "change_head",
    "change_place",
    "confirm_resident",
    "confirm_residents",
    "correct_number",
    "create_household",
    "end_guardian",
    "find_duplicates",
    "flag_population",
    "give_into_care",
    "merge_households",
    "merge_residents",
    "move_member",
    "name_steward",
    "preview_merge",
    "publish_scheme",
    "record_death",
    "record_lost",
    "record_move_out",
    "refresh_age_flags",
    "register_resident",
    "release_from_care",
    "remove_contact_phone",
    "reveal_resident",
    "set_managing_team",
    "split_household",
    "take_household_numbers",
    "tell_apart",
    "train_steward",
    "undo_merge",
    "unflag_population",
    "update_resident",
]
