"""GitHub and Azure DevOps: the comment of a pull request, the issue about drift. One each, kept up to date."""
