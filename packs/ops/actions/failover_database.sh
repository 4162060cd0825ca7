#!/bin/sh
# Writes which member is primary into $COUNTERSIGN_STATE_DIR/demo/CLUSTER.primary. No database comes to harm.
# usage: failover_database.sh --cluster=CLUSTER --to=MEMBER [--dry-run]
set -eu
LC_ALL=C
export LC_ALL

refuse() {
  echo "failover_database: $1" >&2
  exit 2
}

cluster=
to=
dry_run=no
for argument in "$@"; do
  case $argument in
    --cluster=*) cluster=${argument#--cluster=} ;;
    --to=*) to=${argument#--to=} ;;
    --dry-run) dry_run=yes ;;
    *) refuse "unknown argument '$argument'" ;;
  esac
done
for word in "$cluster" "$to"; do
  case $word in
    '' | [!a-z0-9]* | *[!a-z0-9-]*) refuse "not a name: '$word'" ;;
  esac
done
: "${COUNTERSIGN_STATE_DIR:?is not set}"

demo=$COUNTERSIGN_STATE_DIR/demo
marker=$demo/$cluster.primary
before=unknown
if [ -f "$marker" ]; then read -r before <"$marker"; fi

if [ "$dry_run" = yes ]; then
  echo "$cluster: primary would change from $before to $to"
  exit 0
fi
mkdir -p "$demo"
echo "failover_database $cluster ${COUNTERSIGN_IDEMPOTENCY_KEY:--}" >>"$demo/ledger"
echo "$to" >"$marker.new"
mv "$marker.new" "$marker"
echo "$cluster: primary changed from $before to $to"
