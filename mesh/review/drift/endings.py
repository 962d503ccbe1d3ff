"""What is live and what the stack file accepts → what has ended, and what ends soon."""

import base64
import binascii
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from mesh.findings.certificates import certificate_authorities, gateway_certificates
from mesh.findings.context import CertificateFiles, Context
from mesh.plan import Plan
from mesh.plan.resources import PublicFile, Secret
from mesh.review.drift.changes import Change, unchanged
from mesh.review.drift.classes import Classed
from mesh.review.drift.live import Live, key

_ACCEPTANCES_WARN_BEFORE = timedelta(days=14)


def endings(plan: Plan, live: Live, stack_file: str, now: datetime) -> tuple[Classed, ...]:
    """Certificates as the clusters hold them, whatever stands in the folder of secrets; and acceptances."""
    return (*_of_certificates(plan, live, stack_file, now), *_of_acceptances(plan, now.date()))


def _of_certificates(plan: Plan, live: Live, stack_file: str, now: datetime) -> Iterator[Classed]:
    context = Context(plan, CertificateFiles(dict(_texts(plan, live)), stack_file, now))
    for finding in (*certificate_authorities.findings(context), *gateway_certificates.findings(context)):
        change = Change(finding.subject, "Certificate", "changed", (), unchanged)
        if finding.severity == "error":
            yield Classed(change, "breaks calls", breaks=(finding.text,))
        else:
            yield Classed(change, "ends soon", breaks=(finding.text,))


def _texts(plan: Plan, live: Live) -> Iterator[tuple[str, str]]:
    """By the names of the files that they were made of, the texts in live Secrets."""
    for item in plan.objects:
        texts = item.manifest.get("stringData") or {}
        found = {key(other): other for other in live.objects.get(item.cluster, ())}.get(key(item.manifest))
        for name, value in texts.items() if item.manifest["kind"] == "Secret" and found else ():
            encoded = ((found or {}).get("data") or {}).get(name)
            if isinstance(value, Secret | PublicFile) and encoded:
                yield value.file, _decoded(encoded)


def _decoded(encoded: str) -> str:
    try:
        return base64.b64decode(encoded).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _of_acceptances(plan: Plan, today: date) -> Iterator[Classed]:
    for acceptance in plan.environment.accepted:
        if acceptance.until and acceptance.until - today <= _ACCEPTANCES_WARN_BEFORE:
            ended = acceptance.until < today
            text = f"it {'ended' if ended else 'ends'} on {acceptance.until}: then mesh check fails again"
            change = Change(f"accept {acceptance.code}", "Acceptance", "changed", (), unchanged)
            yield Classed(change, "ends soon", breaks=(text,))
