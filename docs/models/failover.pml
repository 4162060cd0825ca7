/* The database loses its last moments: a standby that lags behind takes over, or yesterday's snapshot is put back. One `once` run,
 * from its plan to its end; a worker in each replica, and each replica's journal beside the database.
 *
 * An atomic block is one transaction on the primary of the moment. `copy_*` is what the standby, or the backup, has.
 *
 *:proof   async
 *:proof   sync             -DSYNC
 *:proof   restore          -DRESTORE -DREPLICAS=1
 *:mutant  RESUME           a new timeline is opened and nothing is held
 *:mutant  ANYTIMELINE      runs are claimed and started before the new timeline is opened
 *:mutant  NOWAIT           -DSYNC   an intent is acted upon before the standby has it
 *:mutant  NOJOURNAL        -DRESTORE -DREPLICAS=1   no journal
 *:mutant  JOURNALAFTER     -DRESTORE -DREPLICAS=1   the journal's line is written after the act
 *:mutant  NOABOUT          -DRESTORE -DREPLICAS=1   a replica does not ask its journal about a run before it starts that
 *:mutant  LINELOST         only the epoch holds, nobody compares journals
 *:mutant  VOIDFIRST        the opener voids open approvals, then holds runs: a plan recorded in between is held with its question open
 *:gap     COMPAREDONCE     a line that is written after its replica has looked at the new timeline is compared at the next one only
 *:gap     OTHERSFIRST      -DRESTORE   after a restore, another replica starts the run before the one whose journal knows better
 */
#ifndef REPLICAS
#define REPLICAS 2
#endif
#define MAXF 5
#define GRANTS 2

mtype = { planned, awaiting, ready, claimed, executing, succeeded, failed, unknown, held };
mtype = { none, pending, approved, voided, consumed };

/* The rows, and the older ones somewhere else. */
mtype st = planned, ap = none, copy_st = planned, copy_ap = none;
byte fence = 0, copy_fence = 0;
byte known = 0, copy_known = 0;        /* starts that the database knows, as intents or as recalled: one bit each */
byte timeline = 1, epoch = 1, copy_epoch = 1;
bool opening = false;
bool held_since = false;               /* everything open has been held since the loss */

/* The replicas. */
byte journal[3];                       /* starts written down; by replica */
byte looked[3];                        /* the timeline it has compared its journal with */
byte life = 1;                         /* all replicas are started anew after a restore */

/* What only we know. */
byte effects = 0, grants = 0, losses = 0, begun = 0;
byte number[3];                        /* the fence of each start */
byte acted = 0;                        /* starts that were acted upon */

#define BIT(n) (1 << (n))
#define HANDS (st == claimed || st == executing)
#define OVER (st == succeeded || st == failed)
#ifdef ANYTIMELINE
#define OPENED true
#else
#define OPENED (epoch == timeline && !opening)
#endif

inline hold_run() {
  if
  :: st == executing -> st = unknown
  :: st == planned || st == awaiting || st == ready || st == claimed -> st = held; fence++
  :: else
  fi
}
inline void_question() { if :: ap == pending || ap == approved -> ap = voided :: else fi }

/* What the journal knows and the database does not: the run is in doubt, and a person is asked. */
inline compare() {
#if !defined(NOJOURNAL) && !defined(LINELOST)
  if
  :: (journal[me] & ~known) != 0 ->
       if :: !held_since -> hold_run(); held_since = true :: else fi;
       if :: !HANDS && (journal[me] & ~known & 1) && number[0] > fence -> fence = number[0] :: else fi;
       if :: !HANDS && (journal[me] & ~known & 2) && number[1] > fence -> fence = number[1] :: else fi;
       if :: !HANDS && (journal[me] & ~known & 4) && number[2] > fence -> fence = number[2] :: else fi;
       known = known | journal[me];
       void_question();
       if :: !OVER -> st = unknown :: else fi
  :: else
  fi;
#endif
  skip
}

