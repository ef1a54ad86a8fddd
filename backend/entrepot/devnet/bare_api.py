"""The least that an API could be: one route of FastAPI that answers an order, with nothing around.

It asks the same statements as ours does, in the same snapshot, but for nobody: no token, no proof,
no policy of the database, no limit, no log. `entrepot bench api` runs it as a program of its own:
`python -m entrepot.devnet.bare_api PORT`, with the settings of a node in the environment.
"""

import sys

import orjson
import uvicorn
from fastapi import FastAPI, Response

from entrepot.settings import Settings
from entrepot.store.session import Store
from entrepot.views.chain import as_of
from entrepot.views.orders import get_order


def bare_app(store: Store) -> FastAPI:
    """The application."""
    app = FastAPI()

    @app.get("/v1/orders/{order_id}")
    def order(order_id: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        with store.reading() as session:
            found = get_order(session, None, bytes.fromhex(order_id[2:]))
            at = as_of(session)
        return Response(orjson.dumps([found, at]), media_type="application/json")

    return app


if __name__ == "__main__":
    uvicorn.run(
        bare_app(Store(Settings().database_url or "")),
        port=int(sys.argv[1]),
        log_config=None,
        access_log=False,
    )
