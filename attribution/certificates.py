"""Whether a connection failed because of the server's certificate: then trying again is useless."""

from __future__ import annotations

import ssl

__all__ = ["is_certificate"]


def is_certificate(exc: BaseException | None) -> bool:
    """Whether an error, or what it came from, is about a certificate that is not trusted."""
    while exc is not None:
        if isinstance(exc, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(exc):
            return True
        exc = exc.__cause__ or exc.__context__
    return False
