"""What may be shown without asking. No digit of an identity number is ever shown in part (one candidate is left
when the birth date stands beside it)."""


def mask_name(name: str) -> str:
    """张*, 张*三, 欧**华: the first and, from three characters on, the last character stay."""
    if len(name) < 2:
        return name
    return f"{name[0]}*" if len(name) == 2 else f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"


def mask_phone(phone: str) -> str:
    """138****0000; a landline keeps its last two digits only."""
    if not phone:
        return ""
    if len(phone) == 11 and phone.startswith("1"):
        return f"{phone[:3]}****{phone[-4:]}"
    return f"{'*' * max(len(phone) - 2, 0)}{phone[-2:]}"
