"""Whoever signs is told in words what the call does."""

import importlib
import pkgutil

from entrepot.bindings.participants import CallSigned
from entrepot.kit.abi import Call, View
from entrepot.steps import submission
from entrepot.views.deeds import DEEDS, deed_in_words


def asked_for() -> set[str]:
    """Every call that a command may come to."""
    modules = [
        importlib.import_module(f"{submission.__name__}.{module.name}")
        for module in pkgutil.iter_modules(submission.__path__)
    ]
    found = (value for module in modules for value in vars(module).values())
    calls = (each for each in found if isinstance(each, type) and issubclass(each, Call))
    bare = (Call, CallSigned)
    return {each.abi.path for each in calls if each not in bare and not issubclass(each, View)}


def test_every_call_of_a_command_has_words() -> None:
    assert asked_for() == set(DEEDS)


def test_words_come_in_both_languages() -> None:
    assert deed_in_words("TradeOrders.place") == {"en": "Place an order", "zh": "下订单"}
