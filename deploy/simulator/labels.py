"""Few different texts, many mentions: each text is kept once and mentioned by its number."""


class Labels:
    """Gives every text a small number, and back."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._labels: list[str] = []

    def index(self, label: str) -> int:
        found = self._index.get(label)
        if found is None:
            found = self._index[label] = len(self._labels)
            self._labels.append(label)
        return found

    def find(self, label: str) -> int | None:
        """The number of a text that was mentioned before."""
        return self._index.get(label)

    def label(self, index: int) -> str:
        return self._labels[index]
