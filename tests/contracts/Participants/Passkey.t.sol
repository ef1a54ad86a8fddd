// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ISettlementToken} from "contracts/interfaces/ISettlementToken.sol";
import {FinancingTerms} from "contracts/types/Financings.sol";
import {Permission} from "contracts/types/Roles.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";
import {Passkeys} from "../utils/Passkeys.sol";

contract PasskeyTest is FinancingWorld {
    uint256 private constant _KEY = uint256(keccak256("an officer's phone")) >> 1;
    uint256 private constant _OTHER_KEY = uint256(keccak256("another phone")) >> 1;

    address private _verifier;
    bytes private _passkey;

    function setUp() public override {
        super.setUp();
        _verifier = Passkeys.deployVerifier();
        _passkey = Passkeys.signer(_verifier, _KEY);
        vm.prank(bankA.admin.addr);
        participants.addKey(_passkey, _permissions(Permission.DECIDE));
    }

    function test_RevertWhen_ChallengeIsAnother() external {
        _expectInvalid(Passkeys.answer(_KEY, keccak256("something else")));
    }

    function test_RevertWhen_PasskeyIsAnother() external {
        _expectInvalid(Passkeys.answer(_OTHER_KEY, _mintDigest()));
    }

    function test_RevertWhen_PersonIsNotVerified() external {
        _expectInvalid(Passkeys.answer(_KEY, _mintDigest(), Passkeys.PRESENT));
    }

    function testFuzz_RevertWhen_OneByteDiffers(uint256 place, bytes1 change) external {
        bytes memory answer = Passkeys.answer(_KEY, _mintDigest());
        // r, s, both indices, and the authenticator's data behind its offset and length
        place = bound(place, 0, 128 - 1 + 37);
        if (place >= 128) place += 96;
        answer[place] ^= change == 0 ? bytes1(0x01) : change;
        _expectInvalid(answer);
    }

    function test_P6_RevertWhen_SentAgain() external {
        bytes memory answer = Passkeys.answer(_KEY, _mintDigest());
        _send(_passkey, address(dollars), _minting(), answer);
        vm.expectRevert(_invalid(1));
        _send(_passkey, address(dollars), _minting(), answer);
    }

    function test_WhenItApproves() external {
        FinancingTerms memory terms = _request();
        bytes32 digest = financing.approvalDigest(terms, bankA.id, DEADLINE);
        bytes memory wrong = Passkeys.answer(_OTHER_KEY, digest);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_SignatureInvalid.selector, _financingId(), keccak256(_passkey)
            )
        );
        financing.approve(terms, _signOff(_passkey, DEADLINE, wrong));
        financing.approve(terms, _signOff(_passkey, DEADLINE, Passkeys.answer(_KEY, digest)));
        (uint8 given,) = financing.approvals(terms, bankA.id);
        assertEq(given, 1);
    }

    function test_WhenItCalls() external {
        uint256 before = _balanceOf(exporter);
        _send(_passkey, address(dollars), _minting(), Passkeys.answer(_KEY, _mintDigest()));
        assertEq(_balanceOf(exporter), before + 5);
        bytes memory adding = abi.encodeCall(
            IParticipants.addKey, (abi.encodePacked(stranger), _permissions(Permission.DECIDE))
        );
        bytes32 digest =
            participants.callDigest(_passkey, address(participants), adding, CALL_DEADLINE);
        bytes memory answer = Passkeys.answer(_KEY, digest);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_PermissionMissing.selector,
                keccak256(_passkey),
                Permission.ADMIN
            )
        );
        _send(_passkey, address(participants), adding, answer);
    }

    function test_P4_RevertGiven_ItAskedForTheFacility() external {
        bytes memory makers = Passkeys.signer(_verifier, _OTHER_KEY);
        vm.prank(exporter.admin.addr);
        participants.addKey(makers, _permissions(Permission.SUBMIT));
        FinancingTerms memory terms = _terms();
        bytes memory asking = abi.encodeCall(IFinancing.request, (terms));
        bytes32 digest = participants.callDigest(makers, address(financing), asking, CALL_DEADLINE);
        _send(makers, address(financing), asking, Passkeys.answer(_OTHER_KEY, digest));
        assertEq(financing.facility(_financingId()).exporter, exporter.id);

        bytes32 approval = financing.approvalDigest(terms, bankA.id, DEADLINE);
        bytes memory signature = Passkeys.answer(_OTHER_KEY, approval);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_MakerIsChecker.selector, _financingId(), keccak256(makers)
            )
        );
        financing.approve(terms, _signOff(makers, DEADLINE, signature));
    }

    function _expectInvalid(bytes memory answer) private {
        bytes memory data = _minting();
        vm.expectRevert(_invalid(0));
        _send(_passkey, address(dollars), data, answer);
    }

    function _send(bytes memory signer, address target, bytes memory data, bytes memory signature)
        private
    {
        participants.callSigned(signer, target, data, CALL_DEADLINE, signature);
    }

    function _mintDigest() private view returns (bytes32) {
        return participants.callDigest(_passkey, address(dollars), _minting(), CALL_DEADLINE);
    }

    function _minting() private view returns (bytes memory) {
        return abi.encodeCall(ISettlementToken.mint, (exporter.id, 5, "pacs.008 1"));
    }

    function _invalid(uint256 nonce) private view returns (bytes memory) {
        return abi.encodeWithSelector(
            IParticipants.Participants_SignatureInvalid.selector, keccak256(_passkey), nonce
        );
    }
}
