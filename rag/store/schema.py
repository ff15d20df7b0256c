"""The tables of ``documents.sqlite``."""

from __future__ import annotations

FORMAT = 12  # goes up with every change to the tables or files of an index
WINDOW_BITS = 11  # a unit is its passage's number, shifted so far, and the number of the window
MOST_WINDOWS = (1 << WINDOW_BITS) - 1  # of a passage

TABLES = """
CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,       -- as people see it: relative to the indexed folder
    location TEXT NOT NULL UNIQUE,   -- where the file is on this machine
    fingerprint TEXT NOT NULL,       -- of its bytes
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,       -- nanoseconds
    copy INTEGER NOT NULL,           -- 1: another document has the same bytes and comes first
    collection TEXT NOT NULL,        -- see rag/indexing/collections.py; empty: none
    closed INTEGER NOT NULL,         -- 1: "besloten", shown only when asked for at start-up
    first_seen TEXT NOT NULL,        -- ISO 8601, UTC: when the document came into the index
    replaced TEXT,                   -- ISO 8601, UTC: when a changed version last took the place of an older one
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    date TEXT,                       -- the date filters look at: answered or published, else asked
    info TEXT NOT NULL               -- DocumentInfo as JSON
);
CREATE INDEX closed_documents ON documents (id) WHERE closed;
CREATE TABLE contents (document INTEGER PRIMARY KEY, text BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE people (document INTEGER NOT NULL, role TEXT NOT NULL, name TEXT NOT NULL, party TEXT);
CREATE INDEX people_by_name ON people (name);
CREATE INDEX people_by_document ON people (document);
CREATE TABLE numbers (               -- the numbers that a document has and names: see links.py
    document INTEGER NOT NULL,
    number TEXT NOT NULL,            -- in the one form that all forms of it share
    written TEXT NOT NULL,
    own INTEGER NOT NULL             -- 1: its own
);
CREATE INDEX numbers_by_number ON numbers (number);
CREATE INDEX numbers_by_document ON numbers (document);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY,
    passage_id TEXT NOT NULL,        -- see PASSAGE_IDS
    document INTEGER NOT NULL,
    kind TEXT NOT NULL,
    start INTEGER NOT NULL,
    question TEXT NOT NULL,          -- the text of its questions
    body TEXT,                       -- its answer, or its text; none: the piece of the document that it is
    notes TEXT NOT NULL,             -- the text of its footnotes
    passage TEXT NOT NULL            -- Passage as JSON, its text left out where that equals body
);
CREATE INDEX passages_by_document ON passages (document, start);
CREATE TABLE hashes (                -- of the passages of a document, but those too short to be a duplicate
    document INTEGER PRIMARY KEY,
    numbers BLOB NOT NULL,           -- of passages, and the unit that each begins with: whole numbers of 64 bits
    minhashes BLOB NOT NULL          -- see duplicates.py
);
CREATE TABLE abbreviations (document INTEGER NOT NULL, short TEXT NOT NULL, long TEXT NOT NULL);
CREATE INDEX abbreviations_by_document ON abbreviations (document);
CREATE TABLE duplicates (passage_id TEXT PRIMARY KEY, cluster TEXT NOT NULL, place INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX duplicates_by_cluster ON duplicates (cluster, place);
CREATE TABLE words (                 -- see rag/spelling.py
    word TEXT PRIMARY KEY,
    documents INTEGER NOT NULL,      -- how many hold it
    closed INTEGER NOT NULL          -- how many of these are closed
) WITHOUT ROWID;
CREATE TABLE failures (
    location TEXT PRIMARY KEY,
    path TEXT NOT NULL,
    reason TEXT NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    closed INTEGER NOT NULL
);
CREATE TABLE skipped (path TEXT NOT NULL, reason TEXT NOT NULL, closed INTEGER NOT NULL); -- seen, and not for reading
"""
# Made once all passages of a first build are there: in order, which takes a third of the time of one by one.
PASSAGE_IDS = "CREATE UNIQUE INDEX IF NOT EXISTS passages_by_id ON passages (passage_id)"
