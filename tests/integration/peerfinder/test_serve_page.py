"""The page's door in a real browser: tokens, cookies, a proxy's path in front, and a node that says evil things."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser

from peerfinder.core.report import DecisionSummary
from tests.support.browser import CONTRAST, NAMELESS, a_browser, looking
from tests.support.sidecars import PORT, TOKEN, Node, Sidecars, wait_for

VIEWER = "battery-staple"
PREFIX = "/api/v1/namespaces/shop/pods/db-0:8008/proxy"
EVIL = "</script><img src=x onerror='window.harmed=1'><b>bold</b> & <script>window.harmed=2</script>"
HOP_BY_HOP = ("connection", "transfer-encoding", "content-length")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as made:
        yield made


@pytest.fixture
def node(idle: Sidecars) -> Node:
    """One agent behind a door, whose node refuses to start in evil words."""
    (idle.root / "viewer").write_text(VIEWER)
    one = idle.nodes[0]
    one.facts = replace(one.facts, decision=DecisionSummary("refuse", 6, EVIL, EVIL))
    one.start(idle.dns.address, "--page", "token", "--viewer-token-file", str(idle.root / "viewer"))
    wait_for("an answer", lambda: one.http("/page", token=TOKEN)[0] == 200)
    return one


@contextmanager
def a_proxy(address: str) -> Iterator[str]:
    """What the API server does with a pod's path: it takes the prefix off and hands on all else."""

    class Forward(BaseHTTPRequestHandler):
        def forward(self) -> None:
            path, connection = self.path.removeprefix(PREFIX), HTTPConnection(address, PORT, timeout=10)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            connection.request(self.command, path, body or None, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
            self.send_response(answer.status if self.path.startswith(PREFIX + "/") else 404)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            connection.close()

        do_GET = do_POST = forward  # noqa: N815 - the names that the library calls

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Forward) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}/"
        server.shutdown()


@pytest.mark.parametrize("behind", ["a port-forward", "the proxy of the API server"])
def test_a_person_signs_in_and_stays(node: Node, browser: Browser, behind: str) -> None:
    with a_proxy(node.address) as proxied:
        url = f"http://{node.address}:{PORT}/" if behind == "a port-forward" else proxied
        with looking(browser, url) as look:
            page = look.page
            assert "db-0" not in page.content()
            assert page.evaluate(NAMELESS) == []
            assert [one for one in page.evaluate(CONTRAST) if one[0] < 4.5] == []
            page.get_by_label("Token").fill("wrong")
            page.keyboard.press("Enter")
            page.get_by_role("alert").get_by_text("This is neither").wait_for()
            assert page.context.cookies() == []
            page.get_by_label("Token").fill(VIEWER)
            page.get_by_role("button", name="Sign in").click()
            page.locator("#node-db-0").wait_for()
            assert page.url == url
            look.wait_for_data()
            (cookie,) = page.context.cookies()
            assert VIEWER not in cookie["value"]
            assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
            assert look.origins == {"/".join(url.split("/")[:3])}


def test_what_a_node_says_stays_text(node: Node, browser: Browser) -> None:
    with looking(browser, f"http://{node.address}:{PORT}/") as look:
        page = look.page
        page.get_by_label("Token").fill(TOKEN)
        page.keyboard.press("Enter")
        page.locator("#node-db-0").get_by_text("onerror").first.wait_for()
        look.wait_for_data()
        assert page.evaluate("window.harmed") is None
        assert page.locator("main b:text-is('bold'), main img").count() == 0
        assert look.complaints == []


def test_a_viewer_whose_token_was_replaced_is_told(node: Node, browser: Browser) -> None:
    with looking(browser, f"http://{node.address}:{PORT}/") as look:
        look.page.get_by_label("Token").fill(VIEWER)
        look.page.keyboard.press("Enter")
        look.page.locator("#node-db-0").wait_for()
        for number in range(2):
            (node.root / "viewer").write_text(f"another-{number}")
            wait_for("the new token", lambda: node.http("/page", token=(node.root / "viewer").read_text())[0] == 200)
        look.wait("() => document.getElementById('gone').textContent.startsWith('You are signed out.')")
        look.page.get_by_role("link", name="Sign in again").click()
        look.page.get_by_label("Token").wait_for()
