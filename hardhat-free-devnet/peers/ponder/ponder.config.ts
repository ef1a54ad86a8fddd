// Both lines of Ponder read this: 1.0.0 says `networks` and `network`, 0.16 `chains` and `chain`.
import { createConfig } from "ponder";
import { http, parseAbi } from "viem";

const task = JSON.parse(process.env.BENCH_TASK!);
const orders = parseAbi([
  "struct Terms { bytes20 exporter; bytes3 currency; bytes2 origin; bytes2 destination; bytes20 importer; uint64 acceptBy; uint128 amount; uint64 shipBy; bytes32 commitment; }",
  "struct Attester { bytes20 participant; uint64 kinds; }",
  "event OrderPlaced(bytes32 indexed orderId, bytes20 indexed exporter, bytes20 indexed importer, Terms terms, Attester[] attesters)",
  "event OrderAccepted(bytes32 indexed orderId, bytes20 indexed importer, uint32 version)",
]);
const evidence = parseAbi([
  "struct Fact { uint8 kind; bytes32 sourceKey; bytes32 commitment; uint64 occurredAt; bytes32 supersedes; }",
  "event EvidenceRecorded(bytes32 indexed orderId, bytes32 indexed evidenceId, bytes20 indexed attester, Fact fact)",
]);
const on = { network: "trade", chain: "trade", startBlock: 1, endBlock: task.last };

export default createConfig({
  database: { kind: "postgres", connectionString: task.databaseUrl },
  networks: {
    trade: { chainId: task.chainId, transport: http(task.nodeUrl), maxRequestsPerSecond: 10_000 },
  },
  chains: {
    trade: { id: task.chainId, rpc: task.nodeUrl, maxRequestsPerSecond: 10_000 },
  },
  contracts: {
    TradeOrders: { ...on, abi: orders, address: task.tradeOrders },
    Evidence: { ...on, abi: evidence, address: task.evidence },
  },
} as any);
