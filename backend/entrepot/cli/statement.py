"""The statement in words."""

from entrepot.devnet.statement import Statement


def print_statement(statement: Statement, lang: str) -> None:
    import dataclasses, json
    print(json.dumps(dataclasses.asdict(statement), indent=1, default=str, ensure_ascii=False))
