"""The one exception that is meant for the person who runs the workflow."""


class InputError(Exception):
    """Wrong input, told as one line: where it is, what is wrong, what to do."""
