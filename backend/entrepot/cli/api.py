"""`entrepot api`: the HTTP API with the console below it, in one process."""

import click

from entrepot.cli.options import json_option, print_json


@click.command()
@json_option
def api(as_json: bool) -> None:
    """Serve the API under /v1 and the console under /console.

    Everything is set by ENTREPOT_* in the environment.
    """
    from entrepot.kit import memory

    memory.hold_off()
    import uvicorn
    from prometheus_client import start_http_server

    from entrepot.api.app import create_app
    from entrepot.api.serving import config_of
    from entrepot.console.app import create_console
    from entrepot.kit import logs, tracing
    from entrepot.kit.processes import free_port
    from entrepot.settings import Settings
    from entrepot.wiring import open_world

    logs.configure()
    settings = Settings()
    port = settings.api_port or free_port()
    url = f"http://{settings.api_host}:{port}"
    with tracing.exporting(settings.traces_url, "entrepot-api"), open_world(settings) as world:
        app = create_app(world)
        app.mount("/console", create_console(world))
        if settings.metrics_port:
            start_http_server(
                settings.metrics_port, settings.metrics_host, registry=app.state.metrics.registry
            )
        places = {"api": f"{url}/v1", "console": f"{url}/console"}
        if as_json:
            print_json(places)
        else:
            click.echo(f"Serving {places['api']} and {places['console']}")
        memory.settle()
        uvicorn.Server(config_of(app, settings.api_host, port)).run()
