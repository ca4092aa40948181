"""What each of Meta's error codes means for us: its class, a sentence for the operator, and the page it stands on.

Meta documents the codes; the classes are our judgement. Decide on the code alone: throttling is HTTP 400, and several
permanent errors are HTTP 500.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Class(StrEnum):
    """What an error asks of the sender."""

    RETRY_BACKOFF = "retry_backoff"  # a definite refusal; number, account or app waits
    RETRY_BACKOFF_RECIPIENT = "retry_backoff_recipient"  # likewise, but only this recipient waits
    RETRY_BACKOFF_LONG = "retry_backoff_long"  # likewise, for minutes
    RETRY_LONG = "retry_long"  # likewise, this message alone, for as long as the code says
    UNKNOWN_OUTCOME = "unknown_outcome"  # Meta failed; the message may have been accepted
    PAUSE_CREDENTIAL = "pause_credential"
    PAUSE_WABA = "pause_waba"
    PAUSE_NUMBER = "pause_number"
    PAUSE_TEMPLATE = "pause_template"  # its messages wait
    NEVER_TEMPLATE = "never_template"  # permanent for this template
    NEVER_RECIPIENT = "never_recipient"  # permanent for this recipient
    NEVER = "never"  # permanent for this request
    ADMIN_ONLY = "admin_only"  # not an answer to a message
    INBOUND_ONLY = "inbound_only"
    INFORMATIONAL = "informational"
    RESTART_PAGINATION = "restart_pagination"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a code means: `known` is false for one that Meta has not documented."""

    code: int
    kind: Class
    sentence: str
    page: str
    known: bool = True


def verdict(code: int) -> Verdict:
    """The verdict on a code; an undocumented one is permanent for its request."""
    if found := _TABLE.get(code):
        kind, sentence, page = found
        return Verdict(code, Class(kind), sentence, page)
    if code in _PERMISSIONS:
        return Verdict(code, Class.PAUSE_CREDENTIAL, _PERMISSION_SENTENCE, _EC26)
    sentence = f"Meta refused with a code it does not document ({code})."
    return Verdict(code, Class.NEVER, sentence, _EC26, known=False)


_WHATSAPP: Final = "https://developers.facebook.com/documentation/business-messaging/whatsapp/"
_EC26: Final = _WHATSAPP + "support/error-codes"
_CALL25: Final = _WHATSAPP + "calling/troubleshooting"
_UNS26: Final = _WHATSAPP + "webhooks/reference/messages/unsupported"
_BSU26: Final = _WHATSAPP + "business-scoped-user-ids"
_PN25: Final = _WHATSAPP + "business-phone-numbers/phone-numbers"
_NS25: Final = _WHATSAPP + "no-storage"
_GRP25: Final = _WHATSAPP + "groups/error-codes"
_BLK25: Final = _WHATSAPP + "block-users"

# Codes 201 to 299 are one entry of Meta's page.
_PERMISSIONS: Final = range(201, 300)
_PERMISSION_SENTENCE: Final = "A permission is missing or was removed. Check the token, then set it anew."

