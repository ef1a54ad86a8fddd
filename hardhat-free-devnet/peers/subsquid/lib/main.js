const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { EvmBatchProcessor } = require("@subsquid/evm-processor");
const { TypeormDatabase } = require("@subsquid/typeorm-store");
const { Client } = require("pg");
const { evidenceRecorded, orderAccepted, orderPlaced } = require("./events");
const { EvidenceItem, OrderAttester, TradeOrder } = require("./model");

const task = JSON.parse(process.env.BENCH_TASK);

const processor = new EvmBatchProcessor()
  .setRpcEndpoint({ url: task.nodeUrl, capacity: 10, maxBatchCallSize: 100 })
  .setFinalityConfirmation(1)
  .setBlockRange({ from: 1, to: task.last })
  .setFields({ log: { topics: true, data: true }, block: { timestamp: true } })
  .addLog({
    address: [task.tradeOrders, task.evidence],
    topic0: [orderPlaced.topic, orderAccepted.topic, evidenceRecorded.topic],
  });

const text = (hex) => Buffer.from(hex.slice(2), "hex").toString();
const made = (type, values) => Object.assign(new type(), values);

async function fold(ctx) {
  const orders = new Map();
  const attesters = [];
  const facts = [];
  const known = [];
  for (const block of ctx.blocks) {
    for (const log of block.logs) {
      if (log.topics[0] === evidenceRecorded.topic) {
        facts.push(recorded(evidenceRecorded.decode(log), block.header));
      } else if (log.topics[0] === orderPlaced.topic) {
        const e = orderPlaced.decode(log);
        orders.set(e.orderId, placed(e, block.header));
        attesters.push(...named(e));
      } else {
        const { orderId } = orderAccepted.decode(log);
        const order = orders.get(orderId) ?? (await ctx.store.get(TradeOrder, orderId));
        order.state = "ACCEPTED";
        if (!orders.has(orderId)) known.push(order);
      }
    }
  }
  await ctx.store.insert([...orders.values()]);
  await ctx.store.insert(attesters);
  await ctx.store.insert(facts);
  await ctx.store.upsert(known);
}

function placed(e, header) {
  return made(TradeOrder, {
    id: e.orderId,
    state: "PLACED",
    version: 1,
    exporter: e.terms.exporter,
    importer: e.terms.importer,
    currency: text(e.terms.currency),
    amountMinor: e.terms.amount,
    origin: text(e.terms.origin),
    destination: text(e.terms.destination),
    commitment: e.terms.commitment,
    acceptBy: e.terms.acceptBy,
    shipBy: e.terms.shipBy,
    placedBlock: header.height,
  });
}

function named(e) {
  return e.attesters.map((one, position) =>
    made(OrderAttester, {
      id: `${e.orderId}-${position}`,
      orderId: e.orderId,
      position,
      participantId: one.participant,
      kinds: one.kinds,
    }),
  );
}

function recorded(e, header) {
  return made(EvidenceItem, {
    id: e.evidenceId,
    orderId: e.orderId,
    attester: e.attester,
    kind: e.fact.kind,
    state: "RECORDED",
    sourceKey: e.fact.sourceKey,
    commitment: e.fact.commitment,
    occurredAt: e.fact.occurredAt,
    recordedAt: BigInt(header.timestamp),
    recordedBlock: header.height,
    supersedes: e.fact.supersedes,
  });
}

async function main() {
  const client = new Client({ connectionString: task.databaseUrl });
  await client.connect();
  await client.query(readFileSync(join(__dirname, "..", "schema.sql"), "utf8"));
  await client.end();
  process.env.DB_URL = task.databaseUrl;
  processor.run(new TypeormDatabase({ supportHotBlocks: false }), fold);
}

main();
