"""What the service remembers: keys, sessions, jobs, their files, and which workers are alive.

`database.Database` opens SQLite or PostgreSQL; `tables` says what is stored; one module for each thing has its
queries and nothing else touches the tables. A change of `tables` needs a migration (see ``migrations/``).
"""
