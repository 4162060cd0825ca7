#!/usr/bin/env bash
# Runs Spin over the models beside it: every proof must hold over its whole state space, every mutant must be found.
#   docs/models/check.sh          everything
#   docs/models/check.sh quick    without the lines marked +
#   docs/models/check.sh WORD...  only lines that contain one of these words; a surprise tells its story in the last steps (TRAIL=70)
# What there is to check stands in the head of each model: `*:kind name flags  words`. Needs spin and gcc. JOBS=2 at a time.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# What pan says, in `errors`, `states`, `seconds`, `whole` and `how`.
search() { # model flags compiler-flags pan-flags
  # shellcheck disable=SC2086  # flags are words
  spin $2 -a "$1" >spin.out 2>&1 && gcc -w -DCOLLAPSE -DMEMLIM=900 $3 -o pan pan.c 2>>spin.out || return 1
  # shellcheck disable=SC2086
  ./pan -m300000 -w20 $4 >pan.out 2>&1 || true
  said() { sed -nE "s/$1/\1/p" pan.out | head -1; }
  errors=$(said '.*errors: ([0-9]+).*')
  states=$(said '^ *([0-9.e+]+) states, stored.*')
  seconds=$(said '.*elapsed time ([0-9.]+) seconds.*')
  how=$(said '^pan:1: (assertion violated|acceptance cycle|invalid end state).*')
  whole=yes
  ! grep -qE 'max search depth too small|out of memory|VECTORSZ|Search not completed' pan.out || whole=no
  [ -n "$errors" ]
}

# One line of a model's head, in a folder of its own; fails if the outcome is not the one the kind asks for.
one() { # kind model name flags
  local kind=$1 model=$2 name=$3 flags=$4 compiler='-O1 -DSAFETY' pan='' verdict
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cp "$here/$model" "$work" && cd "$work" # a counterexample is written beside its model
  case $kind in
    mutant | gap) flags="$flags -D$name" compiler='-O0 -DSAFETY' ;;
    livemutant) flags="$flags -D$name" ;;&
    live*) compiler='-O1 -DNFAIR=3' pan='-a -f' ;;
  esac
  if ! search "$model" "$flags" "$compiler" "$pan"; then
    printf 'BROKEN    %s %s\n' "${model%.pml}" "$name"
    cat spin.out
    return 1
  fi
  case $kind,$errors,$whole in
    proof,0,yes | live,0,yes) verdict=proved ;;
    proof,* | live,*) verdict=FAILED ;;
    mutant,0,* | livemutant,0,*) verdict=SURVIVED ;;
    mutant,* | livemutant,*) verdict=found ;;
    gap,0,*) verdict=MENDED ;; # make it a mutant
    gap,*) verdict=open ;;
    *) verdict=BROKEN ;;
  esac
  printf '%-9s %-28s %9s states %6s s  %s\n' $verdict "${model%.pml} $name" "$states" "$seconds" "$how"
  [[ $verdict = [a-z]* ]] && return 0
  [ "$whole" = yes ] || [ "$errors" != 0 ] || echo '    the search did not get to its end'
  # shellcheck disable=SC2086
  [ "$errors" = 0 ] || { spin -t -p -g $flags "$model" 2>&1 || true; } | tail -n "${TRAIL:-70}" | sed 's/^/    /'
  return 1
}

lines() { # [quick | WORD...]: kind, model, name and flags, each ended by a zero byte
  local path kind name words flags word wanted
  for path in "$here"/*.pml; do
    while read -r kind name words; do
      wanted=$#
      for word in "$@"; do
        case $word in
          quick) [ "${kind%+}" != "$kind" ] || wanted=0 ;;
          *) [[ "$(basename "$path" .pml) $name" != *"$word"* ]] || wanted=0 ;;
        esac
      done
      [ "$wanted" = 0 ] || continue
      flags=$(grep -oE -- '-D[A-Za-z_0-9=]+' <<<"$words" | tr '\n' ' ' || true)
      printf '%s\0%s\0%s\0%s\0' "${kind%+}" "$(basename "$path")" "$name" "$flags"
    done < <(sed -nE 's/^ [*]:([a-z]+[+]? +)/\1/p' "$path")
  done
}

if [ "${1:-}" = --one ]; then
  shift
  one "$@"
  exit
fi
for tool in spin gcc; do
  command -v $tool >/dev/null || { echo "check.sh: $tool is missing; script/setup --test installs it" >&2; exit 2; }
done
lines "$@" | xargs -0 -r -n 4 -P "${JOBS:-2}" "${BASH_SOURCE[0]}" --one || { echo 'docs/models: not everything is as it should be' >&2; exit 1; }
