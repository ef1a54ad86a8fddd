"""What the errors of lower floors mean for whoever typed a command. Imported only when there is
one: it knows every floor."""

import click
import httpx

from entrepot.chain.errors import ChainError, NodeUnavailable
from entrepot.cli.outcomes import Failed, Unavailable
from entrepot.client import Problem, TokenRefused
from entrepot.devnet.cases.altering import CannotSet
from entrepot.devnet.cases.case import CaseError
from entrepot.devnet.cases.commands import NotUnderstood
from entrepot.devnet.cases.expressions import ExpressionError
from entrepot.devnet.cases.stepper import NoSuchPlace
from entrepot.devnet.journal import JournalError
from entrepot.devnet.scenario import ScenarioError
from entrepot.domain.errors import DomainError
from entrepot.kit.processes import ProcessError
from entrepot.steps import Halt
from entrepot.steps.indexing.service import Busy
from entrepot.store.session import StoreUnavailable


def told(error: Exception) -> click.ClickException | None:
    """What a lower floor's error means for whoever typed the command; None for a bug."""
    match error:
        case ProcessError() | NodeUnavailable() | StoreUnavailable():
            return Unavailable(str(error))
        case httpx.TransportError():
            return Unavailable(f"the API does not answer: {error}")
            return Unavailable(str(error))
        case Problem() | TokenRefused():
            return Failed(str(error))
        case NotUnderstood() | NoSuchPlace() | ExpressionError() | CannotSet():
            return click.UsageError(str(error))
        case ScenarioError() | CaseError() | JournalError():
            return Failed(str(error))
        case ChainError() | DomainError() | Halt() | Busy():
            return Failed(str(error))
        case _:
            return None
