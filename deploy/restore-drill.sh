#!/bin/sh
# Proves that the backups can be restored: the newest base backup plus the archived log, in a folder of its own, on no
# port. Touches neither the running database nor the backups. Run monthly, as the owner of BACKUP_DIR:
#   restore-drill.sh                              to the last archived moment
#   restore-drill.sh '2026-11-22 09:30:00+08'     to that moment
set -eu
: "${BACKUP_DIR:?}"
until=${1:-}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/fdcs-drill.XXXXXX")

say() { printf '%s %s\n' "$(date '+%F %T')" "$*"; }
finish() {
    [ ! -f "$work/data/postmaster.pid" ] || pg_ctl -D "$work/data" -m immediate stop >/dev/null || true
    rm -rf "$work"
}
trap finish EXIT INT TERM

newest=$(find "$BACKUP_DIR/base" -mindepth 1 -maxdepth 1 -type d ! -name '.*' | sort | tail -n 1)
[ -n "$newest" ] || { say "没有找到任何备份：$BACKUP_DIR/base"; exit 1; }
say "恢复演练：$(basename "$newest")"
cp -a "$newest" "$work/data"
chmod 700 "$work/data"
touch "$work/data/recovery.signal"
cat >"$work/data/postgresql.auto.conf" <<CONF
restore_command = 'cp "$BACKUP_DIR/wal/%f" "%p"'
recovery_target_action = 'promote'
${until:+recovery_target_time = '$until'}
archive_mode = off
hot_standby = off
listen_addresses = ''
unix_socket_directories = '$work'
shared_buffers = 128MB
CONF
: >"$work/postgresql.conf"
echo 'local all all trust' >"$work/pg_hba.conf"
pg_ctl -D "$work/data" -w -t 3600 -l "$work/log" \
    -o "-c config_file=$work/postgresql.conf -c hba_file=$work/pg_hba.conf -c data_directory=$work/data" start >/dev/null ||
    { tail -n 20 "$work/log"; exit 1; }
until psql -h "$work" -d postgres -U postgres -Atqc 'SELECT 1' >/dev/null 2>&1; do
    pg_ctl -D "$work/data" status >/dev/null || { say "恢复失败："; tail -n 20 "$work/log"; exit 1; }
    sleep 1
done
say "恢复成功。请与正式库对比下面的数字："
psql -h "$work" -d fdcs -U postgres -c "
    SELECT (SELECT count(*) FROM residents_resident) AS residents,
           (SELECT count(*) FROM contracts_enrollment) AS enrollments,
           (SELECT max(applied) FROM django_migrations) AS last_migration,
           now() AS checked_at"