_TABLE: Final[dict[int, tuple[str, str, str]]] = {
    0: (
        "pause_credential",
        "The access token is not valid (any more): set a new token; sending resumes with it.",
        _EC26,
    ),
    3: (
        "pause_credential",
        "Capability/permission problem. Check the token, then set it anew.",
        _EC26,
    ),
    10: (
        "pause_credential",
        "Permission missing/removed, or not eligible for the endpoint. Check the token, then set it anew.",
        _EC26,
    ),
    104: (
        "pause_credential",
        "No access token on some endpoints (mentioned under 200). Check the token, then set it anew.",
        _EC26,
    ),
    190: (
        "pause_credential",
        "The access token has expired or was revoked: set a new token; sending resumes with it.",
        _EC26,
    ),
    200: (
        "pause_credential",
        "No access token on some GET endpoints / permission missing. Check the token, then set it anew.",
        _EC26,
    ),
    131005: (
        "pause_credential",
        "Permission missing/removed. Check the token, then set it anew.",
        _EC26,
    ),
    368: (
        "pause_waba",
        "Meta has restricted the business account for a policy violation: see the account's health, then resume it.",
        _EC26,
    ),
    130497: ("never_recipient", "The account may not write to people in this country.", _EC26),
    131031: (
        "pause_waba",
        "Meta has locked the business account, or its data do not match: see the account's health, then resume it.",
        _EC26,
    ),
    4: (
        "retry_backoff",
        "The app has made too many calls: everything of this account waits and goes on by itself.",
        _EC26,
    ),
    80007: (
        "retry_backoff",
        "The business account has made too many calls: all of its numbers wait and go on by themselves.",
        _EC26,
    ),
    130429: (
        "retry_backoff",
        "The number sends faster than Meta allows it: it slows down and goes on by itself.",
        _EC26,
    ),
    131048: (
        "pause_number",
        "The number is restricted because people blocked or reported it: raise its quality, then resume it.",
        _EC26,
    ),
    131056: (
        "retry_backoff_recipient",
        "Too many messages to this one person in a short time: this recipient waits, others go on.",
        _EC26,
    ),
    133016: ("retry_long", "Register/deregister attempts exceeded (10 in 72 h). Tried again later.", _EC26),
    131064: (
        "pause_waba",
        "Meta limits the account for templates in a wrong category: correct them; when the limit has ended, resume it.",
        _EC26,
    ),
    1: (
        "unknown_outcome",
        "Invalid request or possible server error. Whether the message went out is unknown until Meta's echo.",
        _EC26,
    ),
    2: (
        "unknown_outcome",
        "Temporarily down/overloaded. Whether the message went out is unknown until Meta's echo.",
        _EC26,
    ),
    33: (
        "pause_number",
        "The number's id is deleted, wrong, or not open to this token: check the number, then resume it.",
        _EC26,
    ),
    100: ("never", "Unsupported/misspelled parameter. Correct the command.", _EC26),
    130403: ("never_recipient", "The business has blocked this person: unblock first.", _EC26),
    130472: (
        "never_recipient",
        "Meta leaves this person out of marketing for an experiment: do not repeat it soon.",
        _EC26,
    ),
    131000: (
        "unknown_outcome",
        "Meta failed without saying how far it had come: whether the message went out is unknown.",
        _EC26,
    ),
    131008: ("never", "Required parameter missing. Correct the command.", _EC26),
    131009: ("never", "Parameter value invalid. Correct the command.", _EC26),
    131016: (
        "unknown_outcome",
        "Service temporarily unavailable. Whether the message went out is unknown until Meta's echo.",
        _EC26,
    ),
    131021: ("never", "Sender and recipient are the same number: correct the command.", _EC26),
    131026: (
        "never_recipient",
        "The person cannot be reached: no WhatsApp, terms not accepted, or an old version.",
        _EC26,
    ),
    131030: ("never_recipient", "A test number reaches only people on its list: add the recipient there.", _CALL25),
    131037: (
        "pause_number",
        "A 555 number needs an approved display name: have it approved, then resume the number.",
        _EC26,
    ),
    131042: (
        "pause_waba",
        "Meta cannot charge the business account: settle the payment method, then resume it.",
        _EC26,
    ),
    131045: ("pause_number", "The number is not registered properly: register it, then resume it.", _EC26),
    131047: (
        "never",
        "The 24-hour window is closed: the customer has not written for a day. Send an approved template instead.",
        _EC26,
    ),
    131049: (
        "retry_long",
        "Meta holds marketing back from this person for now. We try once more after 24 hours, then give up.",
        _EC26,
    ),
    131050: (
        "never_recipient",
        "This person has stopped marketing messages from the business: send none until they resume.",
        _EC26,
    ),
    131051: ("never", "Unsupported message type. Correct the command.", _EC26),
    131052: (
        "inbound_only",
        "Media sent by the user could not be downloaded. Concerns an incoming message only.",
        _EC26,
    ),
    131053: (
        "never",
        "Meta could not fetch or read the media: check its type, size and address, or upload it first.",
        _EC26,
    ),
    131057: (
        "retry_backoff_long",
        "The account is in maintenance, as during a change of throughput: the number waits a minute and goes on.",
        _EC26,
    ),
    131060: ("inbound_only", "Inbound message currently unavailable. Concerns an incoming message only.", _UNS26),
    131062: ("never", "BSUID recipient not supported for this message. Correct the command.", _BSU26),
    131063: ("never", "Marketing templates disabled for Cloud API on this WABA. Correct the command.", _EC26),
    132000: ("never", "Template parameter count mismatch. Correct the command.", _EC26),
    132001: (
        "never_template",
        "The template does not exist in this language or is not approved: sync templates and correct the command.",
        _EC26,
    ),
    132005: ("never_template", "The template's text is too long in this language: shorten it at Meta.", _EC26),
    132007: ("never_template", "The template's content breaks a policy: edit it at Meta.", _EC26),
    132012: ("never", "Template parameter format mismatch. Correct the command.", _EC26),
    132015: (
        "pause_template",
        "The template is paused for low quality: its messages wait until Meta lifts the pause.",
        _EC26,
    ),
    132016: ("never_template", "Meta has disabled the template for good: use another one.", _EC26),
    132018: ("never", "Template validation error (MM API). Correct the command.", _EC26),
    132068: ("never_template", "The flow in the template is blocked: repair the flow at Meta.", _EC26),
    132069: (
        "retry_long",
        "The flow has used up its ten messages of this hour: the message is tried again after an hour.",
        _EC26,
    ),
    133000: ("admin_only", "Incomplete deregistration. Not an answer to a message: an operator's matter.", _EC26),
    133004: (
        "unknown_outcome",
        "Server temporarily unavailable. Whether the message went out is unknown until Meta's echo.",
        _EC26,
    ),
    133005: ("admin_only", "Two-step PIN wrong. Not an answer to a message: an operator's matter.", _EC26),
    133006: (
        "admin_only",
        "Phone number must be verified first. Not an answer to a message: an operator's matter.",
        _EC26,
    ),
    133008: ("admin_only", "Too many PIN guesses. Not an answer to a message: an operator's matter.", _EC26),
    133009: ("admin_only", "PIN guessed too fast. Not an answer to a message: an operator's matter.", _EC26),
    133010: ("pause_number", "The number is not registered: register it, then resume it.", _EC26),
    133015: (
        "admin_only",
        "Recently deleted number, deletion not complete. Not an answer to a message: an operator's matter.",
        _EC26,
    ),
    134011: (
        "pause_waba",
        "The terms of WhatsApp Payments are not accepted: accept them, then resume the account.",
        _EC26,
    ),
    135000: ("never", "Unknown error with the request parameters. Correct the command.", _EC26),
    137000: (
        "never_recipient",
        "Identity key hash mismatch (failed status). Nothing can be sent to this recipient for now.",
        _PN25,
    ),
    131035: (
        "inbound_only",
        "Inbound webhook dropped by 'No Storage' retention. Concerns an incoming message only.",
        _NS25,
    ),
    131036: ("informational", "Failed on at least one device ('No Storage'). For information only.", _NS25),
    131055: ("never", "Method not allowed (MM API: marketing templates only). Correct the command.", _EC26),
    134100: ("never", "MM API accepts only marketing messages. Correct the command.", _EC26),
    134101: (
        "retry_long",
        "The template is still being synchronized: the message is tried again after ten minutes.",
        _EC26,
    ),
    134102: ("pause_template", "The template is not available or not eligible: its messages wait until it is.", _EC26),
    1752041: (
        "admin_only",
        "Duplicate onboarding request (MM API onboarding). Not an answer to a message: an operator's matter.",
        _EC26,
    ),
    131020: (
        "never_recipient",
        "Cannot send to single-member group. Nothing can be sent to this recipient for now.",
        _GRP25,
    ),
    131041: ("never_recipient", "Group unknown. Nothing can be sent to this recipient for now.", _GRP25),
    131059: (
        "restart_pagination",
        "Invalid pagination cursor (also template list, v24+). Start the list again at its first page.",
        _GRP25,
    ),
    131201: (
        "admin_only",
        "Partial success of a participant operation. Not an answer to a message: an operator's matter.",
        _GRP25,
    ),
    131202: ("admin_only", "Duplicate participant. Not an answer to a message: an operator's matter.", _GRP25),
    131203: (
        "admin_only",
        "Participant has not accepted terms. Not an answer to a message: an operator's matter.",
        _GRP25,
    ),
    131204: ("admin_only", "Too many participants. Not an answer to a message: an operator's matter.", _GRP25),
    131207: ("never_recipient", "Group suspended. Nothing can be sent to this recipient for now.", _GRP25),
    131208: ("retry_backoff", "Group operation rate limit. The number waits and goes on by itself.", _GRP25),
    131209: ("admin_only", "Group picture not square. Not an answer to a message: an operator's matter.", _GRP25),
    131210: ("admin_only", "Group picture < 192 px. Not an answer to a message: an operator's matter.", _GRP25),
    131211: ("admin_only", "Group creation limit. Not an answer to a message: an operator's matter.", _GRP25),
    131212: ("admin_only", "Not a participant. Not an answer to a message: an operator's matter.", _GRP25),
    131213: ("admin_only", "No such join request. Not an answer to a message: an operator's matter.", _GRP25),
    131214: (
        "admin_only",
        "Group creation disabled for a while. Not an answer to a message: an operator's matter.",
        _GRP25,
    ),
    131215: ("admin_only", "Number not eligible for groups. Not an answer to a message: an operator's matter.", _GRP25),
    139100: (
        "admin_only",
        "Block/unblock failed for some users. Not an answer to a message: an operator's matter.",
        _BLK25,
    ),
    139102: (
        "admin_only",
        "Block list concurrently updated. Not an answer to a message: an operator's matter.",
        _BLK25,
    ),
    147001: ("admin_only", "Username not available. Not an answer to a message: an operator's matter.", _BSU26),
    147002: (
        "admin_only",
        "Account not eligible for username. Not an answer to a message: an operator's matter.",
        _BSU26,
    ),
    147003: ("admin_only", "Facebook page not linked. Not an answer to a message: an operator's matter.", _BSU26),
    147004: ("admin_only", "Instagram account not linked. Not an answer to a message: an operator's matter.", _BSU26),
    147005: ("admin_only", "Username transfer required. Not an answer to a message: an operator's matter.", _BSU26),
    2388019: (
        "admin_only",
        "Template limit per WABA exceeded. Not an answer to a message: an operator's matter.",
        _EC26,
    ),
    2388039: (
        "admin_only",
        "Template status cannot be changed (e.g. in review). Not an answer to a message: an operator's matter.",
        _EC26,
    ),
    2388040: ("admin_only", "Character limit exceeded. Not an answer to a message: an operator's matter.", _EC26),
    2388047: ("admin_only", "Header format. Not an answer to a message: an operator's matter.", _EC26),
    2388072: ("admin_only", "Body format. Not an answer to a message: an operator's matter.", _EC26),
    2388073: ("admin_only", "Footer format. Not an answer to a message: an operator's matter.", _EC26),
    2388293: (
        "admin_only",
        "Too many variables for the text length. Not an answer to a message: an operator's matter.",
        _EC26,
    ),
    2388299: ("admin_only", "Variable at start/end. Not an answer to a message: an operator's matter.", _EC26),
    2494100: (
        "retry_long",
        "The number is in maintenance, as during a migration: it waits some minutes and goes on.",
        _EC26,
    ),
    2593107: (
        "admin_only",
        "Coexistence sync called too often. Not an answer to a message: an operator's matter.",
        _EC26,
    ),
    2593108: ("admin_only", "Coexistence sync after 24 h. Not an answer to a message: an operator's matter.", _EC26),
    200005: ("admin_only", "Template insights unavailable. Not an answer to a message: an operator's matter.", _EC26),
    200006: (
        "admin_only",
        "Template insights cannot be disabled. Not an answer to a message: an operator's matter.",
        _EC26,
    ),
    200007: ("admin_only", "Template insights not enabled. Not an answer to a message: an operator's matter.", _EC26),
}
