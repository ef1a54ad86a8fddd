"""Readers of the trade's own documents: bytes in, one frozen dataclass out, or a reason why not.

`reading.read(data)` detects the kind by content and hands the tree to the module of that kind.
`xml_source` and `json_source` are the only places that touch untrusted bytes; what they hand on is
bounded in size, depth and count, and every value in it knows where it stands in its document.
"""
