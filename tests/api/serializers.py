"""How schemathesis sends bodies that are no JSON: as they are (SCHEMATHESIS_HOOKS names this)."""

from typing import Any

import schemathesis


@schemathesis.serializer("application/edifact", "application/pdf")
def as_it_is(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
