/* One run from the moment it may start to its end: claim, intent, act, outcome; a reaper, a stop, people who settle.
 *
 * An atomic block is one transaction. Between two of them everybody may be slow for ever, which is what dying looks like from
 * outside, and every lease may be over: the reaper acts whenever it likes, so nothing here rests on leases or clocks.
 * A commit in doubt keeps the row locked until the server has decided about it: `FREE` guards every transaction.
 *
 *:proof   once-asked       -DEFFECT=ONCE -DASKS=1
 *:proof   once-auto        -DEFFECT=ONCE -DASKS=0
 *:proof   idempotent       -DEFFECT=IDEM -DASKS=1
 *:proof   idempotent-auto  -DEFFECT=IDEM -DASKS=0
 *:proof   three-workers    -DEFFECT=ONCE -DASKS=1 -DW=3 -DMAXF=4 -DOUTAGES=0
 *:proof   target           -DEFFECT=ONCE -DASKS=1 -DRIVAL
 *:live    ends             -DEFFECT=ONCE -DASKS=0 -DMAXF=3 -DOUTAGES=0 -DLIVE
 *:mutant  STALECLAIM       -DEFFECT=ONCE -DASKS=1   the intent does not compare the fence
 *:mutant  READYAGAIN       -DEFFECT=ONCE -DASKS=1   a `once` run whose worker is gone is ready again
 *:mutant  ACTFIRST         -DEFFECT=ONCE -DASKS=1   the call leaves before the intent is committed
 *:mutant  TRUSTCOMMIT      -DEFFECT=ONCE -DASKS=1   an intent in doubt is taken for committed
 *:mutant  NONONCE          -DEFFECT=ONCE -DASKS=1   in doubt, any intent under this fence is taken for one's own
 *:mutant  ANYOUTCOME       -DEFFECT=ONCE -DASKS=1   an outcome counts whatever the fence is
 *:mutant  STOPFORGOTTEN    -DEFFECT=ONCE -DASKS=1   another try follows although a person has stopped the run
 *:mutant  USEDTWICE        -DEFFECT=ONCE -DASKS=1   a rerun by a person starts on the approval that is used up
 *:mutant  OLDKEY           -DEFFECT=IDEM -DASKS=0   a try may follow whatever the age of the key
 *:mutant  NEWKEY           -DEFFECT=IDEM -DASKS=1   every try has a key of its own
 *:mutant  TARGETATCLAIM    -DEFFECT=ONCE -DASKS=1 -DRIVAL   the target is looked at when claiming only
 *:livemutant NOBODYLOOKS      -DEFFECT=ONCE -DASKS=0 -DMAXF=3 -DOUTAGES=0 -DLIVE   nobody looks after a worker that is gone
 *:gap     REPLANBYITSELF   -DEFFECT=IDEM -DASKS=0   after a try that may have acted, a changed plan starts under a new key and nobody is asked
 */
#define ONCE 1
#define IDEM 2
#ifndef W
#define W 2
#endif
#ifndef OUTAGES
#define OUTAGES 1
#endif
#ifndef MAXF
#define MAXF 5     /* fences given out */
#endif
#define TRIES 2    /* of one plan */
#define PLANS 2

mtype = { planned, ready, claimed, executing, succeeded, failed, unknown, dead, cancelled };
mtype = { ok, not_applied, ambiguous };

/* The row. */
mtype st = ready;
byte fence = 0, attempt = 0, plan = 1, nonce = 0, starts = 0;
bool used = false;       /* the approval of this plan */
bool begun = false;      /* first_started_at: a try of this plan had an intent */
bool stop = false;
byte doubt = 0;          /* whose commit the server still has to decide about; holds the row lock */
bool soft = false;       /* the newest write is a claim, which nobody waited for on disk */

