"""The tables. Times are UTC seconds since 1970 (float); JSON is text."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("state", Text, nullable=False),
    Column("expires", Float, nullable=False, index=True),
)

delivered = Table(
    "delivered",
    metadata,
    Column("update_id", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False, index=True),
)

versions = Table(
    "versions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("created", Float, nullable=False, index=True),
    Column("parent", String(40), nullable=False),
    Column("by", String(80), nullable=False),
    Column("note", Text, nullable=False),
    Column("head", String(10), nullable=False),
    Column("features_version", String(40), nullable=False),
    Column("facts", Text, nullable=False),  # scores, types, ids and labels of the samples: JSON
    Column("meta", LargeBinary, nullable=True),  # the model file; absent where the arrays were let go
    Column("arrays", LargeBinary, nullable=True),
)

facts = Table(
    "facts",
    metadata,
    Column("name", String(40), primary_key=True),  # "active": the live version; "progress": 0..1
    Column("value", Text, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("holder", String(120), nullable=False),
    Column("expires", Float, nullable=False),
)

samples = Table(
    "samples",
    metadata,
    Column("id", String(64), primary_key=True),  # fingerprint of the text
    Column("text", Text, nullable=False),  # masked
    Column("type", String(40), nullable=False, index=True),
    Column("state", String(10), nullable=False, index=True),  # active | held | deleted
    Column("source", String(200), nullable=False, index=True),  # the upload it came with
    Column("by", String(80), nullable=False, index=True),
    Column("added", Float, nullable=False, index=True),
    Column("note", Text, nullable=False),  # masked
    Column("version", Integer, nullable=False),  # one more with each change: two officers never overwrite
    Column("changed", Float, nullable=False),
    Column("plain", Text, nullable=False),  # letters and digits of the normalised text, for near duplicates
    Column("replaces", String(64), nullable=False),  # the shipped example that this sample contradicts
    Index("ix_samples_type_added", "type", "added"),
    Index("ix_samples_state_added", "state", "added"),
    Index("ix_samples_state_type", "state", "type"),
)

types = Table(
    "types",
    metadata,
    Column("id", String(40), primary_key=True),  # a type that officers made, or a shipped one with own words
    Column("name", String(80), nullable=False),
    Column("card", Text, nullable=False),  # JSON: the fields of the card that are the station's own
    Column("by", String(80), nullable=False),
    Column("added", Float, nullable=False),
    Column("state", String(10), nullable=False),  # active | held (rolled back)
    Column("version", Integer, nullable=False),
    Column("changed", Float, nullable=False),
)

card_drafts = Table(
    "card_drafts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("type", String(40), nullable=False, index=True),
    Column("card", Text, nullable=False),  # JSON, as in types
    Column("state", String(10), nullable=False, index=True),  # draft | approved | dropped
    Column("note", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("created", Float, nullable=False),
    Column("changed", Float, nullable=False),
    Column("approved_by", String(80), nullable=False),
    Column("published", String(40), nullable=False),  # the version that it went live with
    Column("version", Integer, nullable=False),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(80), nullable=False),  # of the file, fit to be shown
    Column("state", String(10), nullable=False, index=True),  # asking | open | published | discarded
    Column("default_type", String(40), nullable=False),
    Column("types", Text, nullable=False),  # JSON: the new types that it brings, id -> card fields
    Column("lines", Text, nullable=False),  # JSON: the masked table while a question is open
    Column("questions", Text, nullable=False),  # JSON
    Column("notices", Text, nullable=False),  # JSON
    Column("asked_by", String(80), nullable=False),  # who asked a chief to publish it
    Column("by", String(80), nullable=False),
    Column("created", Float, nullable=False, index=True),
    Column("changed", Float, nullable=False),
    Column("version", Integer, nullable=False),
)

draft_rows = Table(
    "draft_rows",
    metadata,
    Column("draft", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),  # masked
    Column("type", String(40), nullable=False),
    Column("note", Text, nullable=False),  # masked
    Column("status", String(10), nullable=False),  # new | duplicate | conflict | flagged | refused
    Column("reason", Text, nullable=False),
    Column("masks", Integer, nullable=False),
    Column("decision", String(10), nullable=False),  # keep | drop
    Column("fingerprint", String(64), nullable=False),
    Column("other", String(64), nullable=False),  # fingerprint of the text that it repeats or contradicts
    Column("other_type", String(40), nullable=False),
    Column("likeness", Float, nullable=False),  # to that text, or to ordinary talk where flagged
    Column("version", Integer, nullable=False),
)

candidates = Table(
    "candidates",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("draft", String(40), nullable=False, index=True),  # empty: the accepted samples alone
    Column("state", String(10), nullable=False, index=True),  # fitting | ready | refused | failed | published
    Column("progress", Float, nullable=False),
    Column("step", Text, nullable=False),  # what is being done, or what went wrong: Chinese
    Column("by", String(80), nullable=False),
    Column("created", Float, nullable=False, index=True),
    Column("heartbeat", Float, nullable=False),
    Column("worker", String(120), nullable=False),  # host:process
    Column("parent", String(40), nullable=False),  # the live version that it was compared with
    Column("stamp", String(64), nullable=False),  # of the samples, types and rows that it was made from
    Column("result", Text, nullable=False),  # JSON
    Column("published", String(40), nullable=False),  # the version that it became
    Column("meta", LargeBinary, nullable=True),  # the model file, while it may be published
    Column("arrays", LargeBinary, nullable=True),
)

evaluation_sets = Table(
    "evaluation_sets",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("first_used", Float, nullable=False),
    Column("hashes", Text, nullable=False),  # JSON: SHA-256 of each held-out text
)

judgements = Table(
    "judgements",
    metadata,
    Column("model", String(80), primary_key=True),  # version and encoder
    Column("verdicts", LargeBinary, nullable=False),  # zlib JSON: text hash -> what that model says of it
)

log = Table(
    "log",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("by", String(80), nullable=False),
    Column("act", String(40), nullable=False),
    Column("details", Text, nullable=False),  # JSON: ids and hashes, never sample text
    Column("hash", String(64), nullable=False),  # over this row and the hash before it
)

officers = Table(
    "officers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(40), nullable=False, unique=True),
    Column("role", String(10), nullable=False),  # officer | chief
    Column("locked", Boolean, nullable=False),
    Column("passphrase", String(200), nullable=False),  # argon2 hash with its parameters
    Column("telegram", BigInteger, nullable=True, unique=True),
    Column("created", Float, nullable=False),
    Column("last_seen", Float, nullable=False),  # 0: never
)

invitations = Table(
    "invitations",
    metadata,
    Column("code", String(64), primary_key=True),  # SHA-256 of the one-time code
    Column("purpose", String(10), nullable=False),  # first | join | reset | telegram
    Column("role", String(10), nullable=False),  # of the officer to come; empty for the other purposes
    Column("officer", String(32), ForeignKey("officers.id", ondelete="CASCADE"), nullable=True),
    Column("by", String(80), nullable=False),
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False, index=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token", String(64), primary_key=True),  # SHA-256 of the cookie's token
    Column("officer", String(32), ForeignKey("officers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created", Float, nullable=False),
    Column("seen", Float, nullable=False),
    Column("expires", Float, nullable=False, index=True),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(80), nullable=False, index=True),  # whose attempt: a hash of account or address
    Column("at", Float, nullable=False, index=True),
)

tallies = Table(
    "tallies",
    metadata,
    Column("day", String(10), primary_key=True),  # YYYY-MM-DD, local time
    Column("kind", String(10), primary_key=True),  # a level | talk | button
    Column("name", String(40), primary_key=True),  # the type, or the button's payload
    Column("count", Integer, nullable=False),
)

handed = Table(
    "handed",
    metadata,
    Column("id", String(64), primary_key=True),  # hash of conversation and text: a text comes once
    Column("conversation", String(64), nullable=False, index=True),  # hashed
    Column("key", String(20), nullable=False),  # of the text, as the buttons name it
    Column("text", Text, nullable=False),  # masked; empty once nobody needs it any more
    Column("type", String(40), nullable=False),
    Column("level", String(10), nullable=False),
    Column("probability", Float, nullable=False),
    Column("cues", Text, nullable=False),  # JSON: [[start, end]] in code points of the text
    Column("paid", Boolean, nullable=False),
    Column("happening", Boolean, nullable=False),
    Column("claim", String(40), nullable=False),  # what the person says it is: type, benign or empty
    Column("lang", String(10), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("at", Float, nullable=False, index=True),
    Column("state", String(10), nullable=False, index=True),  # waiting | withdrawn | scam | benign | unclear
    Column("ruled_type", String(40), nullable=False),
    Column("by", String(80), nullable=False),  # the officer who ruled
    Column("ruled_at", Float, nullable=True),
    Column("told", String(10), nullable=False),  # empty: did not ask | wanted | done
    Column("reach", String(80), nullable=False),  # where to tell; kept only until it is told
)
