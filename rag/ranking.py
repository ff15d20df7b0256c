"""Learned ranking of what search found.  (The model behind it is made by ``training/ranker.py``.)"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that search found, as ranking sees it. ``question`` is the text of all its questions (empty for plain
    text), ``body`` the answer or the text. ``lexical`` and ``dense`` are the scores of its best window."""

    passage_id: str
    title: str
    question: str
    body: str
    lexical: float
    dense: float
    fused: float
