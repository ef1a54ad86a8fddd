import { ponder } from "ponder:registry";
import { evidenceItem, orderAttester, tradeOrder } from "ponder:schema";
import { hexToString } from "viem";

ponder.on("TradeOrders:OrderPlaced", async ({ event, context }) => {
  const { orderId, terms, attesters } = event.args;
  await context.db.insert(tradeOrder).values({
    orderId,
    state: "PLACED",
    version: 1,
    exporter: terms.exporter,
    importer: terms.importer,
    currency: hexToString(terms.currency),
    amountMinor: terms.amount,
    origin: hexToString(terms.origin),
    destination: hexToString(terms.destination),
    commitment: terms.commitment,
    acceptBy: terms.acceptBy,
    shipBy: terms.shipBy,
    placedBlock: event.block.number,
  });
  const named = attesters.map((attester, position) => ({
    orderId,
    position,
    participantId: attester.participant,
    kinds: attester.kinds,
  }));
  if (named.length > 0) await context.db.insert(orderAttester).values(named);
});

ponder.on("TradeOrders:OrderAccepted", async ({ event, context }) => {
  await context.db
    .update(tradeOrder, { orderId: event.args.orderId })
    .set({ state: "ACCEPTED" });
});

ponder.on("Evidence:EvidenceRecorded", async ({ event, context }) => {
  const { orderId, evidenceId, attester, fact } = event.args;
  await context.db.insert(evidenceItem).values({
    evidenceId,
    orderId,
    attester,
    kind: fact.kind,
    state: "RECORDED",
    sourceKey: fact.sourceKey,
    commitment: fact.commitment,
    occurredAt: fact.occurredAt,
    recordedAt: event.block.timestamp,
    recordedBlock: event.block.number,
    supersedes: fact.supersedes,
  });
});
