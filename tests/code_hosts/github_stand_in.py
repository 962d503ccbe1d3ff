"""A small part of GitHub's API on the loopback interface: comments, issues, labels, pages, and what it refuses."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "shop/mesh"
TOKEN = "ghs_canary1234567890"
BOT = "github-actions[bot]"
LONGEST_BODY = 65_536


@dataclass
class GitHub:
    url: str = ""
    comments: dict[int, list[dict]] = field(default_factory=dict)
    """By the number of the issue or pull request."""
    issues: list[dict] = field(default_factory=list)
    labels: list[dict] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    read_only: bool = False
    failures: list[int] = field(default_factory=list)
    """Statuses that the next requests are answered with."""
    largest_page: int = 100
    longest_body: int = LONGEST_BODY

    def environment(self, pull_request: int = 7) -> dict[str, str]:
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_REF": f"refs/pull/{pull_request}/merge",
            "GH_TOKEN": TOKEN,
        }

    def say(self, number: int, body: str, login: str = BOT) -> dict:
        """A comment that is there already."""
        told = self.comments.setdefault(number, [])
        identity = 1000 * number + len(told) + 1
        comment = {"id": identity, "body": body, "user": {"login": login}, "html_url": f"{self.url}/c/{identity}"}
        told.append(comment)
        return comment

    def answer(self, method: str, path: str, query: dict[str, str], sent: Any) -> tuple[int, Any]:
        body = (sent or {}).get("body")
        if body is not None and len(body) > self.longest_body:
            error = {"message": f"body is too long (maximum is {self.longest_body} characters)"}
            return 422, {"message": "Validation Failed", "errors": [error]}
        if method != "GET" and self.read_only:
            return 403, {"message": "Resource not accessible by integration"}
        if method != "GET":
            self.writes.append(f"{method} {path}")
        for name, pattern in (
            ("_comments", r"/issues/(\d+)/comments"),
            ("_comment", r"/issues/comments/(\d+)"),
            ("_issue", r"/issues/(\d+)"),
            ("_issues", r"/issues"),
            ("_labels", r"/labels"),
        ):
            if found := re.fullmatch(f"/repos/{REPOSITORY}{pattern}", path):
                answered: tuple[int, Any] = getattr(self, name)(method, query, sent, *map(int, found.groups()))
                return answered
        return 404, {"message": "Not Found"}

    def _comments(self, method, query, sent, number):
        if method == "POST":
            return 201, self.say(number, sent["body"])
        return 200, self.comments.get(number, [])

    def _comment(self, method, query, sent, identity):
        for comment in (one for told in self.comments.values() for one in told if one["id"] == identity):
            comment.update(sent)
            return 200, comment
        return 404, {"message": "Not Found"}

    def _issues(self, method, query, sent):
        if method == "POST":
            issue = {
                "number": len(self.issues) + 1, "state": "open", "title": sent["title"], "body": sent["body"],
                "labels": sent["labels"], "user": {"login": BOT}, "html_url": f"{self.url}/i/{len(self.issues) + 1}",
            }  # fmt: skip
            self.issues.append(issue)
            return 201, issue
        return 200, [one for one in self.issues if one["state"] == query["state"] and query["labels"] in one["labels"]]

    def _issue(self, method, query, sent, number):
        self.issues[number - 1].update(sent)
        return 200, self.issues[number - 1]

    def _labels(self, method, query, sent):
        if method == "POST":
            if any(label["name"] == sent["name"] for label in self.labels):
                return 422, {"message": "Validation Failed", "errors": [{"code": "already_exists"}]}
            self.labels.append(sent)
            return 201, sent
        return 200, self.labels


@contextmanager
def running() -> Iterator[GitHub]:
    github = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            address = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(address.query).items()}
            data = self.rfile.read(int(self.headers.get("content-length", 0)))
            github.asked.append(f"{self.command} {self.path}")
            if self.headers.get("authorization") != f"Bearer {TOKEN}":
                return self.reply(401, {"message": "Bad credentials"})
            if github.failures:
                return self.reply(github.failures.pop(0), {"message": "Something went wrong"})
            status, answer = github.answer(self.command, address.path, query, json.loads(data) if data else None)
            if isinstance(answer, list):
                size = min(int(query.get("per_page", 30)), github.largest_page)
                page = int(query.get("page", 1))
                more = page * size < len(answer)
                following = "&".join(f"{name}={value}" for name, value in {**query, "page": page + 1}.items())
                link = f'<{github.url}{address.path}?{following}>; rel="next"' if more else ""
                return self.reply(status, answer[(page - 1) * size : page * size], link)
            return self.reply(status, answer)

        do_GET = do_POST = do_PATCH = handle_one

        def reply(self, status: int, answer: Any, link: str = "") -> None:
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            if link:
                self.send_header("link", link)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    github.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield github
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
