"""What a program that restores a backup is told of it before its first byte, as one line of JSON."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Described:
    """Which backup it is, and what it takes."""

    name: str
    server_version: str  # the series that wrote the files is the one that can read them
    raw_bytes: int
    ended_at: str  # UTC: what was committed later is not in it
