"""The one error for everything that does not decode."""

from __future__ import annotations


class ContractViolation(ValueError):
    """A body, header or field breaks the contract; names the field and the problem, never the value."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
