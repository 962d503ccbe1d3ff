"""`mesh ci` against a stand-in of GitHub's API: one comment a stack, one issue a stack, each kept up to date."""

from collections.abc import Iterator
from pathlib import Path

import github_stand_in
import pytest
from github_stand_in import GitHub
from typer.testing import CliRunner, Result

from mesh.code_hosts import api
from mesh.commands.cli import app

MARKER = "<!-- mesh-preview:hybrid-mesh/prod -->"
DRIFT = "<!-- mesh-drift:hybrid-mesh/prod -->"


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    monkeypatch.setattr(api, "_SECONDS_BEFORE_RETRY", 0.01)
    with github_stand_in.running() as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("GITHUB_TOKEN", raising=False)
        yield running


def ci(*arguments: str, text: str | None = None) -> Result:
    result = CliRunner().invoke(app, ["ci", *arguments], input=text)
    assert github_stand_in.TOKEN not in result.output
    assert "Traceback" not in result.output
    return result


def bodies(github: GitHub, number: int = 7) -> list[str]:
    return [comment["body"] for comment in github.comments[number]]


def test_a_first_preview_comments(github: GitHub):
    result = ci("comment", "-s", "prod", "-", text=f"{MARKER}\n3 calls new")

    assert result.exit_code == 0, result.output
    assert bodies(github) == [f"{MARKER}\n3 calls new"]
    assert result.output == f"prod: commented: {github.url}/c/7001\n"


def test_a_text_without_a_marker_gets_one(github: GitHub, tmp_path: Path):
    (tmp_path / "preview.md").write_text("The preview failed.")

    ci("comment", "-s", "prod", str(tmp_path / "preview.md"))

    assert bodies(github) == [f"{MARKER}\nThe preview failed."]


def test_a_later_preview_edits_the_first_comment_also_on_the_third_page(github: GitHub):
    github.largest_page = 5
    for number in range(12):
        github.say(7, f"Looks good {number}", login="anna")
    github.say(7, f"{MARKER}\nold")
    github.say(7, f"{MARKER}\na second one, of a race")

    result = ci("comment", "-s", "prod", "-", text=f"{MARKER}\nnew")

    assert bodies(github)[12:] == [f"{MARKER}\nnew", f"{MARKER}\na second one, of a race"]
    assert github.writes == ["PATCH /repos/shop/mesh/issues/comments/7013"]
    assert "updated" in result.output


def test_each_stack_has_a_comment_of_its_own(github: GitHub):
    ci("comment", "-s", "dev", "-", text="dev")
    ci("comment", "-s", "prod", "-", text="prod")

    assert bodies(github) == ["<!-- mesh-preview:hybrid-mesh/dev -->\ndev", f"{MARKER}\nprod"]


def test_a_comment_that_says_so_already_is_not_written_again(github: GitHub):
    github.say(7, f"{MARKER}\r\nthe same\r\n")

    result = ci("comment", "-s", "prod", "-", text=f"{MARKER}\nthe same")

    assert github.writes == []
    assert "says so already" in result.output


@pytest.mark.parametrize(
    ("body", "login"),
    [(f"{MARKER}\nforged", "mallory"), (f"> {MARKER}\nquoted", github_stand_in.BOT)],
    ids=["somebody else's", "a quotation"],
)
def test_only_comments_of_ours_are_edited(github: GitHub, body: str, login: str):
    github.say(7, body, login)

    ci("comment", "-s", "prod", "-", text="mine")

    assert bodies(github) == [body, f"{MARKER}\nmine"]


def test_a_push_that_takes_the_change_back_updates_the_comment(github: GitHub):
    github.say(7, f"{MARKER}\nwidens access")

    ci("comment", "-s", "prod", "--untouched")

    assert bodies(github) == [
        f"{MARKER}\n### Stack prod: no change\n\nThis pull request does not touch stack `prod` any more.\n"
    ]


def test_a_stack_that_never_was_touched_gets_no_comment(github: GitHub):
    result = ci("comment", "-s", "prod", "--untouched")

    assert result.exit_code == 0
    assert github.writes == []


def test_too_long_a_text_is_cut_on_whole_lines_and_its_code_is_closed(github: GitHub):
    lines = "\n".join(f"| call {number} | opens |" for number in range(9000))

    result = ci("comment", "-s", "prod", "-", text=f"{MARKER}\n<details><summary>all</summary>\n\n~~~\n{lines}")

    assert result.exit_code == 0, result.output
    (body,) = bodies(github)
    assert 60_000 < len(body) <= 65_536
    kept = [line for line in body.splitlines() if line.startswith("| call ")]
    assert kept[-1] == f"| call {len(kept) - 1} | opens |", "whole lines"
    assert body.endswith(
        f"~~~\n</details>\n\n… {9000 - len(kept):,} more lines are left out: this host takes no longer text. "
        "The job's page has all of it.\n"
    )


def test_a_host_that_takes_even_less_gets_less(github: GitHub):
    github.longest_body = 40_000

    result = ci("comment", "-s", "prod", "-", text="line\n" * 20_000)

    assert result.exit_code == 0, result.output
    assert 30_000 < len(bodies(github)[0]) <= 40_000


