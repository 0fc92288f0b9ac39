"""Databases the views can be in: one adapter each, so that every test runs on both."""

import contextlib
import sqlite3

import psycopg

from registry.projections.postgres import PostgresViews
from registry.projections.sqlite import SQLiteViews
from registry.projections.tables import TABLES, VIEW_VERSION
from registry.projections.views import Views


class Database:
    """Where views are; closes what it opened."""

    def __init__(self):
        self.closing = contextlib.ExitStack()

    def store(self):
        """Open the generations, as a process does."""
        store = self._store()
        self.closing.callback(store.close)
        return store

    def views(self, log, view_version=VIEW_VERSION, **options):
        """Views over a log that a version of the code makes, started."""
        views = Views(log, self._store(view_version), **options)
        self.closing.callback(views.close)
        views.start()
        return views


class SQLiteDatabase(Database):
    """Files in a directory."""

    def __init__(self, directory):
        super().__init__()
        self.directory = directory

    def _store(self, view_version=VIEW_VERSION):
        return SQLiteViews(self.directory, view_version=view_version)

    def execute(self, sql, generation):
        """Run SQL on a generation, on a connection of its own."""
        path = self.directory / f"views-{generation}.db"
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            return connection.execute(sql).fetchall()

    def indexes(self, generation):
        """How many indexes by columns of ours a generation has."""
        sql = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        return len(self.execute(sql, generation))

    def generations(self):
        """Numbers of the generations that are there."""
        return {int(p.stem.partition("-")[2]) for p in self.directory.glob("views-*.db")}


class PostgresDatabase(Database):
    """Schemas in a database."""

    def __init__(self, url):
        super().__init__()
        self.url = url

    def _store(self, view_version=VIEW_VERSION):
        return PostgresViews(self.url, view_version)

    def execute(self, sql, generation):
        """Run SQL on a generation, on a connection of its own."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"SET search_path TO views_{generation}")
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def indexes(self, generation):
        """How many indexes by columns of ours a generation has."""
        sql = f"SELECT 1 FROM pg_indexes WHERE schemaname = 'views_{generation}'"  # noqa: S608
        return len(self.execute(f"{sql} AND indexname NOT LIKE '%pkey'", generation))

    def generations(self):
        """Numbers of the generations that are there."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute(
                "SELECT substr(nspname, 7)::int FROM pg_namespace WHERE nspname ~ '^views_[0-9]'"
            )
            return {number for (number,) in found}


def all_rows(reading, where="1 = 1"):
    """Every row of every table, as a sorted list."""
    return sorted(
        (table.name, *row)
        for table in TABLES.values()
        for row in reading.rows(f"SELECT * FROM {table.name} WHERE {where}")  # noqa: S608 - our own names
    )


def content(store, where="1 = 1"):
    """Every row of the live generation."""
    with store.reading() as reading:
        return all_rows(reading, where)
