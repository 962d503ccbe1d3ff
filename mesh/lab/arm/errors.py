"""What the simulated Resource Manager answers when it refuses: Azure's status, code and body."""

from dataclasses import dataclass


@dataclass
class Rejection(Exception):
    """A request refused as Azure refuses it; becomes `{"error": {"code", "message", "target", "details"}}`."""

    code: str
    message: str
    status: int = 400
    target: str | None = None
    retry_after: int | None = None

    def body(self) -> dict[str, object]:
        return {"error": {"code": self.code, "message": self.message, "target": self.target, "details": []}}
