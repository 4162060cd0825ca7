#!/bin/sh
# Lists the files of $COUNTERSIGN_STATE_DIR/demo/HOST with their sizes in bytes. Changes nothing.
# usage: disk_usage.sh [--] HOST
set -eu
LC_ALL=C
export LC_ALL

if [ "${1-}" = -- ]; then shift; fi
host=${1-}
case $host in
  '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._:-]*)
    echo "disk_usage: not a host name: '$host'" >&2
    exit 2
    ;;
esac
: "${COUNTERSIGN_STATE_DIR:?is not set}"

total=0
for file in "$COUNTERSIGN_STATE_DIR/demo/$host"/*; do
  [ -f "$file" ] || continue
  size=$(wc -c <"$file")
  total=$((total + size))
  printf '%10d  %s\n' "$size" "${file##*/}"
done
printf '%10d  in all on %s\n' "$total" "$host"