/* The world, and what only we know. */
byte crashes = 0, outages = 0, replans = 0;
byte effects = 0, allowed = 1;
byte keys = 0;           /* that the far side has seen, one bit each */
bool old = false;        /* the far side may have forgotten the key */
bool rival = false;      /* another run works on the target */

#define FREE (doubt == 0)
#define OPEN (st == executing || st == unknown)
#define OVER (st == succeeded || st == failed || st == cancelled)
#define TOO_OLD (EFFECT == IDEM && begun && old)

#ifdef STALECLAIM
#define MINE (st == claimed)
#else
#define MINE (st == claimed && fence == f)
#endif
#if defined(RIVAL) && !defined(TARGETATCLAIM)
#define TARGET (!rival)
#else
#define TARGET true
#endif
#ifdef OLDKEY
#define YOUNG true
#else
#define YOUNG (!TOO_OLD)
#endif
#define MAY_START (MINE && YOUNG && TARGET)

inline change(to) { st = to; soft = false }

inline judge() {              /* what must be true of whatever may start */
  assert(plan == mine);                               /* I8, I11: what starts is the plan that was looked at */
  assert(!TOO_OLD);                                   /* I13 */
  assert(!stop);                                      /* what a person has stopped is not tried again */
  assert(!rival)                                      /* I14 */
}

inline write_intent(who) {
  st = executing; soft = false; attempt++; nonce = who + 1;
#if ASKS
  if :: !used -> starts++; used = true :: else fi;
  assert(starts <= allowed);                          /* I5 */
#endif
#if EFFECT == IDEM
  if :: !begun -> begun = true; old = false :: else fi
#endif

}

inline reach_out() {
#ifdef NEWKEY
  key = attempt;
#endif
  if
  :: EFFECT == ONCE -> effects++
  :: EFFECT == IDEM && !(keys & (1 << key)) -> keys = keys | (1 << key); effects++
  :: else
  fi;
  assert(effects <= allowed)                          /* I5, I6, I12, I13, I19: never more than people or the rule said */
}

/* Where an outcome leads; of a run that is unknown already, only a truth that ends it. */
#ifdef STOPFORGOTTEN
#define AGAIN(c) (c == not_applied || (c == ambiguous && EFFECT == IDEM))
#else
#define AGAIN(c) (!stop && (c == not_applied || (c == ambiguous && EFFECT == IDEM)))
#endif
inline settle(c) {
  if
  :: c == ok -> assert(effects > 0); change(succeeded)
  :: AGAIN(c) && st == executing && attempt < TRIES -> change(ready)
  :: AGAIN(c) && st == executing && attempt >= TRIES -> change(dead)
  :: c == not_applied && !AGAIN(c) -> change(failed)
  :: c == ambiguous && !AGAIN(c) && st == executing -> change(unknown)
  :: else
  fi
}

#ifdef LIVE                     /* dying has to be said: the fair scheduler lets nobody wait for ever */
#define CRASH if :: crashes < 1 -> crashes++; goto gone :: skip fi
#else
#define CRASH skip
#endif

