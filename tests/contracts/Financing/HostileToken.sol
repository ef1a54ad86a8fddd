// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev A token in US dollars that does not behave: it may keep a cut of what it moves, and call
/// somebody back in the middle of a transfer. Anybody moves anything.
contract HostileToken is ERC20("Hostile", "EVIL") {
    bytes3 public constant currency = "USD";

    address private _target;
    bytes private _callback;
    uint256 private _cut;

    /// @return succeeded Whether the call back went through.
    bool public succeeded;
    bytes public failure;

    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    function keep(uint256 cut) external {
        _cut = cut;
    }

    function callBack(address target, bytes calldata data) external {
        _target = target;
        _callback = data;
    }

    function _spendAllowance(address, address, uint256) internal override {}

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount - _cut);
        if (_callback.length == 0 || from == address(0)) return;
        (succeeded, failure) = _target.call(_callback);
    }
}
