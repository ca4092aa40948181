"""The house keeps its proportions: short modules, short functions, and few places that catch everything."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("shared", "ingress_service", "sender_service")
LONGEST_MODULE, LONGEST_FUNCTION, DEEPEST = 400, 50, 3
# HTTP error middlewares, the consumer and the lifecycle answer for whatever happens inside them.
MAY_CATCH_EVERYTHING = {
    "shared/messaging/consumer.py",
    "shared/lifecycle.py",
    "ingress_service/app.py",
    "sender_service/api/problems.py",
    "sender_service/console/errors.py",
    # Told to the one whose turn it was.
    "sender_service/sending/turnstile.py",
}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "manager", "service", "core", "misc"}


def modules(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def depth(node: ast.AST, level: int = 0) -> int:
    """How deep loops and branches stand inside each other; `elif` is no deeper than its `if`."""
    deepest = level
    for child in ast.iter_child_nodes(node):
        nests = isinstance(child, ast.If | ast.For | ast.AsyncFor | ast.While | ast.Match)
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and child in node.orelse
        deepest = max(deepest, depth(child, level + (1 if nests and not is_elif else 0)))
    return deepest


@pytest.mark.parametrize("package", [*PRODUCT, "deploy"])
def test_no_module_is_longer_than_400_lines_and_no_function_than_50(package):
    too_long = []
    for path in modules(package):
        text = path.read_text()
        if text.count("\n") > LONGEST_MODULE:
            too_long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        too_long += [
            f"{path.relative_to(ROOT)}:{function.lineno} {function.name}: {length(function)} lines"
            for function in functions(ast.parse(text))
            if length(function) > LONGEST_FUNCTION
        ]
    assert not too_long


@pytest.mark.parametrize("package", PRODUCT)
def test_nothing_nests_deeper_than_three(package):
    too_deep = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in modules(package)
        for function in functions(ast.parse(path.read_text()))
        if depth(function) > DEEPEST
    ]
    assert not too_deep


def catches_everything(handler: ast.ExceptHandler) -> bool:
    """Broad, and not merely tidying up before the error goes on."""
    names = (
        {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)} if handler.type else {"Exception"}
    )
    last = handler.body[-1]
    goes_on = isinstance(last, ast.Raise) and last.exc is None
    return bool(names & {"Exception", "BaseException"}) and not goes_on


def test_everything_is_caught_only_where_somebody_answers_for_it():
    found = {
        str(path.relative_to(ROOT))
        for path in modules(*PRODUCT)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler) and catches_everything(node)
    }
    assert found <= MAY_CATCH_EVERYTHING


def test_no_module_has_a_name_that_attracts_everything():
    found = [path.relative_to(ROOT) for path in modules(*PRODUCT, "deploy") if path.stem in FORBIDDEN_NAMES]
    assert not found


def test_nothing_is_left_to_be_done_later():
    words = ("TO_DO", "FIX_ME", "XX_X", "NotImplemented_Error")
    marks = re.compile(rf"\b({'|'.join(word.replace('_', '') for word in words)})\b")
    found = [path.relative_to(ROOT) for path in modules(*PRODUCT, "deploy", "tests") if marks.search(path.read_text())]
    assert not found
