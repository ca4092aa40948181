"""What each domain event says in its `data`. Receivers must let unknown fields pass: fields are only ever added."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts import events

Id = Annotated[int, Field(ge=1)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="allow")


class Error(_Data):
    code: int | None = Field(None, description="Meta's code.")
    message: str | None = None


class MessageData(_Data):
    """About one of our messages; what is not known is left out or null."""

    message_id: Id
    status: str | None = None
    attempt: int | None = Field(
        None, ge=0, description="The number of the call to Meta it is about; 0 before the first."
    )
    phone_number_id: str | None = None
    type: str | None = None
    source: str | None = Field(None, description="Of the command that asked for it.")
    command_id: str | None = None
    conversation_id: Id | None = None
    contact_id: Id | None = None
    lead_id: Id | None = None
    campaign_id: Id | None = None
    metadata: dict[str, Any] | None = Field(None, description="The caller's own, as given in the command.")
    external_id: str | None = Field(None, description="Meta's id (wamid).")


class FailedData(MessageData):
    error: Error | None = None


class LeadData(_Data):
    lead_id: Id
    contact_id: Id | None = None
    message_id: Id | None = None
    reason: str | None = Field(None, description="created, phone or command.")


class AssignedData(_Data):
    conversation_id: Id
    assigned_to_id: Id | None = Field(None, description="Null: nobody any more.")


class PreferenceData(_Data):
    contact_id: Id


class TemplateData(_Data):
    template_id: Id | None = Field(None, description="Null: a template this installation does not know.")
    name: str | None = None
    language: str | None = None
    status: str | None = None
    reason: str | None = None


class NumberData(_Data):
    phone_number_id: str | None = None
    reason: str | None = None


class AlertData(_Data):
    """What an operator must know, in Meta's own words."""

    field: str | None = None
    phone_number_id: str | None = None


OF: Final[dict[str, type[BaseModel]]] = {
    events.MESSAGE_RECEIVED: MessageData,
    events.MESSAGE_QUEUED: MessageData,
    events.MESSAGE_SENT: MessageData,
    events.MESSAGE_DELIVERED: MessageData,
    events.MESSAGE_READ: MessageData,
    events.MESSAGE_FAILED: FailedData,
    events.MESSAGE_EXPIRED: MessageData,
    events.MESSAGE_UNKNOWN: MessageData,
    events.LEAD_CREATED: LeadData,
    events.LEAD_LINKED: LeadData,
    events.CONVERSATION_ASSIGNED: AssignedData,
    events.CONTACT_OPTED_OUT: PreferenceData,
    events.CONTACT_OPTED_IN: PreferenceData,
    events.TEMPLATE_STATUS_CHANGED: TemplateData,
    events.NUMBER_PAUSED: NumberData,
    events.NUMBER_RESUMED: NumberData,
    events.NUMBER_QUALITY_CHANGED: NumberData,
    events.ACCOUNT_ALERT: AlertData,
}
