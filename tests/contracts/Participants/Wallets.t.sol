// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ISettlementToken} from "contracts/interfaces/ISettlementToken.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {FinancingTerms} from "contracts/types/Financings.sol";
import {OrderId} from "contracts/types/Ids.sol";
import {Permission} from "contracts/types/Roles.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";

/// @dev What its owner has signed is signed; the owner may also call through it.
contract HonestWallet is IERC1271 {
    address public owner;

    constructor(address owner_) {
        owner = owner_;
    }

    function handOver(address next) external {
        owner = next;
    }

    function run(address target, bytes calldata data) external returns (bytes memory answer) {
        require(msg.sender == owner, "not the owner");
        bool done;
        (done, answer) = target.call(data);
        require(done, "refused");
    }

    function isValidSignature(bytes32 hash, bytes calldata signature)
        external
        view
        returns (bytes4)
    {
        (address signer,,) = ECDSA.tryRecoverCalldata(hash, signature);
        return signer == owner ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

/// @dev Says yes to whatever it is asked.
contract YesWallet is IERC1271 {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return IERC1271.isValidSignature.selector;
    }
}

contract RevertingWallet is IERC1271 {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        revert("no");
    }
}

/// @dev The right four bytes and nothing after them: no word of the ABI.
contract ShortWallet {
    fallback() external {
        assembly ("memory-safe") {
            mstore(0, shl(224, 0x1626ba7e))
            return(0, 4)
        }
    }
}

contract OtherAnswerWallet is IERC1271 {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return 0xffffffff;
    }
}

contract GasBurningWallet is IERC1271 {
    function isValidSignature(bytes32 hash, bytes calldata) external pure returns (bytes4) {
        while (true) hash = keccak256(abi.encode(hash));
        return IERC1271.isValidSignature.selector;
    }
}

/// @dev While it is asked, it tries to make a call of its own; then it says yes.
contract ReenteringWallet is IERC1271 {
    address private _target;
    bytes private _data;

    function arm(address target, bytes calldata data) external {
        _target = target;
        _data = data;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        (bool ok,) = address(this).staticcall(abi.encodeCall(this.tryIt, ()));
        return ok ? bytes4(0) : IERC1271.isValidSignature.selector;
    }

    function tryIt() external {
        (bool ok,) = _target.call(_data);
        require(ok, "static");
    }
}

