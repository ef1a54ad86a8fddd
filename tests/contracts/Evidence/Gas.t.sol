// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {EvidenceKind, KindSet} from "contracts/types/EvidenceKinds.sol";
import {NO_PARTICIPANT, OrderId} from "contracts/types/Ids.sol";
import {Role} from "contracts/types/Roles.sol";
import {World} from "../utils/World.sol";

/// @dev All that a test finds was done in `setUp`, so that its own call finds every slot cold, as a
/// transaction does. Figures into tests/contracts/snapshots.
contract GasTest is World {
    uint256 private constant _BATCH = 50;
    uint256 private constant _TRANSACTION = 21_000;
    uint256 private constant _SHIPS = 4;
    EvidenceKind private constant _CONTESTED = EvidenceKind.INSPECTION_CERTIFICATE;

    OrderId private _orderId;
    OrderId[] private _fleet;
    OrderId private _quiet;
    OrderId private _noisy;
    OrderId private _third;
    OrderId private _crowded;

    function setUp() public override {
        super.setUp();
        _orderId = _placeAccepted();
        _record(_orderId, carrier, EvidenceKind.GATED_IN);
        for (uint256 i = 0; i < _BATCH; ++i) {
            _fleet.push(_placeAccepted(bytes32(i)));
            _record(_fleet[i], carrier, EvidenceKind.GATED_IN);
            _link(_fleet[i], "full ship");
        }
        _link(_orderId, "empty ship");
        _quiet = _placeAccepted("quiet");
        _noisy = _placeAccepted("noisy");
        _third = _placeAccepted("third");
        _record(_quiet, carrier, EvidenceKind.LOADED);
        _flood(_noisy, carrier, EvidenceKind.LOADED, 3);
        _crowd();
    }

    function test_WhenFiftyAreRecorded_GivenOneOrder() external {
        OrderId[] memory orderIds = new OrderId[](_BATCH);
        for (uint256 i = 0; i < _BATCH; ++i) {
            orderIds[i] = _orderId;
        }
        uint256 each = _batch(orderIds);
        vm.snapshotValue("Evidence", "fact in a batch of 50, one order", each);
        vm.assertLe(each, 35_000, "gas of a fact");
    }

    function test_WhenFiftyAreRecorded_GivenFiftyOrders() external {
        uint256 each = _batch(_fleet);
        vm.snapshotValue("Evidence", "fact in a batch of 50, 50 orders", each);
        vm.assertLe(each, 42_000, "gas of a fact");
    }

    /// @dev Nothing of the orders aboard is read or written, so five thousand cost what fifty do.
    function test_WhenOnVoyage() external {
        uint256 alone = _depart("empty ship", "fact on a voyage, one order aboard");
        uint256 many = _depart("full ship", "fact on a voyage, 50 orders aboard");
        vm.assertEq(alone, many, "gas with one and with fifty aboard");
    }

    function test_GivenHundredsOfFacts() external view {
        evidence.kinds(_third);
        vm.assertEq(_kindsCost(_noisy), _kindsCost(_quiet), "gas with 300 facts and with one");
    }

    function test_GivenCrowdedOrder() external {
        evidence.kinds(_third);
        uint256 cost = _kindsCost(_crowded);
        (KindSet once,) = evidence.kinds(_crowded);
        assertTrue(once.has(EvidenceKind.EVIDENCE_CONFLICT));
        vm.snapshotValue("Evidence", "kinds, the most crowded order", cost);
        vm.assertLe(cost, 1_000_000, "gas of the kinds");
    }

    /// @return each What a transaction with these facts costs, a fact.
    function _batch(OrderId[] memory orderIds) private returns (uint256 each) {
        IEvidence.Fact[] memory facts = new IEvidence.Fact[](_BATCH);
        for (uint256 i = 0; i < _BATCH; ++i) {
            facts[i] = _fact(EvidenceKind.LOADED, keccak256(abi.encode("container", i)));
        }
        bytes memory call = abi.encodeCall(IEvidence.recordMany, (orderIds, facts));
        uint256 intrinsic = _TRANSACTION;
        for (uint256 i = 0; i < call.length; ++i) {
            intrinsic += call[i] == 0 ? 4 : 16;
        }
        vm.prank(carrier.attester.addr);
        uint256 before = gasleft();
        (bool done,) = address(evidence).call(call);
        uint256 used = before - gasleft();
        assertTrue(done);
        return (intrinsic + used) / _BATCH;
    }

    function _depart(bytes32 voyageKey, string memory name) private returns (uint256) {
        // One fact before, of another voyage, finds all but the voyages' own slots warm.
        vm.prank(carrier.attester.addr);
        evidence.recordOnVoyage(keccak256(abi.encode(voyageKey)), _fact(EvidenceKind.LOADED));
        vm.prank(carrier.attester.addr);
        evidence.recordOnVoyage(voyageKey, _fact(EvidenceKind.VESSEL_DEPARTED));
        return vm.snapshotGasLastCall("Evidence", name);
    }

    function _kindsCost(OrderId orderId) private view returns (uint256) {
        uint256 before = gasleft();
        evidence.kinds(orderId);
        return before - gasleft();
    }

    /// @dev Hundreds of facts of one kind by one attester.
    function _flood(OrderId orderId, Member memory attester, EvidenceKind kind, uint256 hundreds)
        private
    {
        OrderId[] memory orderIds = new OrderId[](100);
        IEvidence.Fact[] memory facts = new IEvidence.Fact[](100);
        for (uint256 h = 0; h < hundreds; ++h) {
            for (uint256 i = 0; i < 100; ++i) {
                orderIds[i] = orderId;
                facts[i] = _fact(kind, keccak256(abi.encode(h, i)));
            }
            vm.prank(attester.attester.addr);
            evidence.recordMany(orderIds, facts);
        }
    }

    /// @dev All that an order can bear: sixteen unrelated attesters who may say the same kinds,
    /// four voyages, four conflicts of which only the last attester is one side, and many facts.
    function _crowd() private {
        Member[] memory speakers = new Member[](16);
        ITradeOrders.Attester[] memory named = new ITradeOrders.Attester[](16);
        KindSet kinds = _only(_CONTESTED).with(EvidenceKind.VESSEL_DEPARTED);
        speakers[0] = carrier;
        for (uint256 i = 0; i < 16; ++i) {
            if (i > 0) speakers[i] = _speaker(i);
            named[i] = ITradeOrders.Attester(speakers[i].id, kinds);
        }
        _crowded = _place("crowded", _orderTerms(), named);
        _accept(_crowded);
        for (uint256 i = 0; i < _SHIPS; ++i) {
            _link(_crowded, bytes32(i));
        }
        IEvidence.Fact memory fact;
        for (uint256 i = 0; i < 16; ++i) {
            for (uint256 source = 0; source < 4; ++source) {
                fact = _fact(_CONTESTED, bytes32(source));
                if (i == 15) fact.commitment = "otherwise";
                _record(_crowded, speakers[i], fact);
            }
        }
        _flood(_crowded, speakers[1], EvidenceKind.VESSEL_DEPARTED, 3);
    }

    function _speaker(uint256 i) private returns (Member memory) {
        string memory stem = string.concat("5493000SPEAKER", i < 10 ? "00" : "01");
        bytes memory text = abi.encodePacked(stem, bytes1(uint8(48 + i % 10)), "0");
        return _admit(string(text), _roles(Role.INSURER), "SG", NO_PARTICIPANT);
    }

    function _link(OrderId orderId, bytes32 voyageKey) private {
        vm.prank(carrier.attester.addr);
        evidence.linkVoyage(orderId, voyageKey);
    }
}