def test_the_token_of_a_forks_pull_request_may_not_write_and_that_is_said(github: GitHub):
    github.read_only = True

    result = ci("comment", "-s", "prod", "-", text="text")

    assert result.exit_code == 3
    assert "403 Resource not accessible by integration" in result.output
    assert "pull-requests: write" in result.output


def test_a_wrong_token_is_not_repeated(github: GitHub, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GH_TOKEN", "ghs_wrongcanary")

    result = ci("comment", "-s", "prod", "-", text="text")

    assert result.exit_code == 3
    assert "401 Bad credentials" in result.output
    assert "ghs_wrongcanary" not in result.output


def test_a_server_that_stumbles_while_we_read_is_asked_again(github: GitHub):
    github.failures = [502, 429]

    assert ci("comment", "-s", "prod", "-", text="text").exit_code == 0
    assert len(bodies(github)) == 1


def test_a_next_page_on_another_host_is_not_followed(github: GitHub, monkeypatch: pytest.MonkeyPatch):
    github.largest_page = 1
    github.say(7, "one", "anna")
    github.say(7, "two", "anna")
    monkeypatch.setenv("GITHUB_API_URL", github.url.replace("127.0.0.1", "localhost"))

    result = ci("comment", "-s", "prod", "-", text="text")

    assert result.exit_code == 3
    assert "it is not followed" in result.output


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("GH_TOKEN", "GH_TOKEN is not set"),
        ("GITHUB_REPOSITORY", "GITHUB_REPOSITORY is not set"),
        ("GITHUB_REF", "This is no run of a pull request"),
        ("GITHUB_ACTIONS", "This is neither a job of GitHub Actions"),
    ],
)
def test_what_a_job_has_to_set_is_named(github: GitHub, monkeypatch: pytest.MonkeyPatch, missing: str, said: str):
    monkeypatch.delenv(missing)
    monkeypatch.delenv("TF_BUILD", raising=False)

    result = ci("comment", "-s", "prod", "-", text="text")

    assert result.exit_code == 3
    assert said in result.output


@pytest.mark.parametrize("arguments", [(), ("-", "--untouched")])
def test_a_comment_needs_one_text(github: GitHub, arguments: tuple[str, ...]):
    assert ci("comment", "-s", "prod", *arguments, text="text").exit_code == 2


def test_an_empty_text_is_a_step_that_failed(github: GitHub):
    result = ci("comment", "-s", "prod", "-", text="\n")

    assert result.exit_code == 3
    assert github.writes == []


def test_the_issue_of_a_stack_opens_changes_and_closes(github: GitHub):
    opened = ci("issue", "-s", "prod", "-", text="1 widens access")
    again = ci("issue", "-s", "prod", "-", text="1 widens access")
    changed = ci("issue", "-s", "prod", "-", text="2 widen access")
    closed = ci("issue", "-s", "prod", "--none")
    nothing = ci("issue", "-s", "prod", "--none")

    assert [done.exit_code for done in (opened, again, changed, closed, nothing)] == [0, 0, 0, 0, 0]
    (issue,) = github.issues
    assert (issue["title"], issue["state"]) == ("Drift in stack prod", "closed")
    assert issue["body"] == f"{DRIFT}\n2 widen access"
    assert issue["labels"] == ["drift-prod"]
    assert bodies(github, 1) == ["Stack prod is again as it is declared."]
    assert "says so already" in again.output
    assert "there is no issue to close" in nothing.output
    assert github.writes == [
        "POST /repos/shop/mesh/labels",
        "POST /repos/shop/mesh/issues",
        "PATCH /repos/shop/mesh/issues/1",
        "POST /repos/shop/mesh/issues/1/comments",
        "PATCH /repos/shop/mesh/issues/1",
    ]


def test_drift_after_a_closed_issue_opens_another(github: GitHub):
    ci("issue", "-s", "prod", "-", text="first")
    ci("issue", "-s", "prod", "--none")
    ci("issue", "-s", "prod", "-", text="second")

    assert [issue["state"] for issue in github.issues] == ["closed", "open"]
    assert len(github.labels) == 1


def test_of_two_issues_of_a_race_the_older_stays(github: GitHub):
    for number in (1, 2):
        github.issues.append({
            "number": number, "state": "open", "title": "Drift in stack prod", "body": f"{DRIFT}\nold",
            "labels": ["drift-prod"], "user": {"login": github_stand_in.BOT}, "html_url": "",
        })  # fmt: skip

    ci("issue", "-s", "prod", "-", text="new")

    assert [(issue["state"], issue["body"]) for issue in github.issues] == [
        ("open", f"{DRIFT}\nnew"),
        ("closed", f"{DRIFT}\nold"),
    ]
    assert bodies(github, 2) == ["The same is said in #1."]


def test_an_issue_of_somebody_else_is_left_alone(github: GitHub):
    github.issues.append({
        "number": 1, "state": "open", "title": "theirs", "body": DRIFT, "labels": ["drift-prod"],
        "user": {"login": "mallory"}, "html_url": "",
    })  # fmt: skip

    ci("issue", "-s", "prod", "--none")

    assert github.issues[0]["state"] == "open"
