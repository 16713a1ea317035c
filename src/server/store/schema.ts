/**
 * The tables, as a list of migrations: the database's `user_version` counts how many have run, and each runs once, in
 * its own transaction. Never change one that was released; add the next.
 *
 * All tables are STRICT. Times are milliseconds since 1970 in UTC. What is secret is stored as a hash (tokens) or
 * sealed (account keys); message bodies are MLS ciphertext.
 */

const FIRST = `
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  account_key BLOB NOT NULL UNIQUE,
  salt BLOB NOT NULL,
  iterations INTEGER NOT NULL,
  -- scrypt of what the browser proves, with its own salt and cost "N:r:p"; see passwords.ts
  verifier BLOB NOT NULL,
  verifier_salt BLOB NOT NULL,
  verifier_cost TEXT NOT NULL,
  -- the account key, wrapped in the browser and sealed once more here
  wrapped_key BLOB NOT NULL,
  recovery_verifier BLOB NOT NULL,
  recovery_wrapped_key BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE devices (
  id TEXT PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX devices_of_account ON devices (account_id);

CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  device_id TEXT NOT NULL UNIQUE REFERENCES devices (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Browsers that have logged in before: they are not locked out by other people's guesses.
CREATE TABLE browsers (
  token_hash BLOB PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rooms (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  -- the seq of the newest entry of the log, 0 when there is none yet
  head INTEGER NOT NULL,
  -- the seq of the newest commit, 0 for the founding, and the GroupInfo that came with it
  commit_seq INTEGER NOT NULL,
  group_info BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- One log per room: a message is stored once, whatever the number of its readers.
CREATE TABLE log (
  room TEXT NOT NULL REFERENCES rooms (id),
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  device_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  body BLOB NOT NULL,
  UNIQUE (room, seq),
  UNIQUE (device_id, message_id)
) STRICT;
CREATE INDEX log_by_age ON log (at);

-- One cursor per device and room: what it has persisted. It exists from the commit that let the device in.
CREATE TABLE cursors (
  room TEXT NOT NULL REFERENCES rooms (id),
  device_id TEXT NOT NULL REFERENCES devices (id),
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  seq INTEGER NOT NULL,
  joined_seq INTEGER NOT NULL,
  PRIMARY KEY (room, device_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX cursors_of_device ON cursors (device_id);
CREATE INDEX cursors_by_progress ON cursors (room, seq);
`

const SESSION_LOGS = `
-- The newest session log file of each room, and where it began or ended; see session-logs.ts.
CREATE TABLE session_logs (
  room TEXT PRIMARY KEY REFERENCES rooms (id),
  file TEXT NOT NULL,
  seq INTEGER NOT NULL,
  chain TEXT NOT NULL
) STRICT;

-- What the server has to remember of its settings from one start to the next.
CREATE TABLE switches (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT;
`

const PRIVATE_ROOMS = `
-- A device that was removed from a room gets its log up to left_seq and no further.
ALTER TABLE cursors ADD COLUMN left_seq INTEGER;
-- The highest seq that the person of the device has seen.
ALTER TABLE cursors ADD COLUMN read_seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX cursors_of_account ON cursors (account_id, room);

-- What others need to add a device to a room; each is given out once, a last resort as often as needed.
CREATE TABLE key_packages (
  id INTEGER PRIMARY KEY,
  device_id TEXT NOT NULL REFERENCES devices (id),
  last_resort INTEGER NOT NULL,
  body BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX key_packages_of_device ON key_packages (device_id, last_resort, id);

-- The Welcome of each commit that added devices, once, until the last of them has taken it.
CREATE TABLE welcomes (
  room TEXT NOT NULL REFERENCES rooms (id),
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  body BLOB NOT NULL,
  UNIQUE (room, seq)
) STRICT;

CREATE TABLE invitations (
  device_id TEXT NOT NULL REFERENCES devices (id),
  room TEXT NOT NULL REFERENCES rooms (id),
  seq INTEGER NOT NULL,
  PRIMARY KEY (device_id, room)
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_by_welcome ON invitations (room, seq);

-- Signed statements that a device leaves a room, until a commit has removed it.
CREATE TABLE departures (
  room TEXT NOT NULL REFERENCES rooms (id),
  device_id TEXT NOT NULL REFERENCES devices (id),
  statement BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (room, device_id)
) STRICT;
`

const DEVICES = `
-- What its person calls a device: "Firefox on Linux".
ALTER TABLE devices ADD COLUMN name TEXT NOT NULL DEFAULT 'A browser';
-- When a device ended for good; its id opens nothing any more.
ALTER TABLE devices ADD COLUMN retired_at INTEGER;
-- When an account was given a new key because its person had lost both the password and the recovery code.
ALTER TABLE accounts ADD COLUMN reset_at INTEGER;
`

const FOUNDERS = `
-- The device that founded a room, which may say so again.
ALTER TABLE rooms ADD COLUMN founder TEXT;
-- When a device was removed from a room.
ALTER TABLE cursors ADD COLUMN left_at INTEGER;

-- The two accounts of a private chat: they may always enter it, also when no device of theirs is in it any more.
CREATE TABLE parties (
  room TEXT NOT NULL REFERENCES rooms (id),
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  PRIMARY KEY (room, account_id)
) STRICT, WITHOUT ROWID;
`

export const MIGRATIONS: readonly string[] = [FIRST, SESSION_LOGS, PRIVATE_ROOMS, DEVICES, FOUNDERS]
