/* The halt, which issue 5 adds: once it is committed, no intent of a mutating run commits in any replica until people resume, also of
 * runs claimed before.
 *
 * The rule: an intent takes the shared lock of the halt first, before the approval and the run, reads the setting in a statement of
 * its own after that, and keeps the lock to its end. Whoever halts or resumes takes the same lock exclusively, first as well; then
 * it may lock runs. Locks are queues: who asks later than a waiting writer waits behind it.
 *
 *:proof   halt
 *:mutant  UNLOCKED         the intent reads the setting without the lock, as it stands today
 *:mutant  READFIRST        the setting is read before the lock is had
 *:mutant  ATCLAIM          the setting is read when the run is claimed
 *:mutant  LOCKLATE         the intent locks the run first: it and a halt that touches runs wait for each other
 *:mutant  LOCKSHORT        the lock is given back before the commit
 */
#define INTENTS 3     /* two replicas on run 0, whose row they both want, and one elsewhere */

bool halted = false, said = false;   /* the setting as committed; somebody has been told that it is */
byte shared = 0;                     /* how many intents hold the halt's lock */
bool exclusive = false, waiting = false;
bool row = false;                    /* run 0 is locked */

inline lock_row() { if :: which == 0 -> atomic { !row -> row = true } :: else fi }
inline unlock_row() { if :: which == 0 -> row = false :: else fi }
inline lock_halt() { atomic { !exclusive && !waiting -> shared++ } }

proctype Intent(byte which) {
  bool seen = false;
  byte tries = 0;
again:
#ifdef ATCLAIM
  seen = halted;
#endif
#ifdef READFIRST
  seen = halted;
#endif
#if defined(LOCKLATE)
  lock_row();
  lock_halt();
#elif defined(UNLOCKED) || defined(ATCLAIM)
  lock_row();
#else
  lock_halt();
  lock_row();
#endif
#if !defined(READFIRST) && !defined(ATCLAIM)
  seen = halted;
#endif
#ifdef LOCKSHORT
  shared--;
#endif
  atomic {
    if
    :: !seen -> assert(!said)        /* a start is committed here */
    :: else
    fi;
    unlock_row();
#if !defined(UNLOCKED) && !defined(ATCLAIM) && !defined(LOCKSHORT)
    shared--;
#endif
    seen = false; tries++
  }
  if :: tries < 2 -> goto again :: else fi
}

proctype Halt() {
  atomic { waiting = true }
  atomic { shared == 0 && !exclusive -> exclusive = true; waiting = false }
  atomic { !row -> row = true }                                  /* it says so in the plans that wait */
  atomic { row = false; halted = true; exclusive = false; said = true }       /* committed, and answered */
  if
  :: atomic { !waiting -> waiting = true }                       /* somebody resumes */
     atomic { shared == 0 && !exclusive -> exclusive = true; waiting = false }
     atomic { said = false; halted = false; exclusive = false }
  :: skip
  fi
}

init { atomic { run Intent(0); run Intent(0); run Intent(1); run Halt() } }
