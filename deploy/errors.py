"""The one kind of error that a person using the command line may see."""

from shared.errors import UserError

__all__ = ["UserError"]
