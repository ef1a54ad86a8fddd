// The three events of the generated chain.
const p = require("@subsquid/evm-codec");
const { event, indexed, keccak256 } = require("@subsquid/evm-abi");

const terms = {
  exporter: p.bytes20,
  currency: p.bytes3,
  origin: p.bytes2,
  destination: p.bytes2,
  importer: p.bytes20,
  acceptBy: p.uint64,
  amount: p.uint128,
  shipBy: p.uint64,
  commitment: p.bytes32,
};
const attester = { participant: p.bytes20, kinds: p.uint64 };
const fact = {
  kind: p.uint8,
  sourceKey: p.bytes32,
  commitment: p.bytes32,
  occurredAt: p.uint64,
  supersedes: p.bytes32,
};

function declared(signature, fields) {
  return event("0x" + keccak256(signature).toString("hex"), signature, fields);
}

module.exports = {
  orderPlaced: declared(
    "OrderPlaced(bytes32,bytes20,bytes20,(bytes20,bytes3,bytes2,bytes2,bytes20,uint64,uint128,uint64,bytes32),(bytes20,uint64)[])",
    {
      orderId: indexed(p.bytes32),
      exporter: indexed(p.bytes20),
      importer: indexed(p.bytes20),
      terms: p.struct(terms),
      attesters: p.array(p.struct(attester)),
    },
  ),
  orderAccepted: declared("OrderAccepted(bytes32,bytes20,uint32)", {
    orderId: indexed(p.bytes32),
    importer: indexed(p.bytes20),
    version: p.uint32,
  }),
  evidenceRecorded: declared(
    "EvidenceRecorded(bytes32,bytes32,bytes20,(uint8,bytes32,bytes32,uint64,bytes32))",
    {
      orderId: indexed(p.bytes32),
      evidenceId: indexed(p.bytes32),
      attester: indexed(p.bytes20),
      fact: p.struct(fact),
    },
  ),
};
