"""`topology declare`: exchanges, queues and bindings, as a deliberate step of the deployment."""

import typer

from sender_service.cli.connect import run, settings_or_exit

app = typer.Typer(help="The broker's exchanges and queues.", no_args_is_help=True)


@app.callback()
def _topology() -> None:
    """The broker's exchanges and queues."""


@app.command()
def declare() -> None:
    """Declare every exchange, queue and binding; repeating it changes nothing."""
    from shared.messaging.topology import declare as declare_topology

    run("topology", declare_topology(settings_or_exit().amqp_url.get_secret_value()))
    typer.echo("topology: declared")
