// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {FinancingLimits} from "./base/FinancingLimits.sol";
import {Permissioned} from "./base/Permissioned.sol";
import {IEncumbrances} from "./interfaces/IEncumbrances.sol";
import {IEvidence} from "./interfaces/IEvidence.sol";
import {IFinancing} from "./interfaces/IFinancing.sol";
import {IParticipants} from "./interfaces/IParticipants.sol";
import {ITitles} from "./interfaces/ITitles.sol";
import {ITradeOrders} from "./interfaces/ITradeOrders.sol";
import {Approvals} from "./libraries/Approvals.sol";
import {Books, Registers} from "./libraries/Books.sol";
import {Defaults} from "./libraries/Defaults.sol";
import {Escrows} from "./libraries/Escrows.sol";
import {Releases} from "./libraries/Releases.sol";
import {Repayments} from "./libraries/Repayments.sol";
import {Requests} from "./libraries/Requests.sol";
import {Conditions, Facility, FinancingTerms, Owed, SignOff} from "./types/Financings.sol";
import {FinancingId, ParticipantId} from "./types/Ids.sol";

/// @notice The book, the money and the guard; what each verb does is in the library of its phase,
/// whose code runs here on this storage. The balance of every token held here is the sum of escrow
/// and reserve over the facilities in that token, and of the credits in it, always.
contract Financing is FinancingLimits, EIP712, ReentrancyGuardTransient {
    uint256 private constant MAX_RELEASES = 100;

    ITradeOrders private immutable ORDERS;
    IEvidence private immutable EVIDENCE;
    ITitles private immutable TITLES;
    IEncumbrances private immutable ENCUMBRANCES;

    constructor(
        IParticipants participants,
        ITradeOrders orders,
        IEvidence evidence,
        ITitles titles,
        IEncumbrances encumbrances
    ) Permissioned(participants) EIP712("Entrepot Financing", "1") {
        ORDERS = orders;
        EVIDENCE = evidence;
        TITLES = titles;
        ENCUMBRANCES = encumbrances;
    }

    /// @inheritdoc IFinancing
    function request(FinancingTerms calldata terms) external returns (FinancingId) {
        return Requests.request(_book, _registers(), terms);
    }

    /// @inheritdoc IFinancing
    function approve(FinancingTerms calldata terms, SignOff[] calldata signOffs) external {
        Approvals.approve(_book, _registers(), terms, _domainSeparatorV4(), signOffs);
    }

    /// @inheritdoc IFinancing
    function decline(FinancingTerms calldata terms) external {
        Approvals.decline(_book, _registers(), terms);
    }

    /// @inheritdoc IFinancing
    function fund(FinancingTerms calldata terms, ParticipantId lender) external nonReentrant {
        Escrows.fund(_book, _registers(), terms, lender);
    }

    /// @inheritdoc IFinancing
    function release(FinancingTerms calldata terms, uint8 tranche) external nonReentrant {
        Releases.release(_book, _registers(), terms, tranche);
    }

    /// @inheritdoc IFinancing
    function releaseMany(FinancingTerms[] calldata terms, uint8[] calldata tranches)
        external
        nonReentrant
        returns (uint256 releasedSet)
    {
        // Check:
        (uint256 count, uint256 wanted) = (tranches.length, terms.length);
        require(count == wanted, Financing_LengthsDiffer(wanted, count));
        require(count <= MAX_RELEASES, Financing_TooManyReleases(count, MAX_RELEASES));
        Registers memory registers = _registers();
        ParticipantId caller = PARTICIPANTS.participantOf(msg.sender);

        // Effect, Interaction:
        for (uint256 i; i < count; ++i) {
            try Releases.release(_book, registers, terms[i], tranches[i]) {
                releasedSet |= uint256(1) << i;
            } catch (bytes memory reason) {
                emit TrancheNotReleased(
                    terms[i].orderId, Books.idOf(terms[i]), caller, tranches[i], reason
                );
            }
        }
    }

    /// @inheritdoc IFinancing
    function repay(FinancingTerms calldata terms, uint128 amount, bytes32 paymentReference)
        external
        nonReentrant
    {
        Repayments.repay(_book, _registers(), terms, amount, paymentReference);
    }

    /// @inheritdoc IFinancing
    function lapse(FinancingTerms calldata terms, uint8 tranche) external nonReentrant {
        Escrows.lapse(_book, _registers(), terms, tranche);
    }

    /// @inheritdoc IFinancing
    function markOverdue(FinancingTerms calldata terms) external {
        Defaults.markOverdue(_book, _registers(), terms);
    }

    /// @inheritdoc IFinancing
    function declareDefault(FinancingTerms calldata terms) external nonReentrant {
        Defaults.declare(_book, _registers(), terms);
    }

    /// @inheritdoc IFinancing
    function claimRecourse(FinancingTerms calldata terms) external {
        Defaults.claimRecourse(_book, _registers(), terms);
    }

    /// @inheritdoc IFinancing
    function enforceTitle(FinancingTerms calldata terms) external {
        Defaults.enforceTitle(_book, _registers(), terms);
    }

    /// @inheritdoc IFinancing
    function writeOff(FinancingTerms calldata terms) external {
        Defaults.writeOff(_book, _registers(), terms);
    }

    /// @inheritdoc IFinancing
    function claimCredit(FinancingTerms calldata terms, ParticipantId participant)
        external
        nonReentrant
    {
        Repayments.claimCredit(_book, _registers(), terms, participant);
    }

    /// @inheritdoc IFinancing
    function handOverTitle(FinancingTerms calldata terms) external {
        Repayments.handOver(_book, _registers(), terms);
    }

    /// @inheritdoc IFinancing
    function facility(FinancingId financingId) external view returns (Facility memory) {
        return _book.facilities[financingId];
    }

    /// @inheritdoc IFinancing
    function creditOf(FinancingId financingId, ParticipantId participant)
        external
        view
        returns (uint256)
    {
        return _book.credits[financingId][participant];
    }

    /// @inheritdoc IFinancing
    function isUnderRecourse(ParticipantId exporter) external view returns (bool) {
        return _book.recourses[exporter] != 0;
    }

    /// @inheritdoc IFinancing
    function conditions(FinancingTerms calldata terms, uint8 tranche)
        external
        view
        returns (Conditions memory)
    {
        return Releases.conditions(_book, _registers(), terms, tranche);
    }

    /// @inheritdoc IFinancing
    function owed(FinancingTerms calldata terms) external view returns (Owed memory) {
        return Repayments.owed(_book, terms);
    }

    /// @inheritdoc IFinancing
    function approvalDigest(FinancingTerms calldata terms, ParticipantId lender, uint64 deadline)
        external
        view
        returns (bytes32)
    {
        return Approvals.digest(_book, terms, _domainSeparatorV4(), lender, deadline);
    }

    /// @inheritdoc IFinancing
    function approvals(FinancingTerms calldata terms, ParticipantId lender)
        external
        view
        returns (uint8 given, uint8 needed)
    {
        return Approvals.count(_book, terms, lender);
    }

    /// @inheritdoc IFinancing
    function contribution(FinancingTerms calldata terms, ParticipantId lender)
        external
        view
        returns (uint128 principal, uint128 trueUp, uint128 reserve)
    {
        return Escrows.contribution(_book, terms, lender);
    }

    function _registers() private view returns (Registers memory) {
        return Registers(PARTICIPANTS, ORDERS, EVIDENCE, TITLES, ENCUMBRANCES);
    }
}
