"""The register against financing goods twice: the twin of `Encumbrances.sol`, of one lending
contract. Every verb answers a new register or raises Refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from entrepot.bindings import encumbrances as words
from entrepot.bindings.encumbrances import AssetStatus, Balance, Holding, StatusOfResult
from entrepot.bindings.ids import AssetKey, FinancingId, OrderId
from entrepot.domain.refusals import Refused
from entrepot.kit.abi import NO_ADDRESS, Address

KEYS_MAX = 16
NO_ASSET = AssetKey(bytes(32))
NO_BALANCE = Balance(
    currency=bytes(3), capacity=0, financed=False, round=0, reserved=0, committed=0
)
NO_HOLDING = Holding(
    family=NO_ASSET,
    order_id=OrderId(bytes(32)),
    reserved=0,
    committed=0,
    lending_contract=NO_ADDRESS,
    expires_at=0,
)


@dataclass(frozen=True, slots=True)
class Register:
    """lending_contract: whose holdings these are.
    families: the consignment that each key belongs to; taken out one by one when they come
    apart, where the contract counts rounds."""

    lending_contract: Address
    families: Mapping[AssetKey, AssetKey] = field(default_factory=dict[AssetKey, AssetKey])
    balances: Mapping[AssetKey, Balance] = field(default_factory=dict[AssetKey, Balance])
    holdings: Mapping[FinancingId, Holding] = field(default_factory=dict[FinancingId, Holding])

    def family_of(self, key: AssetKey) -> AssetKey:
        return self.families.get(key, NO_ASSET)

    def balance(self, family: AssetKey) -> Balance:
        return self.balances.get(family, NO_BALANCE)

    def holding(self, financing_id: FinancingId) -> Holding:
        return self.holdings.get(financing_id, NO_HOLDING)

    def status_of(self, key: AssetKey) -> StatusOfResult:
        """What a third lender may know of a key, and no more."""
        goods = self.balance(self.family_of(key))
        status = AssetStatus.RESERVED if goods.reserved else AssetStatus.FREE
        return StatusOfResult(
            status=AssetStatus.COMMITTED if goods.committed else status,
            currency=goods.currency,
            available=goods.capacity - goods.reserved - goods.committed,
        )

    def reserve(self, asked: words.Reserve, at: int) -> Register:
        """Links the keys into the family of the first, and reserves of its capacity."""
        if asked.financing_id in self.holdings:
            raise Refused(words.AlreadyHeld(financing_id=asked.financing_id))
        if asked.amount == 0:
            raise Refused(words.NoAmount(financing_id=asked.financing_id))
        if not asked.keys:
            raise Refused(words.NoKeys(financing_id=asked.financing_id))
        if len(asked.keys) > KEYS_MAX:
            raise Refused(words.TooManyKeys(count=len(asked.keys), limit=KEYS_MAX))
        self._require_time(asked.financing_id, asked.expires_at, at)
        family = self._family_for(asked.financing_id, asked.keys)
        self._require_capacity(family, asked)
        goods = replace(
            self.balance(family),
            currency=asked.currency,
            capacity=asked.capacity,
            reserved=self.balance(family).reserved + asked.amount,
        )
        held = Holding(
            family=family,
            order_id=asked.order_id,
            reserved=asked.amount,
            committed=0,
            lending_contract=self.lending_contract,
            expires_at=asked.expires_at,
        )
        return replace(
            self,
            families={**self.families, **dict.fromkeys(asked.keys, family)},
            balances={**self.balances, family: goods},
            holdings={**self.holdings, asked.financing_id: held},
        )

    def link(self, financing_id: FinancingId, key: AssetKey) -> Register:
        """Adds a key that became known later, the bill of lading, to the holding's family."""
        family, current = self._held(financing_id).family, self.family_of(key)
        if key == NO_ASSET:
            raise Refused(words.NoKeys(financing_id=financing_id))
        if current not in (NO_ASSET, family):
            raise Refused(words.LinkedElsewhere(key=key, family=current))
        return replace(self, families={**self.families, key: family})

    def commit(self, financing_id: FinancingId, amount: int, at: int) -> Register:
        """Turns reserved into committed, as money goes out."""
        held = self._held(financing_id)
        self._require_time(financing_id, held.expires_at, at)
        _require_enough(financing_id, held.reserved, amount)
        return self._moved(financing_id, -amount, amount)

    def free(self, financing_id: FinancingId, reserved: int, committed: int) -> Register:
        """Frees parts of a holding; one that holds nothing is forgotten."""
        held = self._held(financing_id)
        _require_enough(financing_id, held.reserved, reserved)
        _require_enough(financing_id, held.committed, committed)
        return self._moved(financing_id, -reserved, -committed)

    def _moved(self, financing_id: FinancingId, reserved: int, committed: int) -> Register:
        held = self.holdings[financing_id]
        goods = self.balances[held.family]
        held = replace(
            held, reserved=held.reserved + reserved, committed=held.committed + committed
        )
        goods = replace(
            goods,
            financed=goods.financed or committed > 0,
            reserved=goods.reserved + reserved,
            committed=goods.committed + committed,
        )
        families = self.families
        if not (goods.reserved or goods.financed):
            goods = replace(goods, round=goods.round + 1)
            families = {k: v for k, v in families.items() if v != held.family}
        holdings = {k: v for k, v in self.holdings.items() if k != financing_id}
        if held.reserved or held.committed:
            holdings[financing_id] = held
        balances = {**self.balances, held.family: goods}
        return replace(self, families=families, balances=balances, holdings=holdings)

    def _held(self, financing_id: FinancingId) -> Holding:
        if financing_id not in self.holdings:
            raise Refused(words.NotHeld(financing_id=financing_id))
        return self.holdings[financing_id]

    def _family_for(self, financing_id: FinancingId, keys: Sequence[AssetKey]) -> AssetKey:
        family = self.family_of(keys[0])
        family = keys[0] if family == NO_ASSET else family
        for key in keys:
            if key == NO_ASSET:
                raise Refused(words.NoKeys(financing_id=financing_id))
            current = self.family_of(key)
            if current not in (NO_ASSET, family):
                raise Refused(words.LinkedElsewhere(key=key, family=current))
        return family

    def _require_capacity(self, family: AssetKey, asked: words.Reserve) -> None:
        """While anything is held, currency and capacity stand as they were first stated."""
        goods = self.balance(family)
        held = goods.reserved + goods.committed
        if held and goods.currency != asked.currency:
            raise Refused(
                words.CurrencyDiffers(family=family, current=goods.currency, claimed=asked.currency)
            )
        if held and goods.capacity != asked.capacity:
            raise Refused(
                words.CapacityDiffers(family=family, current=goods.capacity, claimed=asked.capacity)
            )
        if asked.amount > asked.capacity - held:
            raise Refused(
                words.CapacityExceeded(
                    family=family, amount=asked.amount, free=asked.capacity - held
                )
            )

    @staticmethod
    def _require_time(financing_id: FinancingId, expires_at: int, at: int) -> None:
        if at > expires_at:
            raise Refused(words.Expired(financing_id=financing_id, expired_at=expires_at))


def _require_enough(financing_id: FinancingId, held: int, asked: int) -> None:
    if asked > held:
        raise Refused(words.Insufficient(financing_id=financing_id, held=held, asked=asked))
