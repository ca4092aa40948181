"""Operator commands, one per file."""

import typer

from sender_service.cli import dead_letters, documents, key, migrate, number, organization, topology, webhooks


def register(app: typer.Typer) -> None:
    """Put every operator command under the program."""
    app.command("migrate", rich_help_panel="Deployment")(migrate.migrate)
    app.add_typer(topology.app, name="topology", rich_help_panel="Deployment")
    app.add_typer(organization.app, name="organization", rich_help_panel="Tenants")
    app.add_typer(number.app, name="number", rich_help_panel="Tenants")
    app.add_typer(key.app, name="key", rich_help_panel="Tenants")
    app.add_typer(webhooks.app, name="webhooks", rich_help_panel="Operating")
    app.add_typer(dead_letters.app, name="dead-letters", rich_help_panel="Operating")
    app.command("documents", rich_help_panel="Deployment")(documents.documents)
    app.command("new-key", rich_help_panel="Deployment")(key.new_encryption_key)
