/* From a delivery at the door to the decision about it: acceptance in batches, redelivery, conflict and replay, commits in doubt,
 * the queue, the window of a rule, evaluation that fails, and a dead letter that a person puts back.
 *
 * Deliveries 0 and 1 ask for the same run. A forger sends number 0 with another body (conflict). With REPLAY number 1 is a
 * recording of number 0 under a new id, as somebody can make it where only the body is signed.
 * An atomic block is one transaction. Claims are not waited for on disk: the database may forget them as long as nothing followed.
 *
 *:proof   duplicates
 *:proof   replay           -DREPLAY
 *:proof   episode          -DEPISODE -DOUTAGES=0
 *:proof   letters          -DFAILURES=1 -DSENDS=1 -DOUTAGES=0
 *:mutant  EARLYANSWER      the sender has its answer before the commit
 *:mutant  KEYLESS          -DOUTAGES=0   looks whether the delivery id is there, and stores in a transaction of its own
 *:mutant  MERGE            another body under a known id is answered like a redelivery
 *:mutant  NOREPLAYKEY      -DREPLAY   bodies are not remembered
 *:mutant  BYID             deciders read "id above the last one seen"
 *:mutant  TAKENFIRST       the queue row goes in a transaction before the decision's
 *:mutant  UNOWNED          the decision is stored whether or not the queue row was still there
 *:mutant  WINDOWFIRST      the window is hit in a transaction before the decision's
 *:mutant  NORUNKEY         -DEPISODE   a run is made without asking for its key
 *:mutant  LOSTLETTER       -DFAILURES=1 -DSENDS=1 -DOUTAGES=0   an event that cannot be decided leaves the queue in a transaction before its dead letter's
 */
#define D 2        /* deliveries */
#ifndef SENDS
#define SENDS 2    /* of delivery 0, until it is answered */
#endif
#define TRIES 1    /* of evaluating an event, before it is a dead letter */
#ifndef FAILURES
#define FAILURES 0
#endif
#define WINDOWS 2  /* that the clock lets begin */
#ifndef OUTAGES
#define OUTAGES 1
#endif

/* The tables. */
bool stored[D], queued[D], dead[D];
byte decisions[D], fence[D], attempt[D];
byte window = 0, opener = 0, runs[WINDOWS];   /* the rule's window: its number, who opened it; runs by number */
bool open = false;
bool bodykey = false;
bool replayed[D];
bool soft = false;       /* the newest write is the claim of event `newest` */
byte newest = 0;
#ifdef BYID
byte ids = 0, id[D], seen = 0;
#endif

/* The senders, and what only we know. */
bool answered[D], told = false;
byte outages = 0, failures = 0;
byte sends[3];           /* 0, 1: deliveries, until they are answered; 2: the forger's */

#define REAL(m) (m == 2 -> 0 : m)
#define KNOWN(d) (queued[d] || dead[d] || decisions[d] > 0)

/* At every moment a stored event is in the queue or decided or a dead letter, and in one of these places only (I2). */
inline whole(d) { assert(!stored[d] || (queued[d] + (decisions[d] > 0) + dead[d]) == 1); assert(decisions[d] <= 1) }

inline insert(d) {
  assert(!stored[d]);                                   /* I3: one event for an id */
  stored[d] = true; queued[d] = true; soft = false;
#ifdef BYID
  id[d] = drawn;
#endif
#if defined(REPLAY) && !defined(NOREPLAYKEY)
  if :: bodykey -> replayed[d] = true :: else -> bodykey = true fi;
#endif
  whole(d)
}

proctype Intake() {
  byte m = 0;
  bool fresh = false;
#ifdef BYID
  byte drawn = 0;
#endif
end:
  do
  :: atomic { sends[0] < SENDS && !answered[0] -> sends[0]++; m = 0 }; goto again
  :: atomic { sends[1] < 1 && !answered[1] -> sends[1]++; m = 1 }; goto again
  :: atomic { sends[2] < 1 && stored[0] -> sends[2]++; m = 2 };
again:
#ifdef EARLYANSWER
     atomic { if :: m < 2 -> answered[m] = true :: else fi };
#endif
#ifdef BYID
     atomic { ids++; drawn = ids };                     /* ids are drawn before the commit */
#endif
#ifdef KEYLESS
     fresh = !stored[REAL(m)];
#endif
     if
     :: atomic {                                        /* committed */
#ifdef KEYLESS
          if :: m < 2 && fresh -> insert(m) :: else fi;
#else
          if :: m < 2 && !stored[m] -> insert(m) :: else fi;
#endif
          fresh = false };
        if
        :: atomic {                                     /* and the answer goes out: 2xx, or 409 */
#ifdef MERGE
             answered[REAL(m)] = true; if :: m == 2 -> told = true :: else fi;
#else
             if :: m < 2 -> answered[m] = true :: else fi;
#endif
             assert(!told); m = 0 }                     /* I3: nobody is told that a body was taken which was not */
        :: atomic { outages < OUTAGES -> outages++; goto again }   /* in doubt: the same again, on a new connection (I19) */
        :: atomic { m = 0 }                             /* the process or the sender's connection is gone */
        fi
     :: atomic { outages < OUTAGES -> outages++; fresh = false; goto again }   /* in doubt, and it did not commit */
     :: atomic { m = 0; fresh = false }                 /* refused: 503, nothing is stored */
     fi
  od
}

