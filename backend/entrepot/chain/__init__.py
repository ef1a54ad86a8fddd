"""The one door to the ledger: encoding, asking a node, signing, sending, and where contracts live.

Reading order: errors, encoding, codec, ids, rpc, answers, node, signer, sender, artifacts,
deployment, deploying. Only this package may import eth_account, eth_abi and web3.
"""
