"""The lab's parts, brought from where they are published to the lab's folder; each is skipped when it is there."""
