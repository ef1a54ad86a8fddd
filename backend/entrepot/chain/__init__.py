"""The one door to the ledger: encoding, asking a node, signing, sending, and where contracts live.

Reading order: errors, codec, ids, rpc, node, signer, sender, deployment. Only this package imports
web3, eth_account and eth_abi.
"""
