"""Which files Meta takes, and how large.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
"""

from dataclasses import dataclass
from typing import Final

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB
# A user may send up to 100 MB; what is larger Meta reports as 131052.
RECEIVED_MOST: Final = 100 * _MIB
STICKER_MOST: Final = 100 * _KIB
ANIMATED_STICKER_MOST: Final = 500 * _KIB

MOST: Final = {"audio": 16 * _MIB, "document": 100 * _MIB, "image": 5 * _MIB, "video": 16 * _MIB, "sticker": 500 * _KIB}
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "audio": ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"),
    "document": (
        "text/plain",
        "application/pdf",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    "image": ("image/jpeg", "image/png"),
    "sticker": ("image/webp",),
    "video": ("video/mp4", "video/3gpp"),
}
_BY_MIME: Final = {mime: kind for kind, mimes in KINDS.items() for mime in mimes}


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why Meta would not take a file."""

    field: str
    problem: str
    limit: int | None = None
    length: int | None = None


def kind_of(mime_type: str) -> str | None:
    """audio, document, image, sticker or video; None for what Meta does not take."""
    return _BY_MIME.get(mime_type.partition(";")[0].strip().lower())


def check(mime_type: str, size: int, *, animated: bool = False) -> Unfit | None:
    """What is wrong with a file of that type and size. For stickers, say whether they move."""
    kind = kind_of(mime_type)
    if kind is None:
        return Unfit("type", f"must be one of {', '.join(sorted(_BY_MIME))}")
    most = MOST[kind]
    if kind == "sticker":
        most = ANIMATED_STICKER_MOST if animated else STICKER_MOST
    if size > most:
        return Unfit("file", f"at most {most} bytes for {kind}, was {size}", limit=most, length=size)
    if size < 1:
        return Unfit("file", "is empty", limit=1, length=0)
    return None
