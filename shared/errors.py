"""The one kind of error that a person with a file or a command line may see."""


class UserError(Exception):
    """Something the user can mend: one clear line that names what is wrong and the mend."""
