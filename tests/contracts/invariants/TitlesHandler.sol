// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitles} from "contracts/interfaces/ITitles.sol";
import {
    FinancingId,
    NO_PARTICIPANT,
    OrderId,
    ParticipantId,
    TitleId,
    deriveReissuedTitleId,
    deriveTitleId
} from "contracts/types/Ids.sol";
import {Role} from "contracts/types/Roles.sol";
import {TitlesWorld} from "../Titles/TitlesWorld.sol";

/// @dev Two carriers, each with two references for an order of its own; four traders, of whom one
/// is suspended and reinstated; two contracts that take pledges. It does at random what members may
/// do
/// and what they may not, keeps a ledger of its own, and watches every bill after every act.
contract TitlesHandler is TitlesWorld {
    /// @dev A bill as the ledger has it. @param root Carrier and reference that it goes back to.
    /// @param holder Possessor, or who surrendered it. @param pledgee 0 none, else its number + 1.
    struct Ghost {
        TitleId id;
        uint256 root;
        ITitles.TitleState state;
        ITitles.TitleForm form;
        ITitles.SurrenderReason reason;
        bool mayEndorse;
        uint256 shipper;
        uint256 holder;
        uint256 endorsee;
        uint256 pledgee;
        uint256 financing;
        bytes32 commitment;
        bool reissued;
    }

    uint256 public constant ROOTS = 4;
    uint256 private constant _TRADERS = 4;
    uint256 private constant _FINANCINGS = 2;
    /// @dev No trader.
    uint256 private constant _NONE = type(uint256).max;

    bool public leftTheLines;
    bool public pledgeeBypassed;
    mapping(bytes32 act => uint256) public done;

    Ghost[] private _ghosts;
    Member[2] private _carriers;
    OrderId[2] private _orderIds;
    Member[_TRADERS] private _traders;
    address[2] private _pledgees = [address(0xF1), address(0xF2)];
    bool private _isSuspended;

    function setUp() public override {
        super.setUp();
        _traders[0] = exporter;
        _traders[1] = importer;
        _traders[2] = bankA;
        _traders[3] = bankB;
        _carriers[0] = carrier;
        _orderIds[0] = orderId;
        carrier = _admit("5493000CARRIERBV01", _roles(Role.CARRIER), "NL", NO_PARTICIPANT);
        _carriers[1] = carrier;
        _orderIds[1] = _placeAccepted("order 2");
    }

    // Acts

    /// @dev A reference is used once, whatever became of its bill.
    function issue(uint256 root, uint256 form, uint256 shipper, uint256 endorsee) external {
        root %= ROOTS;
        (ITitles.Bill memory bill, Ghost memory g) = _draw(form, shipper, endorsee);
        (g.root, g.id, g.holder) = (root, _rootId(root), g.shipper);
        bytes memory call =
            abi.encodeCall(ITitles.issue, (_orderIds[root / 2], _reference(root), bill));
        bool allowed = !_isUsed(root) && _areActive(g.shipper, g.endorsee);
        if (_act("issue", _carriers[root / 2].attester.addr, call, allowed)) _ghosts.push(g);
    }

    /// @dev Half the time of a bill that is void, when there is one.
    function reissue(uint256 seed, uint256 form, uint256 shipper, uint256 endorsee) external {
        uint256 i = seed % 2 == 0 ? _find(seed, ITitles.TitleState.VOID) : seed % _ghosts.length;
        Ghost memory old = _ghosts[i];
        (ITitles.Bill memory bill, Ghost memory g) = _draw(form, shipper, endorsee);
        (g.root, g.id) = (old.root, deriveReissuedTitleId(address(titles), old.id));
        g.holder = old.holder;
        bool allowed = old.state == ITitles.TitleState.VOID && !old.reissued
            && old.reason != ITitles.SurrenderReason.PAPER && _areActive(g.shipper, g.endorsee)
            && _areActive(g.holder, _NONE);
        bytes memory call = abi.encodeCall(ITitles.reissue, (old.id, bill));
        if (!_act("reissue", _carriers[old.root / 2].attester.addr, call, allowed)) return;
        _ghosts[i].reissued = true;
        _ghosts.push(g);
    }

    /// @dev Mostly by who has the bill, sometimes by whoever it is.
    function transfer(uint256 seed, uint256 by, uint256 to) external {
        Ghost storage g = _pick(seed);
        (by, to) = (_actor(g, by), to % _TRADERS);
        bool allowed = _isFree(g) && by == g.holder && _areActive(by, to);
        bytes memory call = abi.encodeCall(ITitles.transfer, (g.id, _traders[to].id));
        if (_act("transfer", _traders[by].submitter.addr, call, allowed)) g.holder = to;
    }

    function endorse(uint256 seed, uint256 by, uint256 to, bool mayEndorse) external {
        Ghost storage g = _pick(seed);
        (by, to) = (_actor(g, by), to % _TRADERS);
        bool allowed = _mayEndorse(g, by) && _areActive(by, to);
        bytes memory call = abi.encodeCall(ITitles.endorse, (g.id, _traders[to].id, mayEndorse));
        if (!_act("endorse", _traders[by].submitter.addr, call, allowed)) return;
        (g.endorsee, g.mayEndorse) = (to, mayEndorse);
    }

    function blankEndorse(uint256 seed, uint256 by) external {
        Ghost storage g = _pick(seed);
        by = _actor(g, by);
        bool allowed = _mayEndorse(g, by) && _areActive(by, _NONE);
        bytes memory call = abi.encodeCall(ITitles.blankEndorse, (g.id));
        if (!_act("blankEndorse", _traders[by].submitter.addr, call, allowed)) return;
        (g.form, g.endorsee, g.mayEndorse) = (ITitles.TitleForm.BLANK, _NONE, false);
    }

    function surrender(uint256 seed, uint256 by, uint256 reason) external {
        Ghost storage g = _pick(seed);
        by = _actor(g, by);
        ITitles.SurrenderReason why = ITitles.SurrenderReason(reason % 5);
        bool claims = g.form == ITitles.TitleForm.BLANK || by == g.endorsee
            || (g.form == ITitles.TitleForm.STRAIGHT && by == g.shipper);
        bool allowed = _isFree(g) && by == g.holder && claims && _areActive(by, _NONE);
        bytes memory call = abi.encodeCall(ITitles.surrender, (g.id, why));
        if (!_act("surrender", _traders[by].submitter.addr, call, allowed)) return;
        (g.state, g.reason) = (ITitles.TitleState.SURRENDERED, why);
    }

    /// @dev Mostly by the carrier of the bill, sometimes by the other one.
    function answer(uint256 seed, uint256 by, bool accepts) external {
        Ghost storage g = _ghosts[_find(seed, ITitles.TitleState.SURRENDERED)];
        bool own = by % 8 != 0;
        bool allowed = own && g.state == ITitles.TitleState.SURRENDERED;
        bytes memory call = accepts
            ? abi.encodeCall(ITitles.acceptSurrender, (g.id))
            : abi.encodeCall(ITitles.rejectSurrender, (g.id));
        address key = _carriers[own ? g.root / 2 : 1 - g.root / 2].attester.addr;
        if (!_act(accepts ? bytes32("accept") : bytes32("reject"), key, call, allowed)) return;
        if (!accepts) {
            g.state = ITitles.TitleState.ISSUED;
        } else {
            bool delivery = g.reason == ITitles.SurrenderReason.DELIVERY;
            g.state = delivery ? ITitles.TitleState.ACCOMPLISHED : ITitles.TitleState.VOID;
        }
    }

    function offerPledge(uint256 seed, uint256 by, uint256 pledgee, uint256 financing) external {
        Ghost storage g = _pick(seed);
        (by, pledgee, financing) = (_actor(g, by), pledgee % 2, financing % _FINANCINGS);
        bool order = g.form == ITitles.TitleForm.TO_ORDER && _mayEndorse(g, by);
        bool may = by == g.holder && (order || g.form == ITitles.TitleForm.BLANK);
        bool allowed =
            _isFree(g) && may && !_isPledgedFor(g.root / 2, financing) && _areActive(by, 1);
        bytes memory call = abi.encodeCall(
            ITitles.offerPledge, (g.id, _pledgees[pledgee], _financing(financing), importer.id)
        );
        if (!_act("offer", _traders[by].submitter.addr, call, allowed)) return;
        (g.pledgee, g.financing) = (pledgee + 1, financing);
    }

    function withdrawOffer(uint256 seed, uint256 by) external {
        Ghost storage g = _pick(seed);
        by = _actor(g, by);
        bool offered = g.state == ITitles.TitleState.ISSUED && g.pledgee != 0;
        bool allowed = offered && by == g.holder && _areActive(by, _NONE);
        bytes memory call = abi.encodeCall(ITitles.withdrawPledgeOffer, (g.id));
        if (_act("withdraw", _traders[by].submitter.addr, call, allowed)) g.pledgee = 0;
    }

    /// @dev By either of the two contracts that take pledges, for a bill that has been offered.
    function takePledge(uint256 seed, uint256 by) external {
        Ghost storage g = _ghosts[_findOffered(seed)];
        by %= 2;
        bool allowed = g.pledgee == by + 1;
        bytes memory call =
            abi.encodeCall(ITitles.takePledge, (_orderIds[g.root / 2], _financing(g.financing)));
        if (_act("take", _pledgees[by], call, allowed)) g.state = ITitles.TitleState.PLEDGED;
    }

    /// @dev To the importer by delivery, to anybody by enforcement.
    function endPledge(uint256 seed, uint256 by, uint256 to, bool enforced) external {
        Ghost storage g = _ghosts[_findOffered(seed)];
        by %= 2;
        to = enforced ? to % _TRADERS : 1;
        OrderId order = _orderIds[g.root / 2];
        bool allowed =
            g.state == ITitles.TitleState.PLEDGED && g.pledgee == by + 1 && _areActive(to, _NONE);
        bytes memory call = enforced
            ? abi.encodeCall(ITitles.enforce, (order, _financing(g.financing), _traders[to].id))
            : abi.encodeCall(ITitles.deliver, (order, _financing(g.financing)));
        if (!_act(enforced ? bytes32("enforce") : bytes32("deliver"), _pledgees[by], call, allowed))
        {
            return;
        }
        (g.state, g.holder, g.pledgee) = (ITitles.TitleState.ISSUED, to, 0);
        if (g.form == ITitles.TitleForm.TO_ORDER) (g.endorsee, g.mayEndorse) = (to, true);
    }

    /// @dev bankB goes, or comes back; what it holds stays its own meanwhile.
    function changeStanding(uint256 seed) external {
        if (seed % 4 != 0 && !_isSuspended) return;
        vm.prank(governor);
        if (_isSuspended) participants.reinstate(bankB.id);
        else participants.suspend(bankB.id);
        _isSuspended = !_isSuspended;
        ++done["changeStanding"];
    }

    // Looking

    function count() external view returns (uint256) {
        return _ghosts.length;
    }

    function ghost(uint256 i) external view returns (Ghost memory) {
        return _ghosts[i];
    }

    function registry() external view returns (address, address) {
        return (address(titles), address(participants));
    }

    /// @return Of the trader with this number, nobody for none.
    function idOf(uint256 trader) public view returns (ParticipantId) {
        return trader == _NONE ? NO_PARTICIPANT : _traders[trader].id;
    }

    function carrierOf(uint256 root) external view returns (ParticipantId) {
        return _carriers[root / 2].id;
    }

    function orderOf(uint256 root) external view returns (OrderId) {
        return _orderIds[root / 2];
    }

    function rootIdOf(uint256 root) external view returns (TitleId) {
        return _rootId(root);
    }

    function pledgeeOf(uint256 i) external view returns (address) {
        uint256 number = _ghosts[i].pledgee;
        return number == 0 ? address(0) : _pledgees[number - 1];
    }

    // Keeping the ledger

    /// @dev Calls, and checks that it is refused exactly where the ledger says so.
    function _act(bytes32 name, address by, bytes memory call, bool allowed)
        private
        returns (bool ok)
    {
        ITitles.Title[] memory before = _all();
        vm.prank(by);
        (ok,) = address(titles).call(call);
        vm.assertTrue(ok == allowed, string(abi.encodePacked(name)));
        if (ok) ++done[name];
        for (uint256 i = 0; i < before.length; ++i) {
            _watch(before[i], titles.title(_ghosts[i].id), by == _pledgeeAddress(i));
        }
    }

    function _watch(ITitles.Title memory before, ITitles.Title memory now_, bool byPledgee)
        private
    {
        if (before.state != now_.state && !_mayFollow(before.state, now_.state)) {
            leftTheLines = true;
        }
        if (before.state != ITitles.TitleState.PLEDGED || byPledgee) return;
        if (keccak256(abi.encode(before)) != keccak256(abi.encode(now_))) pledgeeBypassed = true;
    }

    /// @dev The lines as ITitles draws them.
    function _mayFollow(ITitles.TitleState from, ITitles.TitleState to)
        private
        pure
        returns (bool)
    {
        if (from == ITitles.TitleState.ISSUED) {
            return to == ITitles.TitleState.PLEDGED || to == ITitles.TitleState.SURRENDERED;
        }
        if (from == ITitles.TitleState.PLEDGED) return to == ITitles.TitleState.ISSUED;
        return from == ITitles.TitleState.SURRENDERED && to != ITitles.TitleState.PLEDGED;
    }

    function _all() private view returns (ITitles.Title[] memory all) {
        all = new ITitles.Title[](_ghosts.length);
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = titles.title(_ghosts[i].id);
        }
    }

    function _pledgeeAddress(uint256 i) private view returns (address) {
        uint256 number = _ghosts[i].pledgee;
        return number == 0 ? address(0) : _pledgees[number - 1];
    }

    function _draw(uint256 form, uint256 shipper, uint256 endorsee)
        private
        view
        returns (ITitles.Bill memory bill, Ghost memory g)
    {
        g.form = ITitles.TitleForm(form % 3);
        g.state = ITitles.TitleState.ISSUED;
        g.shipper = shipper % _TRADERS;
        g.endorsee = g.form == ITitles.TitleForm.BLANK ? _NONE : endorsee % _TRADERS;
        g.mayEndorse = g.form == ITitles.TitleForm.TO_ORDER;
        g.commitment = keccak256(abi.encode("bytes", _ghosts.length));
        bill = ITitles.Bill(g.form, idOf(g.shipper), idOf(g.endorsee), g.commitment);
    }

    function _pick(uint256 seed) private view returns (Ghost storage) {
        return _ghosts[_find(seed, ITitles.TitleState.ISSUED)];
    }

    /// @dev From a random bill on the first in that state, or the random one when there is none.
    function _find(uint256 seed, ITitles.TitleState state) private view returns (uint256 i) {
        for (uint256 k = 0; k < _ghosts.length; ++k) {
            i = (seed / 8 % _ghosts.length + k) % _ghosts.length;
            if (_ghosts[i].state == state && !_ghosts[i].reissued) return i;
        }
        return seed % _ghosts.length;
    }

    function _findOffered(uint256 seed) private view returns (uint256 i) {
        for (uint256 k = 0; k < _ghosts.length; ++k) {
            i = (seed % _ghosts.length + k) % _ghosts.length;
            if (_ghosts[i].pledgee != 0) return i;
        }
        return seed % _ghosts.length;
    }

    function _actor(Ghost storage g, uint256 by) private view returns (uint256) {
        return by % 4 == 0 ? by / 4 % _TRADERS : g.holder;
    }

    function _isFree(Ghost storage g) private view returns (bool) {
        return g.state == ITitles.TitleState.ISSUED && g.pledgee == 0;
    }

    function _mayEndorse(Ghost storage g, uint256 by) private view returns (bool) {
        return _isFree(g) && g.form == ITitles.TitleForm.TO_ORDER && by == g.holder
            && by == g.endorsee && g.mayEndorse;
    }

    function _isUsed(uint256 root) private view returns (bool) {
        for (uint256 i = 0; i < _ghosts.length; ++i) {
            if (_ghosts[i].root == root) return true;
        }
        return false;
    }

    function _isPledgedFor(uint256 order, uint256 financing) private view returns (bool) {
        for (uint256 i = 0; i < _ghosts.length; ++i) {
            Ghost storage g = _ghosts[i];
            if (g.pledgee != 0 && g.root / 2 == order && g.financing == financing) return true;
        }
        return false;
    }

    function _areActive(uint256 one, uint256 other) private view returns (bool) {
        return !_isSuspended || (one != 3 && other != 3);
    }

    function _rootId(uint256 root) private view returns (TitleId) {
        return deriveTitleId(address(titles), _carriers[root / 2].id, _reference(root));
    }

    function _reference(uint256 root) private pure returns (bytes32) {
        return bytes32(root % 2 + 1);
    }

    function _financing(uint256 number) private pure returns (FinancingId) {
        return FinancingId.wrap(bytes32(number + 1));
    }
}
