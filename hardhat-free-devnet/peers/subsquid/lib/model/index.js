// The tables of schema.sql, as TypeORM wants them described.
const { EntitySchema } = require("typeorm");

class TradeOrder {}
class OrderAttester {}
class EvidenceItem {}

const whole = { type: "numeric", transformer: { to: String, from: BigInt } };

function table(target, columns) {
  const id = { type: "text", primary: true };
  return new EntitySchema({ name: target.name, target, columns: { id, ...columns } });
}

const text = { type: "text" };
const int = { type: "int4" };

module.exports = {
  TradeOrder,
  OrderAttester,
  EvidenceItem,
  tradeOrder: table(TradeOrder, {
    state: text,
    version: int,
    exporter: text,
    importer: text,
    currency: text,
    amountMinor: whole,
    origin: text,
    destination: text,
    commitment: text,
    acceptBy: whole,
    shipBy: whole,
    placedBlock: int,
  }),
  orderAttester: table(OrderAttester, {
    orderId: text,
    position: int,
    participantId: text,
    kinds: whole,
  }),
  evidenceItem: table(EvidenceItem, {
    orderId: text,
    attester: text,
    kind: int,
    state: text,
    sourceKey: text,
    commitment: text,
    occurredAt: whole,
    recordedAt: whole,
    recordedBlock: int,
    supersedes: text,
  }),
};
