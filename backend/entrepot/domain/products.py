"""What is financed, and which facts every tranche of such a facility must ask for at the least: the
twin of `Terms.minimum`."""

from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.financings import Product

MINIMUM = {
    Product.ORDER_FINANCE: (EvidenceKind.PURCHASE_ORDER,),
    Product.RECEIVABLE_FINANCE: (
        EvidenceKind.INVOICE,
        EvidenceKind.BUYER_ACKNOWLEDGEMENT,
        EvidenceKind.TRANSPORT_DOCUMENT,
        EvidenceKind.SHIPPED_ON_BOARD,
    ),
    Product.INVOICE_DISCOUNTING: (EvidenceKind.INVOICE, EvidenceKind.BUYER_ACKNOWLEDGEMENT),
}


def minimum_kinds(product: Product) -> KindSet:
    """The kinds as a set."""
    return KindSet(sum(1 << kind for kind in MINIMUM[product]))
