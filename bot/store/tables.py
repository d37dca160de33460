"""The tables. Times are UTC seconds since 1970 (float); JSON is text."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, LargeBinary, MetaData, String, Table, Text

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