proctype Worker(byte me) {
  byte f = 0, n = 0, mine = 1, then = 0;
end:
  do
  :: atomic { mine != life -> mine = life }
  :: atomic { mine == life && st == ready && OPENED && fence < MAXF && begun < 3 -> st = claimed; fence++; f = fence }
     if
     :: atomic { mine == life && !opening ->
#ifndef NOABOUT
          compare()
#else
          skip
#endif
        }
     :: atomic { mine != life -> goto gone }
     fi;
     if
     :: atomic { mine == life && st == claimed && fence == f && OPENED && (ap == approved || ap == consumed) ->
          st = executing; ap = consumed; n = begun; begun++; known = known | BIT(n); number[n] = f; then = timeline }
     :: atomic { mine != life || !(st == claimed && fence == f && OPENED) -> goto gone }
     fi;
#if defined(SYNC) && !defined(NOWAIT)
     if
     :: atomic { then == timeline && (losses == 1 || (copy_known & BIT(n))) }   /* the standby has it */
     :: atomic { then != timeline && (known & BIT(n)) && st == executing && fence == f }   /* in doubt, and it is there (I19) */
     :: atomic { then != timeline && !((known & BIT(n)) && st == executing && fence == f) ->
          if :: st == claimed && fence == f -> st = ready; fence++ :: else fi;
          goto gone }
     fi;
#endif
#if !defined(NOJOURNAL) && !defined(JOURNALAFTER)
     if
     :: atomic { mine == life -> journal[me] = journal[me] | BIT(n) }
     :: atomic { mine != life -> goto gone }
     fi;
#endif
     if
     :: atomic { mine == life -> effects++; acted = acted | BIT(n); assert(effects <= grants) }   /* I5, I12, I18 */
     :: atomic { mine != life -> goto gone }
     fi;
#ifdef JOURNALAFTER
     if
     :: atomic { mine == life -> journal[me] = journal[me] | BIT(n) }
     :: atomic { mine != life -> goto gone }
     fi;
#endif
     atomic {
       if
       :: mine == life && !opening && fence == f && (st == executing || st == unknown) -> st = succeeded
       :: mine == life && !opening && !(fence == f && (st == executing || st == unknown)) ->
#ifndef COMPAREDONCE
            compare()
#else
            skip
#endif
       :: mine != life
       fi }
gone: atomic { f = 0; n = 0; then = 0 }
  od
}

proctype Keeper(byte me) {       /* opens the timeline; compares its replica's journal with it */
end:
  do
  :: atomic { epoch != timeline && !opening ->
#if defined(SYNC) || defined(RESUME)
       epoch = timeline }
#else
#ifdef VOIDFIRST
       opening = true; void_question() }
     atomic { hold_run();
#else
       opening = true; hold_run() }
     atomic { if :: st == held || st == unknown -> void_question() :: else fi;
#endif
       epoch = timeline; opening = false; held_since = true;
       assert(st != held || (ap != pending && ap != approved)) }           /* I10, I18 */
#endif
  :: atomic { epoch == timeline && !opening && looked[me] != timeline -> looked[me] = timeline; compare() }
  od
}

active proctype Planner() {
end:
  do
  :: atomic { st == planned && fence < MAXF -> fence++; st = awaiting; ap = pending }
  od
}

active proctype People() {
end:
  do
  :: atomic { st == awaiting && ap == pending && !opening && grants < GRANTS -> ap = approved; st = ready; grants++ }
  :: atomic { st == unknown && !opening && fence < MAXF -> fence++; st = planned }
  :: atomic { st == unknown && !opening -> fence++; st = failed }
  od
}

active proctype Reaper() {
end:
  do
  :: atomic { st == claimed && !opening -> st = ready }
  :: atomic { st == executing && !opening -> st = unknown }
  od
}

active proctype Standby() {
end:
  do
  :: atomic { losses == 0 && (copy_st != st || copy_ap != ap || copy_fence != fence || copy_known != known) ->
       copy_st = st; copy_ap = ap; copy_fence = fence; copy_known = known; copy_epoch = epoch }
  :: atomic { losses < 1 -> losses++;
       st = copy_st; ap = copy_ap; fence = copy_fence; known = copy_known; epoch = copy_epoch;
#ifdef RESTORE
       life++; looked[1] = 0; looked[2] = 0
#else
       timeline++
#endif
     }
  od
}

/* When nothing moves any more, the database knows of everything that was done, or a person has been told (I18). */
active proctype Auditor() {
end:
  timeout ->
  assert((acted & ~known) == 0)
}

init {
  atomic {
    looked[1] = 1; looked[2] = 1;
    run Worker(1); run Keeper(1);
#if REPLICAS > 1
    run Worker(2); run Keeper(2)
#endif
  }
}