inline make_run() {
#ifdef NORUNKEY
  runs[window - 1]++;
#else
  if :: runs[window - 1] == 0 -> runs[window - 1]++ :: else fi;
#endif
  assert(runs[window - 1] <= 1)                         /* I4 */
}
inline hit(d) {                                         /* the first in a window passes */
#ifdef EPISODE                                          /* a rule without a window: both are about one episode of an alert */
  window = 1; passed = true;
#endif
  if
  :: !open && window < WINDOWS && !passed -> window++; open = true; opener = d; passed = true
  :: else
  fi
}

inline forget() { d = 0; f = 0; passed = false; popped = false }

proctype Decider() {
  byte d = 0, f = 0;
  bool passed = false, popped = false;
end:
  do
#ifdef BYID
  :: atomic { (queued[0] && id[0] > seen) || (queued[1] && id[1] > seen) ->
       if
       :: queued[0] && id[0] > seen && !(queued[1] && id[1] > seen && id[1] < id[0]) -> d = 0
       :: else -> d = 1
       fi;
       seen = id[d];
#else
  :: atomic { queued[0] || queued[1] ->                 /* due again whenever its lease has ended, that is: at any time */
       if :: queued[0] -> d = 0 :: queued[1] -> d = 1 fi;
#endif
       if :: fence[d] < 3 -> fence[d]++; attempt[d]++; soft = true; newest = d :: else fi;
       f = fence[d] }
#ifdef TAKENFIRST
     atomic { popped = queued[d] && fence[d] == f; if :: popped -> queued[d] = false :: else fi }
     if :: skip :: atomic { forget() }; goto end fi;
#endif
#ifdef WINDOWFIRST
     atomic { hit(d) }
#endif
     if
     :: atomic {                                        /* decided */
#ifdef UNOWNED
          popped = true; queued[d] = false;
#endif
#if !defined(TAKENFIRST) && !defined(UNOWNED)
          popped = queued[d] && fence[d] == f;
          if :: popped -> queued[d] = false :: else fi;
#endif
          if
          :: popped && !replayed[d] ->
               decisions[d]++; soft = false;
#ifndef WINDOWFIRST
               hit(d);
#endif
               if :: passed -> make_run() :: else fi
          :: popped && replayed[d] -> decisions[d]++; soft = false
          :: else
          fi;
          whole(d); forget() }
     :: atomic { failures < FAILURES -> failures++;     /* evaluation raises: later, or never by itself */
          if
          :: attempt[d] >= TRIES && queued[d] && fence[d] == f -> soft = false; queued[d] = false;
#ifdef LOSTLETTER
             passed = true
          :: else -> passed = false
          fi }
        if :: skip :: atomic { forget() }; goto end fi;
        atomic {
          if
          :: passed -> dead[d] = true; whole(d)
#else
             dead[d] = true; whole(d)
#endif
          :: else
          fi;
          forget() }
     :: atomic { forget() }                             /* dies, or its commit does not come about */
     fi
  od
}

active proctype World() {
end:
  do
  :: atomic { open && window < WINDOWS -> open = false }                    /* the window's time is over */
  :: atomic { dead[0] -> dead[0] = false; queued[0] = true; whole(0) }      /* a person retries the dead letter */
  :: atomic { dead[1] -> dead[1] = false; queued[1] = true; whole(1) }
  :: atomic { soft && outages < OUTAGES -> outages++; soft = false; fence[newest]--; attempt[newest]-- }
  od
}

/* When nothing moves any more: whatever was acknowledged is decided, and each window that somebody opened has its run. */
active proctype Auditor() {
end:
  timeout ->
  assert(!answered[0] || decisions[0] == 1);            /* I1, I2, I20 */
  assert(!answered[1] || decisions[1] == 1);
  assert(window < 1 || runs[0] == 1);
  assert(window < 2 || runs[1] == 1);
#ifdef REPLAY
  assert(window <= 1)                                   /* a recording makes no run */
#endif
}

init { atomic { run Intake(); run Intake(); run Decider(); run Decider() } }
