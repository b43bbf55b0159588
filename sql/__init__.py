"""Every statement the warehouse runs, as files; see ``README.md`` in this folder for its rules."""
