"""What a sender reads about a request, on the page and by the API."""

from __future__ import annotations

from webapp.removal.store import ACCEPTED, OPEN, RemovalRequest

__all__ = ["says", "what_is_asked"]


def what_is_asked(contact: str) -> str:
    """What the operator will ask of the sender of a request."""
    return (
        f"{contact} decides on it, will write to your address, and will ask you to show that the "
        "code is yours: for example by a commit or a file in the repository that names the "
        "reference of your request, or by a message from the address in its commits or on the "
        "page of the package."
    )


def says(request: RemovalRequest, contact: str) -> str:
    """The state of a request as a sentence."""
    if request.state == OPEN:
        return f"Received on {request.made[:10]}. {contact} has not decided yet."
    day = (request.decided or "")[:10]
    reason = f" {request.reason}" if request.reason else ""
    if request.state == ACCEPTED:
        return f"Accepted on {day}: removed from all answers, and not indexed again.{reason}"
    return f"Declined on {day}.{reason}"
