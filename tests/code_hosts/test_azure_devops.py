"""`mesh ci` against a stand-in of Azure DevOps's API: one thread of a pull request and one work item a stack."""

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from mesh.code_hosts import api
from mesh.commands.cli import app

TOKEN = "ado_canary1234567890"
ME, SOMEBODY = "11111111", "22222222"
MARKER = "<!-- mesh-preview:hybrid-mesh/prod -->"
THREADS = "/shop/_apis/git/repositories/r1/pullRequests/7/threads"
VARIABLES = {
    "TF_BUILD": "True",
    "SYSTEM_ACCESSTOKEN": TOKEN,
    "SYSTEM_COLLECTIONURI": "https://dev.example/org/",
    "SYSTEM_TEAMPROJECT": "shop",
    "BUILD_REPOSITORY_ID": "r1",
    "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
}


class AzureDevOps:
    """Comments and work items, as the API keeps them."""

    def __init__(self) -> None:
        self.threads: list[dict[str, Any]] = []
        self.work_items: list[dict[str, Any]] = []
        self.writes: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401, json={"message": "TF400813: The user is not authorized"})
        path = request.url.path.removeprefix("/org")
        sent = json.loads(request.content) if request.content else None
        reads = request.method == "GET" or path.endswith("/wiql")
        if not reads:
            self.writes.append(f"{request.method} {path}")
            assert request.url.params["api-version"] == "7.1"
        if "workitems" in path and not reads:
            assert request.headers["content-type"] == "application/json-patch+json"
        return httpx.Response(200, json=self.answer(request.method, path, sent))

    def answer(self, method: str, path: str, sent: Any) -> Any:
        if path == "/_apis/connectionData":
            return {"authenticatedUser": {"id": ME}}
        if path.endswith("/workitemtypes/Issue/states"):
            return {"value": [{"name": "To Do", "category": "Proposed"}, {"name": "Done", "category": "Completed"}]}
        if path.endswith("/wiql"):
            assert "[System.Tags] CONTAINS 'mesh-drift-prod'" in sent["query"]
            return {"workItems": [{"id": one["id"]} for one in self.work_items if one["System.State"] != "Done"]}
        if path == THREADS and method == "GET":
            return {"value": self.threads}
        if path == THREADS:
            return self.say(sent["comments"][0]["content"])
        if path.startswith(THREADS):
            _, thread, _, comment = path.removeprefix(THREADS).split("/")
            self.threads[int(thread) - 1]["comments"][int(comment) - 1].update(sent)
            return {}
        fields = {change["path"].removeprefix("/fields/"): change["value"] for change in sent}
        if method == "POST":
            self.work_items.append({"id": len(self.work_items) + 1, "System.State": "To Do", **fields})
        else:
            self.work_items[int(path.rpartition("/")[2]) - 1].update(fields)
        return {"id": len(self.work_items)}

    def say(self, content: str, author: str = ME) -> dict[str, Any]:
        comment = {"id": 1, "content": content, "author": {"id": author}, "commentType": "text"}
        self.threads.append({"id": len(self.threads) + 1, "comments": [comment]})
        return self.threads[-1]

    @property
    def contents(self) -> list[str]:
        return [thread["comments"][0]["content"] for thread in self.threads]


@pytest.fixture
def azure_devops(monkeypatch: pytest.MonkeyPatch) -> AzureDevOps:
    server = AzureDevOps()
    client = httpx.Client
    monkeypatch.setattr(api.httpx, "Client", lambda **_: client(transport=httpx.MockTransport(server)))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    return server


def ci(*arguments: str, text: str | None = None) -> Result:
    result = CliRunner().invoke(app, ["ci", *arguments], input=text)
    assert TOKEN not in result.output
    return result


def test_a_preview_comments_once_and_then_edits(azure_devops: AzureDevOps):
    azure_devops.say(f"{MARKER}\nforged", author=SOMEBODY)

    first = ci("comment", "-s", "prod", "-", text="first")
    second = ci("comment", "-s", "prod", "-", text="second")
    third = ci("comment", "-s", "prod", "-", text="second")

    assert [done.output for done in (first, second, third)] == [
        "prod: commented\n",
        "prod: updated\n",
        "prod: the comment says so already\n",
    ]
    assert azure_devops.contents == [f"{MARKER}\nforged", f"{MARKER}\nsecond"]
    assert azure_devops.writes == [f"POST {THREADS}", f"PATCH {THREADS}/2/comments/1"]


def test_a_stack_that_is_not_touched_any_more(azure_devops: AzureDevOps):
    assert ci("comment", "-s", "prod", "--untouched").output == "prod: there is no comment to update\n"
    azure_devops.say(f"{MARKER}\nwidens access")

    ci("comment", "-s", "prod", "--untouched")

    assert "does not touch stack `prod` any more" in azure_devops.contents[0]


def test_too_long_a_text_is_cut(azure_devops: AzureDevOps):
    ci("comment", "-s", "prod", "-", text="a line\n" * 40_000)

    assert 140_000 < len(azure_devops.contents[0]) <= 150_000


def test_the_work_item_of_a_stack_opens_changes_and_closes(azure_devops: AzureDevOps):
    outputs = [
        ci("issue", "-s", "prod", "-", text="one").output,
        ci("issue", "-s", "prod", "-", text="two").output,
        ci("issue", "-s", "prod", "--none").output,
        ci("issue", "-s", "prod", "--none").output,
    ]

    assert outputs == [
        "prod: opened: work item 1\n",
        "prod: updated: work item 1\n",
        "prod: closed: work item 1\n",
        "prod: there is no work item to close\n",
    ]
    (item,) = azure_devops.work_items
    assert item["System.Title"] == "Drift in stack prod"
    assert item["System.Description"] == "<!-- mesh-drift:hybrid-mesh/prod -->\ntwo"
    assert item["System.State"] == "Done"
    assert item["System.Tags"] == "mesh-drift-prod"


def test_a_wrong_token_is_said_and_not_repeated(azure_devops: AzureDevOps, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SYSTEM_ACCESSTOKEN", "ado_wrongcanary")

    result = ci("comment", "-s", "prod", "-", text="text")

    assert result.exit_code == 3
    assert "401 TF400813" in result.output
    assert "Contribute to pull requests" in result.output
    assert "ado_wrongcanary" not in result.output
