"""Routes of campaigns."""

from typing import Final

from sender_service.access import Role
from sender_service.api.handlers import campaigns, new_campaign
from sender_service.api.route import Route
from sender_service.api.shapes import campaigns as shapes
from sender_service.api.shapes.parts import Page
from sender_service.api.upload import MAX_UPLOAD

ROUTES: Final = (
    Route(
        method="GET", path="/campaigns", role=Role.SELLER, handler=campaigns.find, tag="campaigns",
        summary="Campaigns, newest first", query=shapes.CampaignQuery, answer=Page[shapes.Campaign],
    ),
    Route(
        method="POST", path="/campaigns", role=Role.MANAGER, handler=new_campaign.create, tag="campaigns",
        summary="Make a campaign from a template and an audience", body=shapes.CampaignRequest,
        answer=shapes.CreatedCampaign, status=201, max_bytes=32 << 20, errors=("IDEMPOTENCY_CONFLICT",),
    ),
    Route(
        method="GET", path="/campaigns/{id}", role=Role.SELLER, handler=campaigns.get, tag="campaigns",
        summary="One campaign with its progress", answer=shapes.CampaignDetail, errors=("NOT_FOUND",),
    ),
    Route(
        method="POST", path="/campaigns/{id}", role=Role.MANAGER, handler=new_campaign.fill, tag="campaigns",
        summary="Add the recipients of an upload to a draft", answer=shapes.FilledCampaign,
        consumes=("text/csv", "application/x-ndjson"), max_bytes=MAX_UPLOAD,
        errors=("NOT_FOUND", "CONFLICT"),
    ),
    Route(
        method="POST", path="/campaigns/{id}/pause", role=Role.MANAGER, handler=campaigns.pause, tag="campaigns",
        summary="Send nothing more of it for now", answer=shapes.CampaignDetail, errors=("NOT_FOUND", "CONFLICT"),
    ),
    Route(
        method="POST", path="/campaigns/{id}/resume", role=Role.MANAGER, handler=campaigns.resume, tag="campaigns",
        summary="Go on, or start a draft", answer=shapes.CampaignDetail, errors=("NOT_FOUND", "CONFLICT"),
    ),
    Route(
        method="POST", path="/campaigns/{id}/cancel", role=Role.MANAGER, handler=campaigns.cancel, tag="campaigns",
        summary="Send nothing more of it, ever", answer=shapes.CampaignDetail, errors=("NOT_FOUND", "CONFLICT"),
    ),
)  # fmt: skip