proctype Worker(byte me) {
  byte f = 0, mine = 0, key = 0;
  mtype c = ambiguous;
gone:
  f = 0; mine = 0; key = 0; c = ambiguous;
end:
  do
  :: atomic { FREE && st == ready && fence < MAXF ->
       st = claimed; fence++; f = fence; mine = plan; key = plan; soft = true }
     CRASH;
#ifdef ACTFIRST
     d_step { reach_out() }
     CRASH;
#endif
     if
     :: atomic { FREE && replans < 1 -> replans++;      /* the plan, made again, is not the one that was approved */
          if
#ifndef REPLANBYITSELF
          :: st == claimed && fence == f && EFFECT == IDEM && begun && !ASKS -> change(unknown)
          :: st == claimed && fence == f && (EFFECT != IDEM || !begun || ASKS) ->
#else
          :: st == claimed && fence == f ->
#endif
               fence++; change(planned); begun = false; old = false
          :: else
          fi;
          goto gone }
     :: atomic { FREE && MAY_START -> judge(); write_intent(me) }
     :: atomic { FREE && MAY_START -> judge(); doubt = me + 1 };   /* COMMIT was sent, the answer is lost */
#ifdef TRUSTCOMMIT
        skip
#else
        atomic { FREE ->                                  /* the lock is had: its fate is known now (I19) */
          if
#ifdef NONONCE
          :: st == executing && fence == f -> skip
#else
          :: st == executing && fence == f && nonce == me + 1 -> skip
#endif
          :: st == claimed && fence == f -> fence++; change(ready); goto gone
          :: else -> goto gone
          fi }
#endif
     :: atomic { FREE && !MAY_START ->
          if
          :: st == claimed && fence == f && !YOUNG -> change(unknown)
          :: st == claimed && fence == f && !TARGET -> change(ready)
          :: else
          fi;
          goto gone }
     fi;
     CRASH;
     if
#ifdef ACTFIRST
     :: c = ok :: c = ambiguous
#else
     :: d_step { reach_out(); c = ok }
     :: d_step { reach_out(); c = ambiguous }
     :: c = ambiguous
     :: c = not_applied
#endif
     fi;
     CRASH;
     atomic { FREE ->
       if
#ifdef ANYOUTCOME
       :: OPEN ->
#else
       :: OPEN && fence == f ->
#endif
            assert(nonce == me + 1);                      /* I7: nobody ends a start that is not his */
            settle(c)
       :: else
       fi;
       goto gone }
  od
}

active proctype Server() {      /* decides about a commit whose client has gone, and may crash itself */
end:
  do
  :: atomic { doubt != 0 -> write_intent(doubt - 1); doubt = 0 }
  :: atomic { doubt != 0 -> doubt = 0 }
  :: atomic { soft && outages < OUTAGES -> outages++; doubt = 0; fence--; change(ready) }
  od
}

active proctype Clock() {
end:
  do
  :: atomic { EFFECT == IDEM && begun && !old -> old = true }
  od
}

#ifndef NOBODYLOOKS
active proctype Reaper() {
end:
  do
  :: atomic { FREE && st == claimed -> change(ready) }
#ifdef READYAGAIN
  :: atomic { FREE && st == executing -> change(ready) }
#else
  :: atomic { FREE && st == executing -> settle(ambiguous) }
#endif
  od
}
#endif

inline order_rerun() {          /* a new plan, a new key; the approval is asked for again */
  fence++; change(planned); attempt = 0; begun = false; old = false; stop = false;
#if !ASKS
  allowed++
#endif
}

active proctype People() {
end:
  do
  :: atomic { FREE && st == unknown -> fence++; change(succeeded) }
  :: atomic { FREE && st == unknown -> fence++; change(failed) }
  :: atomic { FREE && (st == unknown || st == dead) && plan < PLANS && fence < MAXF -> order_rerun() }
  :: atomic { FREE && st == executing && !stop -> stop = true }
  :: atomic { FREE && (st == planned || st == ready || st == claimed) -> change(cancelled) }
  od
}

active proctype Planner() {     /* makes the plan; if people have to agree, they do (approval.pml) */
end:
  do
  :: atomic { FREE && st == planned && plan < PLANS ->
       plan++; fence++; change(ready);
#ifndef USEDTWICE
       used = false;
       #if ASKS
       allowed++
#endif

#endif
     }
  od
}

#ifdef RIVAL
active proctype Rival() {       /* another run for the same target */
end:
  do
  :: atomic { FREE && !rival && !OPEN -> rival = true }
  :: atomic { rival -> rival = false }
  od
}
#endif

init {
  atomic {
    run Worker(0); run Worker(1);
#if W > 2
    run Worker(2)
#endif
  }
}

#ifdef LIVE
ltl ends { <> (OVER || st == unknown || st == dead || fence >= MAXF) }
#endif
