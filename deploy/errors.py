"""The one kind of error that a person using the command line may see."""


class UserError(Exception):
    """Something the user can mend: one clear line that names what is wrong and the mend."""
