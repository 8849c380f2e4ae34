"""The two kinds of failure: one the customer can mend, one that we try again."""


class PartnersError(Exception):
    """A failure in words that a person can act on.

    `code` is a stable short name such as `bucket_not_found`; `message` says what happened;
    `fix` says what to do about it.
    """

    def __init__(self, message: str, *, code: str, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.fix = fix


class PermanentError(PartnersError):
    """Trying again changes nothing until somebody acts: tell the customer what to do."""


class TransientError(PartnersError):
    """Trying again may help: we do, before we tell anybody."""


class LeaseLost(Exception):
    """Another worker holds the work now; this one must stop and write nothing more."""
