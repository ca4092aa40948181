"""What a person reads of a message: its text, its caption, or a placeholder in the organization's language."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from sender_service.inbound.items import Shown
from sender_service.inbound.lenient import items, mapping, text

PLACEHOLDERS: Final[dict[str, tuple[str, str, str]]] = {
    # key: English, Italian, Spanish
    "text": ("Text", "Testo", "Texto"),
    "image": ("Image", "Immagine", "Imagen"),
    "video": ("Video", "Video", "Vídeo"),
    "audio": ("Audio", "Audio", "Audio"),
    "voice": ("Voice message", "Messaggio vocale", "Mensaje de voz"),
    "document": ("Document", "Documento", "Documento"),
    "sticker": ("Sticker", "Adesivo", "Sticker"),
    "location": ("Location", "Posizione", "Ubicación"),
    "contacts": ("Contact", "Contatto", "Contacto"),
    "reaction": ("Reaction removed", "Reazione rimossa", "Reacción eliminada"),
    "interactive": ("Reply", "Risposta", "Respuesta"),
    "form": ("Form answer", "Risposta al modulo", "Respuesta al formulario"),
    "call_permission": ("Call permission", "Permesso di chiamata", "Permiso de llamada"),
    "product": ("Product", "Prodotto", "Producto"),
    "button": ("Button", "Pulsante", "Botón"),
    "order": ("Order", "Ordine", "Pedido"),
    "system": ("System message", "Messaggio di sistema", "Mensaje del sistema"),
    "unsupported": ("Unsupported message", "Messaggio non supportato", "Mensaje no compatible"),
    "edit": ("Message edited", "Messaggio modificato", "Mensaje editado"),
    "revoke": ("Message deleted", "Messaggio eliminato", "Mensaje eliminado"),
    "media_placeholder": ("File", "File", "Archivo"),
    "template": ("Template", "Modello", "Plantilla"),
}
_LANGUAGES: Final = {"en": 0, "it": 1, "es": 2}


def show(kind: str, item: dict[str, Any]) -> Shown:
    """What to show of a message of this type; a type nobody has heard of is shown by its name."""
    reader = _READERS.get(kind)
    return reader(mapping(item.get(kind))) if reader else _other(kind, item)


def render(shown: Shown, language: str) -> str:
    """The words in the language, which is one of en, it, es."""
    if shown.text is not None:
        return shown.text
    key = shown.placeholder or ""
    words = PLACEHOLDERS.get(key)
    label = words[_LANGUAGES.get(language, 0)] if words else key
    return f"[{label}: {shown.detail}]" if shown.detail else f"[{label}]"


def _body(content: dict[str, Any]) -> Shown:
    return Shown(text(content.get("body")), "text")


def _captioned(kind: str, content: dict[str, Any]) -> Shown:
    return Shown(text(content.get("caption")), kind, text(content.get("filename")) or "")


def _audio(content: dict[str, Any]) -> Shown:
    return Shown(text(content.get("caption")), "voice" if content.get("voice") is True else "audio")


def _location(content: dict[str, Any]) -> Shown:
    place = ", ".join(part for name in ("name", "address") if (part := text(content.get(name))))
    return Shown(None, "location", place)


def _reaction(content: dict[str, Any]) -> Shown:
    return Shown(text(content.get("emoji")), "reaction")


def _interactive(content: dict[str, Any]) -> Shown:
    kind = text(content.get("type")) or "interactive"
    answer = mapping(content.get(kind))
    if kind == "nfm_reply":
        return Shown(None, "form", text(answer.get("body")) or text(answer.get("name")) or "")
    if kind == "call_permission_reply":
        return Shown(None, "call_permission", text(answer.get("response")) or "")
    if kind == "product":
        return Shown(None, "product", text(answer.get("product_retailer_id")) or "")
    return Shown(text(answer.get("title")), "interactive", "" if kind == "interactive" else kind)


def _button(content: dict[str, Any]) -> Shown:
    return Shown(text(content.get("text")) or text(content.get("payload")), "button")


def _order(content: dict[str, Any]) -> Shown:
    return Shown(text(content.get("text")), "order", str(len(items(content.get("product_items")))))


def _system(content: dict[str, Any]) -> Shown:
    return Shown(text(content.get("body")), "system", text(content.get("type")) or "")


def _unsupported(content: dict[str, Any]) -> Shown:
    return Shown(None, "unsupported", text(content.get("type")) or "")


def _edit(content: dict[str, Any]) -> Shown:
    new = mapping(content.get("message"))
    kind = text(new.get("type")) or ""
    body = mapping(new.get(kind))
    return Shown(None, "edit", text(body.get("body")) or text(body.get("caption")) or "")


def _revoke(_content: dict[str, Any]) -> Shown:
    return Shown(None, "revoke")


def _other(kind: str, item: dict[str, Any]) -> Shown:
    if kind == "contacts":
        cards = [mapping(card) for card in items(item.get("contacts"))]
        names = [name for card in cards if (name := text(mapping(card.get("name")).get("formatted_name")))]
        return Shown(None, "contacts", ", ".join(names))
    return Shown(None, kind)


_READERS: Final[dict[str, Callable[[dict[str, Any]], Shown]]] = {
    "text": _body,
    "image": partial(_captioned, "image"),
    "video": partial(_captioned, "video"),
    "sticker": partial(_captioned, "sticker"),
    "document": partial(_captioned, "document"),
    "audio": _audio,
    "location": _location,
    "reaction": _reaction,
    "interactive": _interactive,
    "button": _button,
    "order": _order,
    "system": _system,
    "unsupported": _unsupported,
    "edit": _edit,
    "revoke": _revoke,
}
