// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev A participant is its ISO 17442 LEI, the 20 ASCII characters themselves.
type ParticipantId is bytes20;
type OrderId is bytes32;
type EvidenceId is bytes32;
type VoyageId is bytes32;
type TitleId is bytes32;
type AssetKey is bytes32;
type FinancingId is bytes32;

using {equalParticipants as ==, differentParticipants as !=} for ParticipantId global;
using {equalOrders as ==} for OrderId global;
using {equalTitles as ==} for TitleId global;
using {equalAssets as ==} for AssetKey global;

ParticipantId constant NO_PARTICIPANT = ParticipantId.wrap(0);
TitleId constant NO_TITLE = TitleId.wrap(0);
AssetKey constant NO_ASSET = AssetKey.wrap(0);
FinancingId constant NO_FINANCING = FinancingId.wrap(0);

function equalParticipants(ParticipantId a, ParticipantId b) pure returns (bool) {
    return ParticipantId.unwrap(a) == ParticipantId.unwrap(b);
}

function differentParticipants(ParticipantId a, ParticipantId b) pure returns (bool) {
    return ParticipantId.unwrap(a) != ParticipantId.unwrap(b);
}

function equalOrders(OrderId a, OrderId b) pure returns (bool) {
    return OrderId.unwrap(a) == OrderId.unwrap(b);
}

function equalTitles(TitleId a, TitleId b) pure returns (bool) {
    return TitleId.unwrap(a) == TitleId.unwrap(b);
}

function equalAssets(AssetKey a, AssetKey b) pure returns (bool) {
    return AssetKey.unwrap(a) == AssetKey.unwrap(b);
}

/// @dev Every id is derived from chain, contract and natural key, so that a client knows it before
/// the transaction is mined and a duplicate collides. Natural keys are keyed hashes made off chain.
function deriveOrderId(address tradeOrders, ParticipantId exporter, bytes32 naturalKey)
    view
    returns (OrderId)
{
    return OrderId.wrap(keccak256(abi.encode(block.chainid, tradeOrders, exporter, naturalKey)));
}

/// @param subject The order or the voyage that the fact is about.
/// @param kind The EvidenceKind as a number.
function deriveEvidenceId(
    address evidence,
    bytes32 subject,
    ParticipantId attester,
    uint8 kind,
    bytes32 sourceKey
) view returns (EvidenceId) {
    return EvidenceId.wrap(
        keccak256(abi.encode(block.chainid, evidence, subject, attester, kind, sourceKey))
    );
}

/// @param voyageKey Keyed hash of carrier, vessel IMO number and voyage number.
function deriveVoyageId(address evidence, ParticipantId carrier, bytes32 voyageKey)
    view
    returns (VoyageId)
{
    return VoyageId.wrap(keccak256(abi.encode(block.chainid, evidence, carrier, voyageKey)));
}

/// @param referenceKey Keyed hash of the carrier's transport document reference.
function deriveTitleId(address titles, ParticipantId carrier, bytes32 referenceKey)
    view
    returns (TitleId)
{
    return TitleId.wrap(keccak256(abi.encode(block.chainid, titles, carrier, referenceKey)));
}

/// @dev Of one word less than `deriveTitleId` hashes, so that no reference can ever collide with
/// it.
function deriveReissuedTitleId(address titles, TitleId voided) view returns (TitleId) {
    return TitleId.wrap(keccak256(abi.encode(block.chainid, titles, voided)));
}

function deriveFinancingId(address financing, OrderId orderId, bytes32 naturalKey)
    view
    returns (FinancingId)
{
    return FinancingId.wrap(keccak256(abi.encode(block.chainid, financing, orderId, naturalKey)));
}
