"""Azure DevOps: variables of a job → its pull request's comment, and the work item about a stack's drift."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from mesh.code_hosts import texts
from mesh.code_hosts.api import Api, TooLong
from mesh.code_hosts.texts import Marker
from mesh.failures import Failure

LONGEST_TEXT = 150_000
_VERSION = "7.1"
_CLOSED_THREAD = "closed"
_TEXT, _SYSTEM = 1, "system"
_PATCH = "application/json-patch+json"


@dataclass(frozen=True)
class AzureDevOps:
    api: Api
    project: str
    repository: str
    pull_request: int | None
    work_item: str
    """The type of work item, such as Issue (process Basic) or Bug (Agile, Scrum)."""

    def comment(self, marker: Marker, text: str, *, only_if_there: bool = False) -> str:
        if self.pull_request is None:
            raise Failure("This is no run of a pull request. Name it: --pull-request 12")
        threads = f"/{self.project}/_apis/git/repositories/{self.repository}/pullRequests/{self.pull_request}/threads"
        body = texts.cut(marker.put_on(text), LONGEST_TEXT)
        found = self._comment(threads, marker)
        if found is None and only_if_there:
            return "there is no comment to update"
        if found is None:
            comments = [{"parentCommentId": 0, "content": body, "commentType": _TEXT}]
            # Closed: a preview is no question that somebody has to resolve.
            self._send("POST", threads, {"comments": comments, "status": _CLOSED_THREAD})
            return "commented"
        thread, present = found
        if present["content"].replace("\r\n", "\n").rstrip() == body.rstrip():
            return "the comment says so already"
        self._send("PATCH", f"{threads}/{thread}/comments/{present['id']}", {"content": body})
        return "updated"

    def open_issue(self, marker: Marker, title: str, text: str) -> str:
        numbers = self._work_items(marker)
        body = texts.cut(marker.put_on(text), LONGEST_TEXT)
        fields = [
            {"op": "add", "path": "/fields/System.Title", "value": title},
            {"op": "add", "path": "/multilineFieldsFormat/System.Description", "value": "Markdown"},
            {"op": "add", "path": "/fields/System.Description", "value": body},
        ]
        if numbers:
            self._send("PATCH", f"/{self.project}/_apis/wit/workitems/{numbers[0]}", fields, _PATCH)
            return f"updated: work item {numbers[0]}"
        fields.append({"op": "add", "path": "/fields/System.Tags", "value": _tag(marker)})
        made = self._send("POST", f"/{self.project}/_apis/wit/workitems/${quote(self.work_item)}", fields, _PATCH)
        return f"opened: work item {made['id']}"

    def close_issue(self, marker: Marker, why: str) -> str:
        numbers = self._work_items(marker)
        if not numbers:
            return "there is no work item to close"
        fields = [
            {"op": "add", "path": "/fields/System.State", "value": self._completed()},
            {"op": "add", "path": "/fields/System.History", "value": why},
        ]
        for number in numbers:
            self._send("PATCH", f"/{self.project}/_apis/wit/workitems/{number}", fields, _PATCH)
        return f"closed: work item {', '.join(map(str, numbers))}"

    def _comment(self, threads: str, marker: Marker) -> tuple[int, dict[str, Any]] | None:
        """The first comment with our marker that starts a thread and was written by the build's own identity."""
        me = self.api.get("/_apis/connectionData").json()["authenticatedUser"]["id"]
        for thread in self.api.get(threads, **{"api-version": _VERSION}).json()["value"]:
            comments = thread.get("comments") or []
            if thread.get("isDeleted") or not comments or comments[0].get("commentType") == _SYSTEM:
                continue
            if comments[0]["author"]["id"] == me and marker.stands_in(comments[0].get("content") or ""):
                return thread["id"], comments[0]
        return None

    def _work_items(self, marker: Marker) -> list[int]:
        """Those that are open, the oldest first."""
        query = (
            f"SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project "  # noqa: S608 - no database
            f"AND [System.WorkItemType] = '{_quoted(self.work_item)}' AND [System.Tags] CONTAINS '{_tag(marker)}' "
            f"AND [System.State] <> '{_quoted(self._completed())}' ORDER BY [System.Id]"
        )
        answer = self._send("POST", f"/{self.project}/_apis/wit/wiql", {"query": query})
        return [one["id"] for one in answer["workItems"]]

    def _completed(self) -> str:
        """What the process calls the state of work that is done: Done, or Closed."""
        path = f"/{self.project}/_apis/wit/workitemtypes/{quote(self.work_item)}/states"
        states = self.api.get(path, **{"api-version": _VERSION}).json()["value"]
        return str(next(state["name"] for state in states if state["category"] == "Completed"))

    def _send(self, method: str, path: str, content: Any, kind: str = "application/json") -> dict[str, Any]:
        try:
            answer = self.api.send(method, f"{path}?api-version={_VERSION}", content, **{"Content-Type": kind})
        except TooLong:
            raise Failure(f"Azure DevOps takes no text of this length at {path}.") from None
        result: dict[str, Any] = answer.json()
        return result


def azure_devops(environment: Mapping[str, str], pull_request: int | None, work_item: str) -> AzureDevOps:
    """Raises Failure where a variable is missing that a job of Azure Pipelines has, or is given."""
    for name in ("SYSTEM_ACCESSTOKEN", "SYSTEM_COLLECTIONURI", "SYSTEM_TEAMPROJECT", "BUILD_REPOSITORY_ID"):
        if not environment.get(name):
            raise Failure(
                f"{name} is not set. Azure Pipelines sets it; the token a step has to be given: "
                "env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)"
            )
    number = environment.get("SYSTEM_PULLREQUEST_PULLREQUESTID", "")
    api = Api(
        environment["SYSTEM_COLLECTIONURI"].rstrip("/"),
        "Azure DevOps",
        {"Authorization": f"Bearer {environment['SYSTEM_ACCESSTOKEN']}"},
        "Contribute to pull requests for a comment, Edit work items for a work item (of the project's build service)",
    )
    return AzureDevOps(
        api,
        quote(environment["SYSTEM_TEAMPROJECT"]),
        quote(environment["BUILD_REPOSITORY_ID"]),
        pull_request or (int(number) if number.isdigit() else None),
        work_item,
    )


def _tag(marker: Marker) -> str:
    return _quoted(f"mesh-{marker.kind}-{marker.stack}")


def _quoted(text: str) -> str:
    return text.replace("'", "''")
