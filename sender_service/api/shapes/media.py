"""Files on the HTTP side."""

from pydantic import Field

from sender_service.api.shapes.parts import Answer, Request


class UploadQuery(Request):
    """What the body is: its type is the Content-Type of the request."""

    phone_number_id: str | None = Field(None, max_length=64, description="May be left out with one number.")
    filename: str = Field("file", pattern=r"^[^/\\\x00-\x1f\x7f]{1,200}$")


class Uploaded(Answer):
    id: int = Field(description="For GET media/{id}.")
    meta_id: str = Field(description="For `image.id`, `document.id` … of a message; Meta keeps it for 30 days.")
    type: str
    mime_type: str
    size: int
