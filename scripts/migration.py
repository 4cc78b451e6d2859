"""Write the next step of the schema, `python scripts/migration.py title`: what the models have and the steps lack.

The title names the file. Read what was written: a projection is better made anew (`rebuild`) than altered.
"""

import sys
import tempfile

from alembic import command

from fieldsync import bare_app, db, schema


def main(title: str) -> None:
    """Take all steps on an empty database, and let Alembic write down what is missing then."""
    with tempfile.TemporaryDirectory() as folder, bare_app(folder, DATABASE_URL="").app_context():
        with db.writing("journal") as connection:
            schema.take_steps(connection, "")
            number = f"{int(schema.newest()) + 1:04}"
            command.revision(schema.alembic(connection), title, autogenerate=True, rev_id=number)
        db.db.engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
