"""`documents DIRECTORY`: write the contracts other teams build on, as files."""

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer


def documents(directory: Annotated[Path, typer.Argument(help="Where to write; made when it is missing.")]) -> None:
    """Write openapi.json, asyncapi.json and the JSON Schemas of the bus."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, document in written().items():
        (directory / name).write_bytes(document)
    typer.echo(f"{len(written())} files in {directory}")


def written() -> dict[str, bytes]:
    """File name -> the document, readable and always in the same order."""
    # Imported here: the whole API is read for this one command, and no other should wait for it.
    from sender_service.api.openapi import openapi
    from sender_service.api.routes import PREFIX, ROUTES
    from shared.contracts import documents as bus

    named: dict[str, Any] = {"openapi.json": openapi(ROUTES, PREFIX), "asyncapi.json": bus.asyncapi(), **bus.schemas()}
    return {name: orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n" for name, document in named.items()}
