#!/bin/sh
# Rotates $COUNTERSIGN_STATE_DIR/demo/HOST/*.log: x.log becomes x.log.1, x.log.1 becomes x.log.2 and so on.
# usage: rotate_logs.sh --host=HOST [--keep=N] [--dry-run]
# What it prints names files and nothing that changes by itself (sizes, times): a dry run can be compared with the next.
set -eu
LC_ALL=C
export LC_ALL

refuse() {
  echo "rotate_logs: $1" >&2
  exit 2
}

host=
keep=3
dry_run=no
for argument in "$@"; do
  case $argument in
    --host=*) host=${argument#--host=} ;;
    --keep=*) keep=${argument#--keep=} ;;
    --dry-run) dry_run=yes ;;
    *) refuse "unknown argument '$argument'" ;;
  esac
done

case $host in
  '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._:-]*) refuse "not a host name: '$host'" ;;
esac
case $keep in
  [1-9]) ;;
  *) refuse "--keep must be from 1 to 9" ;;
esac
: "${COUNTERSIGN_STATE_DIR:?is not set}"

demo=$COUNTERSIGN_STATE_DIR/demo
logs=$demo/$host

rotate() {
  name=${1##*/}
  older=$keep
  rm -f "$1.$keep"
  while [ "$older" -gt 1 ]; do
    newer=$((older - 1))
    if [ -f "$1.$newer" ]; then mv "$1.$newer" "$1.$older"; fi
    older=$newer
  done
  mv "$1" "$1.1"
  : >"$1"
  echo "$host: rotated $name to $name.1"
}

if [ "$dry_run" = no ]; then
  mkdir -p "$demo"
  # One line for each time this really ran: what "exactly once" is counted by.
  echo "rotate_logs $host ${COUNTERSIGN_IDEMPOTENCY_KEY:--}" >>"$demo/ledger"
fi

found=no
for log in "$logs"/*.log; do
  [ -f "$log" ] || continue
  found=yes
  if [ "$dry_run" = yes ]; then
    echo "$host: would rotate ${log##*/} to ${log##*/}.1, keeping $keep"
  else
    rotate "$log"
  fi
done
if [ "$found" = no ]; then echo "$host: no log files, nothing to rotate"; fi
