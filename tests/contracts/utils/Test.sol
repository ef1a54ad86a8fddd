// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KindSet} from "contracts/types/EvidenceKinds.sol";
import {
    AssetKey,
    EvidenceId,
    FinancingId,
    OrderId,
    ParticipantId,
    TitleId,
    VoyageId
} from "contracts/types/Ids.sol";
import {PermissionSet, RoleSet} from "contracts/types/Roles.sol";
import {Vm} from "./Vm.sol";

/// @dev Base of every test: the cheatcodes, equality for the ledger's own types, and bounds.
abstract contract Test {
    /// @dev How forge is told which functions an invariant test leaves out.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev Maps a fuzzed number into [low, high], edges as likely as anything else.
    function bound(uint256 x, uint256 low, uint256 high) internal pure returns (uint256) {
        uint256 span = high - low;
        return span == type(uint256).max ? x : low + x % (span + 1);
    }

    /// @dev The one event since `vm.recordLogs`: each change of state tells of itself exactly once.
    /// The test's own are those that `vm.expectEmit` compares with.
    function _onlyLog() internal returns (Vm.Log memory log) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 count;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(this)) continue;
            log = logs[i];
            ++count;
        }
        vm.assertEq(count, 1, "exactly one event");
    }

    function assertEq(uint256 left, uint256 right) internal pure {
        vm.assertEq(left, right);
    }

    function assertEq(bytes32 left, bytes32 right) internal pure {
        vm.assertEq(left, right);
    }

    function assertEq(address left, address right) internal pure {
        vm.assertEq(left, right);
    }

    function assertEq(bool left, bool right) internal pure {
        vm.assertEq(left, right);
    }

    function assertEq(ParticipantId left, ParticipantId right) internal pure {
        vm.assertEq(bytes32(ParticipantId.unwrap(left)), bytes32(ParticipantId.unwrap(right)));
    }

    function assertEq(OrderId left, OrderId right) internal pure {
        vm.assertEq(OrderId.unwrap(left), OrderId.unwrap(right));
    }

    function assertEq(EvidenceId left, EvidenceId right) internal pure {
        vm.assertEq(EvidenceId.unwrap(left), EvidenceId.unwrap(right));
    }

    function assertEq(VoyageId left, VoyageId right) internal pure {
        vm.assertEq(VoyageId.unwrap(left), VoyageId.unwrap(right));
    }

    function assertEq(TitleId left, TitleId right) internal pure {
        vm.assertEq(TitleId.unwrap(left), TitleId.unwrap(right));
    }

    function assertEq(AssetKey left, AssetKey right) internal pure {
        vm.assertEq(AssetKey.unwrap(left), AssetKey.unwrap(right));
    }

    function assertEq(FinancingId left, FinancingId right) internal pure {
        vm.assertEq(FinancingId.unwrap(left), FinancingId.unwrap(right));
    }

    function assertEq(KindSet left, KindSet right) internal pure {
        vm.assertEq(KindSet.unwrap(left), KindSet.unwrap(right));
    }

    function assertEq(RoleSet left, RoleSet right) internal pure {
        vm.assertEq(RoleSet.unwrap(left), RoleSet.unwrap(right));
    }

    function assertEq(PermissionSet left, PermissionSet right) internal pure {
        vm.assertEq(PermissionSet.unwrap(left), PermissionSet.unwrap(right));
    }

    function assertTrue(bool condition) internal pure {
        vm.assertTrue(condition);
    }

    function assertFalse(bool condition) internal pure {
        vm.assertFalse(condition);
    }
}
