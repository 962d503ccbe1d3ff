"""GitHub: environment variables of a job → its pull request's comment, and the issue about a stack's drift."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from mesh.code_hosts import texts
from mesh.code_hosts.api import Api, TooLong
from mesh.code_hosts.texts import Marker
from mesh.failures import Failure

LONGEST_TEXT = 65_536
_PAGE, _MOST_PAGES = 100, 500
_LONGEST_LABEL, _LONGEST_DESCRIPTION = 50, 100
_AUTHOR = "github-actions[bot]"
"""Who writes with the token of a workflow."""


@dataclass(frozen=True)
class GitHub:
    api: Api
    repository: str
    pull_request: int | None
    author: str = _AUTHOR
    """Whose comments and issues are ours: anybody may write a text with our marker."""

    def comment(self, marker: Marker, text: str, *, only_if_there: bool = False) -> str:
        """Makes the text the pull request's comment: the first of ours is edited. Says what was done."""
        if self.pull_request is None:
            raise Failure("This is no run of a pull request (GITHUB_REF). Name it: --pull-request 12")
        comments = self._pages(f"/repos/{self.repository}/issues/{self.pull_request}/comments")
        first = next((one for one in comments if self._is_ours(one, marker)), None)
        if first is None and only_if_there:
            return "there is no comment to update"
        if first is None:
            path = f"/repos/{self.repository}/issues/{self.pull_request}/comments"
            return f"commented: {self._write('POST', path, marker.put_on(text))}"
        if _same(first["body"], texts.cut(marker.put_on(text), LONGEST_TEXT)):
            return f"the comment says so already: {first['html_url']}"
        path = f"/repos/{self.repository}/issues/comments/{first['id']}"
        return f"updated: {self._write('PATCH', path, marker.put_on(text))}"

    def open_issue(self, marker: Marker, title: str, text: str) -> str:
        """Makes the text the one open issue's about the stack. Says what was done."""
        ours = self._issues(marker)
        for duplicate in ours[1:]:
            self._close(duplicate, f"The same is said in #{ours[0]['number']}.")
        body = marker.put_on(text)
        if not ours:
            self._make_label(marker)
            more = {"title": title, "labels": [_label(marker)]}
            return f"opened: {self._write('POST', f'/repos/{self.repository}/issues', body, more)}"
        if _same(ours[0]["body"], texts.cut(body, LONGEST_TEXT)) and ours[0]["title"] == title:
            return f"the issue says so already: {ours[0]['html_url']}"
        path = f"/repos/{self.repository}/issues/{ours[0]['number']}"
        return f"updated: {self._write('PATCH', path, body, {'title': title})}"

    def close_issue(self, marker: Marker, why: str) -> str:
        ours = self._issues(marker)
        for issue in ours:
            self._close(issue, why)
        return f"closed: {', '.join(issue['html_url'] for issue in ours)}" if ours else "there is no issue to close"

    def _issues(self, marker: Marker) -> list[dict[str, Any]]:
        """The open ones of ours, the oldest first."""
        path = f"/repos/{self.repository}/issues"
        listed = self._pages(path, state="open", labels=_label(marker), sort="created", direction="asc")
        return [one for one in listed if "pull_request" not in one and self._is_ours(one, marker)]

    def _close(self, issue: Mapping[str, Any], why: str) -> None:
        path = f"/repos/{self.repository}/issues/{issue['number']}"
        self.api.send("POST", f"{path}/comments", {"body": why})
        self.api.send("PATCH", path, {"state": "closed", "state_reason": "completed"})

    def _make_label(self, marker: Marker) -> None:
        """One that exists is left as it is."""
        name = _label(marker)
        known = self._pages(f"/repos/{self.repository}/labels")
        if not any(label["name"].lower() == name.lower() for label in known):
            description = f"Stack {marker.stack} is not as it is declared"[:_LONGEST_DESCRIPTION]
            content = {"name": name, "color": "d93f0b", "description": description}
            self.api.send("POST", f"/repos/{self.repository}/labels", content)

    def _write(self, method: str, path: str, body: str, more: Mapping[str, Any] | None = None) -> str:
        """Sends the text, shorter where it is refused for its length; the address of what it became."""
        for most in (LONGEST_TEXT, LONGEST_TEXT // 2, LONGEST_TEXT // 8):
            try:
                answer = self.api.send(method, path, {"body": texts.cut(body, most), **(more or {})})
                return str(answer.json()["html_url"])
            except TooLong:
                continue
        raise Failure(f"GitHub takes no text of {LONGEST_TEXT // 8:,} characters at {path}.")

    def _is_ours(self, one: Mapping[str, Any], marker: Marker) -> bool:
        return (one.get("user") or {}).get("login") == self.author and marker.stands_in(one.get("body") or "")

    def _pages(self, path: str, **parameters: str) -> Iterator[dict[str, Any]]:
        answer = self.api.get(path, per_page=_PAGE, **parameters)
        yield from answer.json()
        for _ in range(_MOST_PAGES):
            following = answer.links.get("next")
            if not following:
                return
            # Only within the host that got the token.
            if not following["url"].startswith(self.api.url):
                raise Failure(f"GitHub names a next page outside of {self.api.url}; it is not followed.")
            answer = self.api.get(following["url"])
            yield from answer.json()
        raise Failure(f"GitHub names more than {_MOST_PAGES} pages at {path}.")


def github(environment: Mapping[str, str], pull_request: int | None, author: str | None) -> GitHub:
    """Raises Failure where a variable is missing that every job of GitHub Actions has."""
    token = environment.get("GH_TOKEN") or environment.get("GITHUB_TOKEN")
    repository = environment.get("GITHUB_REPOSITORY")
    if not token or not repository:
        missing = "GH_TOKEN" if not token else "GITHUB_REPOSITORY"
        raise Failure(f"{missing} is not set. A step of GitHub Actions sets it: env: GH_TOKEN: ${{{{ github.token }}}}")
    api = Api(
        environment.get("GITHUB_API_URL", "https://api.github.com").rstrip("/"),
        "GitHub",
        {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
        "pull-requests: write for a comment, issues: write for an issue",
    )
    return GitHub(api, quote(repository), pull_request or _pull_request(environment), author or _AUTHOR)


def _pull_request(environment: Mapping[str, str]) -> int | None:
    parts = environment.get("GITHUB_REF", "").split("/")
    return int(parts[2]) if parts[:2] == ["refs", "pull"] and parts[2].isdigit() else None


def _label(marker: Marker) -> str:
    return f"{marker.kind}-{marker.stack}"[:_LONGEST_LABEL]


def _same(one: str | None, other: str) -> bool:
    """The host keeps line ends of its own, and no space at the end."""
    return (one or "").replace("\r\n", "\n").rstrip() == other.rstrip()
