"""What can go wrong in the sender, each error with its consequence as a fact the caller can ask for."""


class SenderError(Exception):
    """Root of the sender's own errors; neighbours that are away are `shared.messaging.errors.NeighbourAway`."""


class KeyUnusable(SenderError):
    """A key in SENDER_ENCRYPTION_KEYS is not 32 bytes in URL-safe base64."""


class VaultClosed(SenderError):
    """A token was to be stored or read, but there are no encryption keys (SENDER_ENCRYPTION_KEYS)."""


class TokenUnreadable(SenderError):
    """A stored token was encrypted with a key that is no longer among SENDER_ENCRYPTION_KEYS."""


class NumberTaken(SenderError):
    """The phone number id already belongs to another organization."""

    def __init__(self, phone_number_id: str) -> None:
        super().__init__(f"number {phone_number_id} already belongs to another organization")
        self.phone_number_id = phone_number_id


class NameTaken(SenderError):
    """Another organization of this installation has the name."""
