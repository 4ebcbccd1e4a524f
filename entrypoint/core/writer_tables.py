"""The tables of the writer role and of people's settings, made with a new cluster: part of its history from the first
write.

They live in the cluster's own data: whatever node, backup or state transfer carries the data carries the role. Each
has a primary key, without which Galera certifies nothing. The sidecar writes them as the monitor user, who may not
delete (the history is renewed in place) and may not change the tables themselves. `gap` is in seconds.
"""

from __future__ import annotations

DATABASE = "galerakit"

_WRITER = f"""CREATE TABLE IF NOT EXISTS {DATABASE}.writer (
  id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
  node VARCHAR(255) NOT NULL,
  epoch BIGINT UNSIGNED NOT NULL,
  since TIMESTAMP(6) NOT NULL DEFAULT NOW(6),
  reason VARCHAR(255) NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4"""

_HISTORY = f"""CREATE TABLE IF NOT EXISTS {DATABASE}.writer_history (
  epoch BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  node VARCHAR(255) NOT NULL,
  from_node VARCHAR(255) NOT NULL,
  at TIMESTAMP(6) NOT NULL DEFAULT NOW(6),
  reason VARCHAR(255) NOT NULL,
  gap DOUBLE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4"""

_SETTINGS = f"""CREATE TABLE IF NOT EXISTS {DATABASE}.settings (
  name VARCHAR(300) NOT NULL PRIMARY KEY,
  value VARCHAR(255) NOT NULL,
  changed TIMESTAMP(6) NOT NULL DEFAULT NOW(6)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4"""

SETTINGS_STATEMENTS = (f"CREATE DATABASE IF NOT EXISTS {DATABASE}", _SETTINGS)
"""What makes the settings in data that a version without them has made."""

TABLE_STATEMENTS = (f"CREATE DATABASE IF NOT EXISTS {DATABASE}", _WRITER, _HISTORY, _SETTINGS)

MONITOR_GRANT = f"SELECT, INSERT, UPDATE ON {DATABASE}.*"
