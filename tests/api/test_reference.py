"""The reference for people: every operation on one page, and nothing on it that could run."""

from __future__ import annotations

import re

from entrepot.api.reference import POLICY
from tests.api.stage import Stage
from tests.api.test_description import OPERATIONS, SCHEMA


def page(stage: Stage) -> str:
    answer = stage.client.get("/docs")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["content-security-policy"] == POLICY
    return str(answer.text)


def test_every_operation_and_every_schema_is_on_it(stage: Stage) -> None:
    html = page(stage)
    for path, method, operation in OPERATIONS:
        assert f'id="{operation["operationId"]}"' in html, (method, path)
    for name in SCHEMA["components"]["schemas"]:
        assert f'id="schema-{name}"' in html


def test_every_link_leads_somewhere_on_it(stage: Stage) -> None:
    html = page(stage)
    anchors = set(re.findall(r'id="([^"]+)"', html))
    links = re.findall(r'href="([^"]+)"', html)
    assert {link for link in links if link.startswith("#") and link[1:] not in anchors} == set()
    elsewhere = {link for link in links if not link.startswith("#")}
    assert elsewhere == {"/docs/reference.css", "/openapi.json"}


def test_nothing_on_it_runs_or_is_loaded_from_elsewhere(stage: Stage) -> None:
    html = page(stage)
    assert not re.search(r"<script|<iframe|<object|<img|\son\w+=|\sstyle=|javascript:", html)
    style = stage.client.get("/docs/reference.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "url(" not in style.text
    assert "@import" not in style.text
