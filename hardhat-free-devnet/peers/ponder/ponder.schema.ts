// The projections that our own indexer folds from the same events.
import { index, onchainTable, primaryKey } from "ponder";

export const tradeOrder = onchainTable(
  "trade_order",
  (t) => ({
    orderId: t.hex().primaryKey(),
    state: t.text().notNull(),
    version: t.integer().notNull(),
    exporter: t.hex().notNull(),
    importer: t.hex().notNull(),
    currency: t.text().notNull(),
    amountMinor: t.bigint().notNull(),
    origin: t.text().notNull(),
    destination: t.text().notNull(),
    commitment: t.hex().notNull(),
    acceptBy: t.bigint().notNull(),
    shipBy: t.bigint().notNull(),
    placedBlock: t.bigint().notNull(),
  }),
  (table) => ({ exporter: index().on(table.exporter), importer: index().on(table.importer) }),
);

export const orderAttester = onchainTable(
  "order_attester",
  (t) => ({
    orderId: t.hex().notNull(),
    position: t.integer().notNull(),
    participantId: t.hex().notNull(),
    kinds: t.bigint().notNull(),
  }),
  (table) => ({
    pk: primaryKey({ columns: [table.orderId, table.position] }),
    participant: index().on(table.participantId),
  }),
);

export const evidenceItem = onchainTable(
  "evidence_item",
  (t) => ({
    evidenceId: t.hex().primaryKey(),
    orderId: t.hex().notNull(),
    attester: t.hex().notNull(),
    kind: t.integer().notNull(),
    state: t.text().notNull(),
    sourceKey: t.hex().notNull(),
    commitment: t.hex().notNull(),
    occurredAt: t.bigint().notNull(),
    recordedAt: t.bigint().notNull(),
    recordedBlock: t.bigint().notNull(),
    supersedes: t.hex().notNull(),
  }),
  (table) => ({ order: index().on(table.orderId) }),
);
