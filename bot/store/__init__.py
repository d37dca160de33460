"""What is kept: SQLite by default, one file, through SQLAlchemy; the schema moves by Alembic migrations."""
