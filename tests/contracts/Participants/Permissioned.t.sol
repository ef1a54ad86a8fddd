// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Permissioned} from "contracts/base/Permissioned.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ParticipantId} from "contracts/types/Ids.sol";
import {Permission, Role} from "contracts/types/Roles.sol";
import {World} from "../utils/World.sol";

/// @dev Nothing but the rule itself.
contract Door is Permissioned {
    constructor(IParticipants participants) Permissioned(participants) {}

    function enter(Permission permission) external view returns (ParticipantId) {
        return _actor(permission);
    }

    function enterAs(Permission permission, Role role) external view returns (ParticipantId) {
        return _actorAs(permission, role);
    }
}

contract PermissionedTest is World {
    Door private _door;

    function setUp() public override {
        super.setUp();
        _door = new Door(participants);
    }

    function test_RevertWhen_PermissionIsMissing() external {
        bytes memory permissionMissing = abi.encodeWithSelector(
            IParticipants.Participants_PermissionMissing.selector,
            _keyId(carrier.submitter),
            Permission.ATTEST
        );
        vm.startPrank(carrier.submitter.addr);
        vm.expectRevert(permissionMissing);
        _door.enter(Permission.ATTEST);
        vm.expectRevert(permissionMissing);
        _door.enterAs(Permission.ATTEST, Role.CARRIER);
    }

    function test_WhenPermissionIsHeld() external {
        vm.prank(carrier.attester.addr);
        assertEq(_door.enter(Permission.ATTEST), carrier.id);
    }

    function test_RevertWhen_RoleIsMissing() external {
        vm.prank(carrier.attester.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_RoleMissing.selector, carrier.id, Role.CUSTOMS
            )
        );
        _door.enterAs(Permission.ATTEST, Role.CUSTOMS);
    }

    function test_WhenBothAreHeld() external {
        vm.prank(carrier.attester.addr);
        assertEq(_door.enterAs(Permission.ATTEST, Role.CARRIER), carrier.id);
    }
}
