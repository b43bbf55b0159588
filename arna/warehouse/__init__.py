"""Access to PostgreSQL: connections, SQL files, migrations."""
