// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Vm} from "./Vm.sol";

/// @dev An authenticator: it answers a challenge as a browser hands it on (WebAuthn level 2).
library Passkeys {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant _ORDER =
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;
    string private constant _ARTIFACT =
        "backend/entrepot/bindings/artifacts/ERC7913WebAuthnVerifier.json";
    bytes1 internal constant PRESENT = 0x01;
    bytes1 internal constant PRESENT_AND_VERIFIED = 0x05;

    /// @return verifier OpenZeppelin's own, as it is deployed.
    function deployVerifier() internal returns (address verifier) {
        string memory json = vm.readFile(_ARTIFACT);
        bytes memory code =
            vm.parseBytes(string.concat("0x", vm.parseJsonString(json, ".bytecode")));
        assembly ("memory-safe") {
            verifier := create(0, add(code, 0x20), mload(code))
        }
        require(verifier != address(0), "the verifier was not created");
    }

    /// @return The ERC-7913 signer: the verifier, then the point on P-256.
    function signer(address verifier, uint256 key) internal pure returns (bytes memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(key);
        return abi.encodePacked(verifier, x, y);
    }

    function answer(uint256 key, bytes32 challenge) internal pure returns (bytes memory) {
        return answer(key, challenge, PRESENT_AND_VERIFIED);
    }

    /// @param flags What the authenticator says of the person before it.
    /// @return The assertion as OpenZeppelin's verifier reads it.
    function answer(uint256 key, bytes32 challenge, bytes1 flags)
        internal
        pure
        returns (bytes memory)
    {
        bytes memory data = abi.encodePacked(sha256("console.example"), flags, uint32(7));
        string memory client = string.concat(
            '{"type":"webauthn.get","challenge":"',
            Base64.encodeURL(abi.encodePacked(challenge)),
            '","origin":"https://console.example","crossOrigin":false}'
        );
        (bytes32 r, bytes32 s) =
            vm.signP256(key, sha256(abi.encodePacked(data, sha256(bytes(client)))));
        if (uint256(s) > _ORDER / 2) s = bytes32(_ORDER - uint256(s));
        return abi.encode(r, s, uint256(23), uint256(1), data, client);
    }
}
