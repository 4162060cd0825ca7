/* Standing approvals, which issue 5 adds: a quorum agrees once to "these runs, at most N starts, until then". Each start uses one of
 * them up. There are never more starts than N, and none after somebody revoked it or after its time.
 *
 * The rule: in the transaction of the intent the row of the standing approval is locked before the run's own approval and the run,
 * then the database's clock is read, then state, count, time and the approvers' rights are looked at, and the count goes up. Another
 * try of the same start counts nothing, but looks at state and time like a first one. Revoking locks the same row. A loss of the
 * database's last moments voids standing approvals with all others (I18): how often they were used is lost as well.
 *
 *:proof   standing
 *:proof   loss             -DLOSS
 *:mutant  UNLOCKED         the count is read, then written, without the lock
 *:mutant  COUNTEDEARLY     what is left is looked at when the run is made
 *:mutant  CLOCKFIRST       the clock is read before the lock is had
 *:mutant  NOREVOKE         the start does not look whether it was revoked
 *:mutant  RETRYBLIND       another try does not look at anything
 *:mutant  OTHERSCOPE       the start does not compare what it was granted for
 *:mutant  COUNTAFTER       the count goes up in a transaction after the intent
 *:mutant  LOSTCOUNT        -DLOSS   it goes on after a loss
 */
#define N 2          /* starts granted */
#define UNTIL 1      /* good while now < UNTIL */
#define TMAX 2
#define RUNS 3       /* the last one is on a host that was not granted */

mtype = { granted, revoked, voided };
mtype s = granted;   /* the standing approval */
byte used = 0, now = 0;
byte lock = 0;       /* who has locked its row */

byte starts = 0;     /* with an intent, whatever the database remembers */
byte saved = 0;      /* the count as a standby or a backup has it */
bool lost = false, told = false;   /* told: somebody has been answered that it is revoked */

proctype Start(byte me) {
  byte tries = 0, at = 0, left = 0, got = 0;    /* got: when it had the lock, which only we know */
  bool mine = false, go = false;    /* mine: this run has used one up */
#ifdef COUNTEDEARLY
  left = N - used;
#endif
again: skip;
#ifdef CLOCKFIRST
  at = now;
#endif
#ifndef UNLOCKED
  atomic { lock == 0 -> lock = me + 1 };
#endif
  d_step {
    got = now;
#ifndef CLOCKFIRST
    at = now;
#endif
#ifndef COUNTEDEARLY
    left = N - used;
#endif
    go = s == granted && at < UNTIL && (mine || left > 0) && me + 1 < RUNS;
#ifdef NOREVOKE
    go = s != voided && at < UNTIL && (mine || left > 0) && me + 1 < RUNS;
#endif
#ifdef OTHERSCOPE
    go = s == granted && at < UNTIL && (mine || left > 0);
#endif
#ifdef RETRYBLIND
    go = mine || go;
#endif
  }
  if
  :: go ->
     atomic {
       if :: lost && lock != me + 1 -> goto gone :: else fi;    /* the server that had the lock is gone */
       assert(got < UNTIL);
       assert(!told);
       assert(me + 1 < RUNS);
       if :: !mine -> starts++; assert(starts <= N) :: else fi;
#ifdef COUNTAFTER
     }
     if :: skip :: goto gone fi;
     atomic {
#endif
       if :: !mine -> used = N - left + 1; mine = true :: else fi;
       lock = 0; at = 0; left = 0; got = 0; go = false; tries++ }
     if
     :: tries < 2 -> goto again      /* it provably did nothing, or may be repeated: another try */
     :: skip
     fi
  :: !go ->
gone: atomic { if :: lock == me + 1 -> lock = 0 :: else fi; at = 0; left = 0; got = 0; go = false }
  fi
}

active proctype Time() { end: do :: atomic { now < TMAX -> now++ } od }

active proctype Revoke() {
end:
  if
  :: atomic { lock == 0 && s == granted -> s = revoked; told = true }
  :: skip
  fi
}

#ifdef LOSS
active proctype Database() {        /* a standby that lags behind takes over */
end:
  do
  :: atomic { !lost && saved != used -> saved = used }
  :: atomic { !lost -> lost = true; used = saved; lock = 0;
#ifndef LOSTCOUNT
       s = voided
#endif
     }
  od
}
#endif

init { atomic { run Start(0); run Start(1); run Start(0); run Start(2) } }
