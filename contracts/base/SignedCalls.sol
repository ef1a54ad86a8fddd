// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ParticipantId} from "../types/Ids.sol";

/// @title Calls that a key signs and anybody sends. The story is told in IParticipants.callSigned.
/// @notice The key that acts is remembered only while its target runs, and put back as it was: a
/// target that makes a signed call of another key changes nothing for its own caller.
abstract contract SignedCalls is EIP712, IParticipants {
    bytes32 private constant _CALL_TYPEHASH =
        keccak256("Call(bytes signer,address target,bytes data,uint256 nonce,uint64 deadline)");

    mapping(bytes32 keyId => uint256) private _nonces;
    /// @dev Zero, which is no key's id, when no signed call is under way.
    bytes32 private transient _acting;

    constructor() EIP712("Entrepot Participants", "1") {}

    /// @inheritdoc IParticipants
    function callSigned(
        bytes calldata signer,
        address target,
        bytes calldata data,
        uint64 deadline,
        bytes calldata signature
    ) external returns (bytes memory answer) {
        // Check:
        bytes32 keyId = keccak256(signer);
        require(block.timestamp <= deadline, Participants_SignatureExpired(keyId, deadline));
        ParticipantId participantId = _requireValid(keyId);
        uint256 nonce = _nonces[keyId];
        require(
            SignatureChecker.isValidSignatureNow(
                signer, callDigest(signer, target, data, deadline), signature
            ),
            Participants_SignatureInvalid(keyId, nonce)
        );

        // Effect:
        _nonces[keyId] = nonce + 1;
        emit SignedCallMade(participantId, keyId, target, nonce);

        // Interaction:
        bytes32 outer = _acting;
        _acting = keyId;
        answer = Address.functionCall(target, data);
        _acting = outer;
    }

    /// @inheritdoc IParticipants
    function nonceOf(bytes32 keyId) external view returns (uint256) {
        return _nonces[keyId];
    }

    /// @inheritdoc IParticipants
    function callDigest(bytes calldata signer, address target, bytes calldata data, uint64 deadline)
        public
        view
        returns (bytes32)
    {
        bytes32 keyId = keccak256(signer);
        bytes32 content = keccak256(
            abi.encode(_CALL_TYPEHASH, keyId, target, keccak256(data), _nonces[keyId], deadline)
        );
        return _hashTypedDataV4(content);
    }

    /// @inheritdoc IParticipants
    function keyIdOf(address caller) public view returns (bytes32) {
        return caller == address(this) ? _acting : keccak256(abi.encodePacked(caller));
    }

    /// @return The active participant that the key is a valid key of; reverts otherwise.
    function _requireValid(bytes32 keyId) internal view virtual returns (ParticipantId);
}
