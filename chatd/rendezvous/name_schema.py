"""The tables of the file of names, and how each form of them became the next."""

from sqlite3 import Connection

UPGRADES = (
    """
    CREATE TABLE owners (key BLOB PRIMARY KEY, first REAL NOT NULL, seen REAL NOT NULL)
        WITHOUT ROWID;
    CREATE TABLE names (name TEXT PRIMARY KEY, key BLOB NOT NULL REFERENCES owners) WITHOUT ROWID;
    CREATE TABLE bans (what TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE INDEX names_of_owners ON names (key)
    """,
    # Before there was a time of its own, what was written last says how far it had come.
    """
    CREATE TABLE passed (only INTEGER PRIMARY KEY CHECK (only = 1), seen REAL NOT NULL,
        wall REAL NOT NULL);
    INSERT INTO passed SELECT 1, max(seen), max(seen) FROM owners GROUP BY 1 = 1
    """,
    # `seen` is a day from here on, as `directory.day_of` has it: moments said who left with whom.
    """
    CREATE TABLE held (name TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
    UPDATE owners SET seen = CASE
        WHEN seen - first < 86400
        THEN min((CAST(seen / 86400 AS INTEGER) + 1) * 86400.0, first + 86399)
        ELSE (CAST(seen / 86400 AS INTEGER) + 1) * 86400.0 END
    """,
    "CREATE TABLE allowed (key TEXT PRIMARY KEY) WITHOUT ROWID",
    # All about a name in one row: to bind one changes one page.
    """
    CREATE TABLE bound (name TEXT PRIMARY KEY, key BLOB NOT NULL, first REAL NOT NULL,
        seen REAL NOT NULL) WITHOUT ROWID;
    INSERT INTO bound SELECT name, key, first, seen FROM names JOIN owners USING (key);
    DROP TABLE names;
    DROP TABLE owners;
    ALTER TABLE bound RENAME TO names
    """,
)
"""The first one makes an empty file one of form 1, the next one that of form 2, and so on: a new
file goes the whole way, so that there is one way only. Never change one that was released."""

FORM = len(UPGRADES)
"""The form of today; a file has the number of its form in `user_version`."""


def form_of(connection: Connection) -> int:
    """The form of a file; 0 if nothing is in it."""
    (form,) = connection.execute("PRAGMA user_version").fetchone()
    return int(form)


def upgrade(connection: Connection) -> None:
    """Bring a file to today's form, inside the transaction of the caller."""
    for script in UPGRADES[form_of(connection) :]:
        for statement in script.split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {FORM}")
