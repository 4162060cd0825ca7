#!/bin/sh
# Marks a host as evacuated in $COUNTERSIGN_STATE_DIR/demo/evacuated. A stand-in for the real thing that harms nothing.
# usage: evacuate_and_notify.sh --host=HOST --channel=CHANNEL [--dry-run]
set -eu
LC_ALL=C
export LC_ALL

refuse() {
  echo "evacuate_and_notify: $1" >&2
  exit 2
}

host=
channel=
dry_run=no
for argument in "$@"; do
  case $argument in
    --host=*) host=${argument#--host=} ;;
    --channel=*) channel=${argument#--channel=} ;;
    --dry-run) dry_run=yes ;;
    *) refuse "unknown argument '$argument'" ;;
  esac
done
case $host in
  '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._:-]*) refuse "not a host name: '$host'" ;;
esac
case $channel in
  '' | *[!A-Za-z0-9#~@._-]*) refuse "not a channel: '$channel'" ;;
esac
: "${COUNTERSIGN_STATE_DIR:?is not set}"

evacuated=$COUNTERSIGN_STATE_DIR/demo/evacuated
if [ "$dry_run" = yes ]; then
  echo "$host: would be evacuated and its users told in $channel"
  exit 0
fi
mkdir -p "$evacuated"
echo "evacuate_and_notify $host ${COUNTERSIGN_IDEMPOTENCY_KEY:--}" >>"$COUNTERSIGN_STATE_DIR/demo/ledger"
echo "$channel" >"$evacuated/$host"
echo "$host: evacuated; $channel should know"
