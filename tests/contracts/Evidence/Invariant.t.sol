// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {EvidenceKind, KindSet} from "contracts/types/EvidenceKinds.sol";
import {EvidenceId, OrderId, ParticipantId} from "contracts/types/Ids.sol";
import {Role} from "contracts/types/Roles.sol";
import {Test} from "../utils/Test.sol";
import {World} from "../utils/World.sol";

/// @dev Five attesters of three families speak about two orders and two voyages, of three kinds.
/// It keeps every fact and every voyage in plain lists.
contract EvidenceHandler is World {
    uint256 public constant ORDERS = 2;
    uint256 private constant _VOYAGES = 2;

    /// @param aboutVoyage Whether `subject` numbers a voyage, else an order.
    struct Said {
        EvidenceId id;
        uint256 attester;
        EvidenceKind kind;
        bool aboutVoyage;
        uint256 subject;
        bool stands;
    }

    EvidenceKind[3] private _kinds = [
        EvidenceKind.INSPECTION_CERTIFICATE, EvidenceKind.VESSEL_DEPARTED, EvidenceKind.FRAUD_ALERT
    ];
    Member[] private _speakers;
    Said[] private _said;
    mapping(uint256 order => mapping(uint256 voyage => bool)) private _aboard;
    OrderId[ORDERS] public orderIds;

    constructor() {
        setUp();
        _speakers.push(carrier);
        _speakers.push(bankA);
        _speakers.push(_admit("5493000BRANCHONE01", _roles(Role.BANK), "SG", bankA.id));
        _speakers.push(exporter);
        _speakers.push(_admit("5493000SISTERCO001", _roles(Role.INSURER), "VN", exporter.id));
        ITradeOrders.Attester[] memory named = new ITradeOrders.Attester[](5);
        for (uint256 i = 0; i < 5; ++i) {
            named[i] = ITradeOrders.Attester(
                _speakers[i].id, _only(_kinds[0]).with(_kinds[1]).with(_kinds[2])
            );
        }
        for (uint256 i = 0; i < ORDERS; ++i) {
            orderIds[i] = _place(bytes32(i), _orderTerms(), named);
            _accept(orderIds[i]);
        }
    }

    function record(uint256 order, uint256 speaker, uint256 kind) external {
        order %= ORDERS;
        speaker %= 5;
        IEvidence.Fact memory fact = _newFact(_kinds[kind % 3]);
        EvidenceId id = _record(orderIds[order], _speakers[speaker], fact);
        _said.push(Said(id, speaker, fact.kind, false, order, true));
    }

    function recordOnVoyage(uint256 voyage, uint256 kind) external {
        voyage %= _VOYAGES;
        IEvidence.Fact memory fact = _newFact(_kinds[kind % 3]);
        vm.prank(carrier.attester.addr);
        EvidenceId id = evidence.recordOnVoyage(bytes32(voyage), fact);
        _said.push(Said(id, 0, fact.kind, true, voyage, true));
    }

    function supersede(uint256 pick) external {
        if (_said.length == 0) return;
        Said memory old = _said[pick % _said.length];
        if (!old.stands) return;
        IEvidence.Fact memory fact = _newFact(old.kind);
        fact.supersedes = old.id;
        _said[pick % _said.length].stands = false;
        vm.prank(_speakers[old.attester].attester.addr);
        old.id = old.aboutVoyage
            ? evidence.recordOnVoyage(bytes32(old.subject), fact)
            : evidence.record(orderIds[old.subject], fact);
        _said.push(old);
    }

    function withdraw(uint256 pick) external {
        if (_said.length == 0) return;
        Said storage taken = _said[pick % _said.length];
        if (!taken.stands) return;
        taken.stands = false;
        _withdraw(_speakers[taken.attester], taken.id);
    }

    function linkOrUnlink(uint256 order, uint256 voyage) external {
        order %= ORDERS;
        voyage %= _VOYAGES;
        vm.prank(carrier.attester.addr);
        if (_aboard[order][voyage]) evidence.unlinkVoyage(orderIds[order], bytes32(voyage));
        else evidence.linkVoyage(orderIds[order], bytes32(voyage));
        _aboard[order][voyage] = !_aboard[order][voyage];
    }

    function kinds(uint256 order) external view returns (KindSet once, KindSet twice) {
        return evidence.kinds(orderIds[order]);
    }

    /// @return once What `Evidence.kinds` should say, from the lists alone.
    function expectedKinds(uint256 order) external view returns (KindSet once, KindSet twice) {
        for (uint256 i = 0; i < _said.length; ++i) {
            if (!_counts(_said[i], order)) continue;
            once = once.with(_said[i].kind);
            for (uint256 j = 0; j < i; ++j) {
                if (!_counts(_said[j], order) || _said[i].kind != _said[j].kind) continue;
                if (_family(_said[i]) != _family(_said[j])) twice = twice.with(_said[i].kind);
            }
        }
    }

    function _counts(Said storage fact, uint256 order) private view returns (bool) {
        return
            fact.stands && (fact.aboutVoyage ? _aboard[order][fact.subject] : fact.subject == order);
    }

    /// @dev The carrier is alone, then come two banks of one house and two traders of another.
    function _family(Said storage fact) private view returns (uint256) {
        return (fact.attester + 1) / 2;
    }

    function _newFact(EvidenceKind kind) private view returns (IEvidence.Fact memory) {
        return _fact(kind, bytes32(_said.length));
    }
}

contract EvidenceInvariantTest is Test {
    EvidenceHandler private _handler;

    function setUp() external {
        _handler = new EvidenceHandler();
    }

    /// @dev forge sends its random calls to the handler alone.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev The world is built once.
    function excludeSelectors() external view returns (FuzzSelector[] memory excluded) {
        excluded = new FuzzSelector[](1);
        excluded[0] = FuzzSelector(address(_handler), new bytes4[](1));
        excluded[0].selectors[0] = World.setUp.selector;
    }

    function invariant_KindsAreThoseOfStandingFacts() external view {
        for (uint256 order = 0; order < _handler.ORDERS(); ++order) {
            (KindSet once, KindSet twice) = _handler.kinds(order);
            (KindSet expectedOnce, KindSet expectedTwice) = _handler.expectedKinds(order);
            assertEq(once, expectedOnce);
            assertEq(twice, expectedTwice);
        }
    }
}
