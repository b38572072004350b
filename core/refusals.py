"""How an action says no: one stable code, one Chinese sentence that says what to do."""


class Refusal(Exception):
    """An action will not do what was asked; nothing was changed.

    Attributes:
        code: stable, machine readable, snake case.
        sentence: Chinese, says the cause and the remedy.
        field: name of the form field to show it at, or "" for the whole form.
    """

    def __init__(self, code: str, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.field = field

    def __str__(self) -> str:
        return self.sentence


def show_on(form, refusal: Refusal) -> None:
    """Put a refusal where the user typed; what was typed stays in the form."""
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, refusal.sentence)