contract WalletsTest is FinancingWorld {
    function test_GivenHonestWallet() external {
        Signer memory owner = _signer("owner");
        HonestWallet wallet = new HonestWallet(owner.addr);
        _join(bankA, address(wallet), Permission.DECIDE);
        bytes memory data = _minting("signed");
        bytes32 digest = _digest(address(wallet), address(dollars), data);
        _expectInvalid(address(wallet), address(dollars), data, _sign(bankB.decider, digest));
        _send(address(wallet), address(dollars), data, _sign(owner, digest));

        vm.prank(owner.addr);
        wallet.run(address(dollars), _minting("sent"));

        FinancingTerms memory terms = _request();
        bytes32 approval = financing.approvalDigest(terms, bankA.id, DEADLINE);
        bytes memory signer = abi.encodePacked(address(wallet));
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_SignatureInvalid.selector, _financingId(), keccak256(signer)
            )
        );
        financing.approve(terms, _signOff(signer, DEADLINE, _sign(bankB.decider, approval)));
        financing.approve(terms, _signOff(signer, DEADLINE, _sign(owner, approval)));
        (uint8 given,) = financing.approvals(terms, bankA.id);
        assertEq(given, 1);
    }

    function test_GivenWalletThatAgreesToEverything() external {
        address wallet = address(new YesWallet());
        _join(bankB, wallet, Permission.DECIDE);
        bytes memory data = _minting("for nothing");
        vm.expectRevert(
            abi.encodeWithSelector(
                ISettlementToken.SettlementToken_NotIssuer.selector, bankA.id, bankB.id
            )
        );
        _send(wallet, address(dollars), data, "");
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_PermissionMissing.selector,
                keccak256(abi.encodePacked(wallet)),
                Permission.ADMIN
            )
        );
        _send(wallet, address(participants), _adding(stranger), "");

        // and another's key is asked itself, also inside a call of the wallet's
        bytes memory inner = abi.encodeCall(
            IParticipants.callSigned,
            (abi.encodePacked(bankA.decider.addr), address(dollars), data, CALL_DEADLINE, "")
        );
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_SignatureInvalid.selector, _keyId(bankA.decider), 0
            )
        );
        _send(wallet, address(participants), inner, "");
    }

    function test_RevertGiven_WalletThatRefuses() external {
        address[3] memory wallets = [
            address(new RevertingWallet()),
            address(new ShortWallet()),
            address(new OtherAnswerWallet())
        ];
        for (uint256 i = 0; i < wallets.length; ++i) {
            _join(bankA, wallets[i], Permission.DECIDE);
            _expectInvalid(wallets[i], address(dollars), _minting("x"), "");
        }
    }

    function test_RevertGiven_WalletThatBurnsGas() external {
        address wallet = address(new GasBurningWallet());
        _join(bankA, wallet, Permission.DECIDE);
        bytes memory data = _minting("x");
        vm.expectRevert(_invalid(wallet));
        participants.callSigned{gas: 3_000_000}(
            abi.encodePacked(wallet), address(dollars), data, CALL_DEADLINE, ""
        );
        FinancingTerms memory terms = _request();
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_SignatureInvalid.selector,
                _financingId(),
                keccak256(abi.encodePacked(wallet))
            )
        );
        financing.approve{gas: 10_000_000}(terms, _signOff(abi.encodePacked(wallet), DEADLINE, ""));
    }

    /// @dev It holds ADMIN, and is armed with the call that would add a key to its participant.
    function test_GivenWalletThatCallsBack() external {
        ReenteringWallet wallet = new ReenteringWallet();
        _join(bankA, address(wallet), Permission.ADMIN);
        wallet.arm(address(participants), _adding(stranger));
        OrderId toDispute = _placeAccepted("order 2");
        bytes memory data = abi.encodeCall(ITradeOrders.dispute, (toDispute, "x"));
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_PermissionMissing.selector,
                keccak256(abi.encodePacked(address(wallet))),
                Permission.SUBMIT
            )
        );
        _send(address(wallet), address(orders), data, "");
        _send(address(wallet), address(participants), _adding(address(0xF00D)), "");
        assertEq(participants.actor(address(0xF00D), Permission.DECIDE), bankA.id);
        bytes32 strangers = keccak256(abi.encodePacked(stranger));
        assertEq(participants.key(strangers).addedAt, 0);
        wallet.tryIt(); // in a call that is not static, the same goes through
        assertEq(participants.key(strangers).addedAt, START);
    }

    function test_GivenWalletHandedOver() external {
        Signer memory former = _signer("former owner");
        HonestWallet wallet = new HonestWallet(former.addr);
        _join(bankA, address(wallet), Permission.DECIDE);
        bytes memory data = _minting("x");
        bytes memory signature = _sign(former, _digest(address(wallet), address(dollars), data));
        wallet.handOver(stranger);
        _expectInvalid(address(wallet), address(dollars), data, signature);
    }

    function _join(Member memory member, address wallet, Permission permission) private {
        vm.prank(member.admin.addr);
        participants.addKey(abi.encodePacked(wallet), _permissions(permission));
    }

    function _send(address wallet, address target, bytes memory data, bytes memory signature)
        private
    {
        participants.callSigned(abi.encodePacked(wallet), target, data, CALL_DEADLINE, signature);
    }

    function _expectInvalid(
        address wallet,
        address target,
        bytes memory data,
        bytes memory signature
    ) private {
        vm.expectRevert(_invalid(wallet));
        _send(wallet, target, data, signature);
    }

    function _digest(address wallet, address target, bytes memory data)
        private
        view
        returns (bytes32)
    {
        return participants.callDigest(abi.encodePacked(wallet), target, data, CALL_DEADLINE);
    }

    function _invalid(address wallet) private pure returns (bytes memory) {
        bytes32 keyId = keccak256(abi.encodePacked(wallet));
        return
            abi.encodeWithSelector(IParticipants.Participants_SignatureInvalid.selector, keyId, 0);
    }

    function _minting(bytes32 railReference) private view returns (bytes memory) {
        return abi.encodeCall(ISettlementToken.mint, (exporter.id, 5, railReference));
    }

    function _adding(address key) private pure returns (bytes memory) {
        return abi.encodeCall(
            IParticipants.addKey, (abi.encodePacked(key), _permissions(Permission.DECIDE))
        );
    }
}
