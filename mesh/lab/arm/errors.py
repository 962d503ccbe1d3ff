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
    details: tuple[tuple[str, str], ...] = ()
    """Code and message of each detail, where the message alone does not say what is wrong."""

    def body(self) -> dict[str, object]:
        details = [{"code": code, "message": message} for code, message in self.details]
        return {"error": {"code": self.code, "message": self.message, "target": self.target, "details": details}}
