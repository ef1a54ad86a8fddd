"""A browser whose authenticator is its own: Chromium's virtual one."""

from typing import Any

from playwright.sync_api import Browser, Page, Route

PARSED_MS = 300  # what a page of ours needs to be parsed, and much more
ASK = """async ([path, body]) => {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}"""


class Device:
    """A browser with an authenticator of its own."""

    def __init__(self, browser: Browser, *, verified: bool = True) -> None:
        self.page: Page = browser.new_page()
        self.cdp: Any = self.page.context.new_cdp_session(self.page)
        self.cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": verified,
            "automaticPresenceSimulation": True,
        }
        answer = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.authenticator = {"authenticatorId": answer["authenticatorId"]}

    def credential(self) -> dict[str, Any]:
        [found] = self.cdp.send("WebAuthn.getCredentials", self.authenticator)["credentials"]
        return found

    def put(self, credential: dict[str, Any]) -> None:
        self.cdp.send("WebAuthn.clearCredentials", self.authenticator)
        self.cdp.send("WebAuthn.addCredential", {**self.authenticator, "credential": credential})

    def ask(self, path: str, body: Any) -> dict[str, Any]:
        """What the console's script would send, sent by hand from its own page."""
        return self.page.evaluate(ASK, ["/console" + path, body])


def forms_before(page: Page, script: str, url: str) -> int:
    """How many forms that a device answers could be sent on a slow line before that script has
    come. Then it comes."""
    held: list[Route] = []
    page.route(f"**/{script}", lambda route: held.append(route))
    with page.expect_request(f"**/{script}"):
        page.goto(url, wait_until="commit")
    page.wait_for_timeout(PARSED_MS)
    count = page.locator("[data-passkey], [data-sign]").count()
    for each in held:
        each.continue_()
    page.unroute(f"**/{script}")
    return count
