"""Functions written for the demo model, which are in no corpus.

When the model generates one of them, no source is found. They are ordinary code that can be linted
and called; the model learns their text.
"""

from __future__ import annotations

__all__ = ["brew_tea", "moon_garden_schedule", "tidy_shelf"]


def brew_tea(leaves: str, cups: int, altitude: float = 0.0) -> str:
    """Say how to brew tea for some cups at an altitude in metres."""
    boiling = 100.0 - altitude / 300.0
    wanted = {"green": 78.0, "oolong": 88.0, "black": 97.0}.get(leaves, 92.0)
    degrees = min(wanted, boiling)
    minutes = 2.5 + max(wanted - boiling, 0.0) / 4.0
    grams = round(2.2 * cups, 1)
    if leaves == "green" and minutes > 3.0:
        return f"{leaves} tea turns bitter up here: take water off the fire and wait"
    return f"{grams} g of {leaves} tea, {cups} cups at {degrees:.0f} degrees, {minutes:.1f} minutes"


def tidy_shelf(books: dict[str, float], width: float) -> list[list[str]]:
    """Put books, given with their thickness, on as few shelves of a width as come out."""
    shelves: list[list[str]] = []
    room: list[float] = []
    thickest_first = sorted(books, key=lambda title: (-books[title], title))
    for title in thickest_first:
        thickness = books[title]
        if thickness > width:
            raise ValueError(f"{title} is {thickness} thick, a shelf is {width} wide")
        fitting = [i for i, free in enumerate(room) if free >= thickness]
        if fitting:
            snug = min(fitting, key=lambda i: room[i])
            shelves[snug].append(title)
            room[snug] -= thickness
        else:
            shelves.append([title])
            room.append(width - thickness)
    return shelves


def moon_garden_schedule(beds: list[str], age_of_moon: int) -> dict[str, str]:
    """Assign each garden bed its chore by the age of the moon in days, as grandmothers do."""
    waxing = age_of_moon < 15
    chores = ["sow", "water", "graft"] if waxing else ["weed", "prune", "dig"]
    schedule = {}
    for number, bed in enumerate(beds):
        chore = chores[(number + age_of_moon) % len(chores)]
        if bed.startswith("fallow") and chore in ("sow", "water"):
            chore = "rest"
        schedule[bed] = chore
    return schedule
