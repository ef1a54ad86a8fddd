"""`entrepot api`: the HTTP API with the console below it, in one process."""

import click


@click.command()
def api() -> None:
    """Serve the API under /v1 and the console under /console.

    Everything is set by ENTREPOT_* in the environment.
    """
    import uvicorn

    from entrepot.api.app import create_app
    from entrepot.console.app import create_console
    from entrepot.kit import logs
    from entrepot.settings import Settings
    from entrepot.wiring import open_world

    logs.configure()
    settings = Settings()
    with open_world(settings) as world:
        app = create_app(world)
        app.mount("/console", create_console(world))
        uvicorn.run(
            app,
            host=settings.api_host,
            port=settings.api_port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
