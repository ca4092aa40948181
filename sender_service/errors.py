"""What can go wrong in the sender, each error with its consequence as a fact the caller can ask for."""


class SenderError(Exception):
    """Root of the sender's own errors; neighbours that are away are `shared.messaging.errors.NeighbourAway`."""


class SettingRefused(SenderError):
    """A setting is missing or contradicts another; the sentence names the variable and what to do."""

    def __init__(self, variable: str, sentence: str) -> None:
        super().__init__(f"{variable}: {sentence}")
        self.variable = variable
        self.sentence = sentence


class VaultClosed(SenderError):
    """A token was to be stored or read, but there are no encryption keys (SENDER_ENCRYPTION_KEYS)."""


class TokenUnreadable(SenderError):
    """A stored token was encrypted with a key that is no longer among SENDER_ENCRYPTION_KEYS."""


class NumberTaken(SenderError):
    """The phone number id already belongs to another organization."""

    def __init__(self, phone_number_id: str) -> None:
        super().__init__(f"number {phone_number_id} already belongs to another organization")
        self.phone_number_id = phone_number_id
