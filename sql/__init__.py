"""Every SQL statement that the warehouse runs, as package data; README.md has the rules."""
