"""Routes of files."""

from typing import Final

from sender_service.access import Role
from sender_service.api.handlers import media
from sender_service.api.route import Route
from sender_service.api.shapes import media as shapes
from sender_service.cloud_api.media_limits import KINDS

_TYPES: Final = tuple(sorted(mime for mimes in KINDS.values() for mime in mimes))

ROUTES: Final = (
    Route(
        method="POST", path="/media", role=Role.SELLER, handler=media.upload, tag="media",
        summary="Upload a file to send; the body is the file", query=shapes.UploadQuery, consumes=_TYPES,
        answer=shapes.Uploaded, status=201, errors=("CONFLICT", "UPSTREAM_REFUSED"),
    ),
    Route(
        method="GET", path="/media/{id}", role=Role.SELLER, handler=media.get, tag="media",
        summary="The bytes of a file", produces=("application/octet-stream", "*/*"), errors=("NOT_FOUND",),
    ),
)  # fmt: skip
