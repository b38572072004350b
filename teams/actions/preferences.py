"""What a person sets for himself."""

from teams.models import User


def set_large_type(*, is_large: bool, by: User) -> None:
    """Keep the large-type version on or off, on every device; doing it twice changes nothing."""
    User.objects.filter(pk=by.pk).exclude(large_type=is_large).update(large_type=is_large)
    by.large_type = is_large
