#!/bin/sh
# One base backup, verified; then the oldest ones and the log that only they needed are thrown away.
# Needs BACKUP_DIR, and PGHOST, PGUSER, ... for a role with REPLICATION. Run as the owner of BACKUP_DIR.
set -eu
: "${BACKUP_DIR:?}"
keep=${BACKUP_KEEP:-14}
umask 077
mkdir -p "$BACKUP_DIR/base" "$BACKUP_DIR/wal"
name=$(date +%Y%m%d-%H%M%S)
unfinished=$BACKUP_DIR/base/.$name

say() { printf '%s %s\n' "$(date '+%F %T')" "$*"; }
trap 'rm -rf "$unfinished"' EXIT

say "开始备份 $name"
pg_basebackup --pgdata="$unfinished" --wal-method=stream --checkpoint=fast --no-password
pg_verifybackup --quiet "$unfinished"
mv "$unfinished" "$BACKUP_DIR/base/$name"
say "备份完成并已校验：$(du -sh "$BACKUP_DIR/base/$name" | cut -f1)"

# Never fewer than one, and only after a new one has been verified.
find "$BACKUP_DIR/base" -mindepth 1 -maxdepth 1 -type d ! -name '.*' | sort -r | tail -n "+$((keep > 0 ? keep + 1 : 2))" |
    while IFS= read -r old; do
        say "删除旧备份 $(basename "$old")"
        rm -rf "$old"
    done
oldest=$(find "$BACKUP_DIR/base" -mindepth 1 -maxdepth 1 -type d ! -name '.*' | sort | head -n 1)
first_needed=$(sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\))$/\1/p' "$oldest/backup_label")
pg_archivecleanup "$BACKUP_DIR/wal" "$first_needed"
