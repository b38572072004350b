"""What every verb of the registry shares: the lock, the event row, the refusal of a number that is taken."""

from core.refusals import Refusal
from residents.models import Household, HouseholdEvent, Resident, ResidentEvent
from residents.rules.faults import Fault
from teams.models import User


def locked(resident: Resident) -> Resident:
    """The resident as he is now, held until the transaction ends."""
    return (
        Resident.objects.select_for_update(of=("self",))
        .select_related("grid", "household")
        .get(pk=resident.pk)
    )


def record(resident: Resident, kind: str, note: str, by: User | None) -> None:
    ResidentEvent.objects.create(resident=resident, kind=kind, note=note[:500], by=by)


def tell(household: Household, kind: str, note: str, by: User | None) -> None:
    """A line in the household's story. People stand in it masked: more eyes read it than may see names."""
    HouseholdEvent.objects.create(household=household, kind=kind, note=note[:500], by=by)


def refuse_if(fault: Fault | None, refusal: type[Refusal], field: str) -> None:
    """Turn a rule's fault into the refusal of an action."""
    if fault is not None:
        raise refusal(fault.code, fault.sentence, field=field)


def refuse_taken_number(
    number: str, refusal: type[Refusal], *, by: User, besides: Resident | None = None
) -> None:
    """One number, one person. A holder outside the reader's scope is not described, only said to exist."""
    holders = Resident.objects.with_number(number)
    holder = (holders.exclude(pk=besides.pk) if besides else holders).first()
    if holder is None:
        return
    if Resident.objects.visible_to(by).filter(pk=holder.pk).exists():
        sentence = f"该证件号码已登记为居民 {holder.masked_name}，请用号码查找后打开，不要重复登记。"
        raise refusal("number_taken", sentence, field="id_number")
    raise number_elsewhere(refusal)


def number_elsewhere(refusal: type[Refusal]) -> Refusal:
    sentence = "该证件号码已在本区其他辖区登记，您无权查看。请联系区卫健局核实后办理迁入。"
    return refusal("number_taken_elsewhere", sentence, field="id_number")
