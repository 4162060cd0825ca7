/* One question about one plan, and the next one if the plan changes: votes, denial, expiry, cancelling, editing, and the start that
 * uses the approval up. Two of three people have to agree; person 0 asked for the run. Person 2 and person 0 have two accounts each.
 *
 * An atomic block is one transaction that has locked approval and run and has read the database's clock afterwards.
 *
 *:proof   votes
 *:proof+  two-workers      -DW=2
 *:proof+  longer           -DTMAX=3 -DACTS=3
 *:mutant  CLOCKFIRST       the clock is read before the lock is had
 *:mutant  NOUSEBY          the start does not ask until when the approval may be used
 *:mutant  OTHERPLAN        a vote counts for the plan of now, whichever the voter has seen
 *:mutant  ACCOUNTS         a quorum counts accounts
 *:mutant  FOUREYES         who asked may vote with the other account
 *:mutant  EDITORVOTES      who changed the parameters may approve them
 *:mutant  UNPOSTED         a vote counts before the plan was posted
 *:mutant  TWOSTATEMENTS    the vote is stored by one statement, the quorum counted by the next
 *:mutant  STARTBLIND       the start does not look at the approval
 *:mutant  KEEPSVOTES       a changed plan takes over the votes
 *:mutant  LOSTRIGHT        the start does not ask whether the approvers still may
 *:mutant  NOTUSEDUP        the start leaves the approval as it is
 *:mutant  LOOKUPEARLY      who may approve is looked up before the dry run that precedes the start, not after it
 */
#ifndef W
#define W 1
#endif
#ifndef ACTS
#define ACTS 2     /* of each voter */
#endif
#ifndef TMAX
#define TMAX 2
#endif
#define EXPIRES 1
#define USE_WITHIN 1
#define PLANS 2
#define FENCES 3

mtype = { pending, approved, denied, expired, cancelled, voided, consumed };
mtype = { planned, awaiting, ready, claimed, executing, held, over };

/* The rows. Votes are a set of accounts: 0 and 4 are person 0's, 1 is person 1's, 2 and 3 are person 2's. */
mtype a = pending, r = awaiting;
byte now = 0, until = 0, plan = 1, yes = 0, fence = 0;
byte out = 1;            /* people who may not vote: who asked, who edited; one bit each */
bool posted = false;

/* The world, and what only we know. */
byte rights = 7;         /* people who hold the role; one bit each */
byte meant = 0;          /* people who stand to having approved this very plan, in time, knowing it */
byte effects = 0, asked = 1;

#define BIT(i) (1 << (i))
#define PERSON(acc) (acc == 4 -> 0 : (acc == 3 -> 2 : acc))
#define PEOPLE(m) (((m | (m >> 4)) & 1) | (m & 2) | ((m | (m >> 1)) & 4))    /* set of accounts -> set of people */
#define SIZE(m) (((m) & 1) + (((m) >> 1) & 1) + (((m) >> 2) & 1))

#ifdef ACCOUNTS
#define VOTED(acc) (yes & BIT(acc))
#define COUNT (((yes >> 1) & 1) + ((yes >> 2) & 1) + ((yes >> 3) & 1) + (yes & 1) + ((yes >> 4) & 1))
#else
#define VOTED(acc) (PEOPLE(yes) & BIT(PERSON(acc)))
#define COUNT SIZE(PEOPLE(yes))
#endif
#ifdef FOUREYES
#define BARRED(acc) (acc != 4 && (out & BIT(PERSON(acc))))
#else
#define BARRED(acc) (out & BIT(PERSON(acc)))
#endif
#ifdef CLOCKFIRST
#define TIME began
#else
#define TIME now
#endif
#ifdef OTHERPLAN
#define KNOWN true
#else
#define KNOWN (seen == plan)
#endif
#ifdef UNPOSTED
#define THERE true
#else
#define THERE posted
#endif

/* Run and approval agree after every transaction (I10). */
inline agree() {
  assert((r == awaiting) == (a == pending));
  assert((r != ready && r != claimed) || a == approved || a == consumed);
  assert(r != planned || a == voided || a == consumed);
  assert(r != executing || a == consumed)
}
inline turn(to) { assert(a == pending || a == approved); a = to }   /* what has won stays (I10) */

inline count(acc) {
  assert(now < EXPIRES && posted && a == pending);                  /* I9 */
  yes = yes | BIT(acc);
  if :: seen == plan -> meant = meant | BIT(PERSON(acc)) :: else fi
}
inline approve() {
  turn(approved); r = ready; until = now + USE_WITHIN;
  assert(SIZE(meant & ~asked) >= 2)                                 /* I8: enough people, none of whom asked, meant this plan */
}
inline quorum() { if :: COUNT >= 2 -> approve() :: else fi; agree() }

proctype Voter(byte first; byte second) {
  byte acts = 0, seen = 0, acc = 0, began = 0;
end:
  do
  :: atomic { acts < ACTS && r != over -> acts++; seen = plan; began = now; if :: acc = first :: acc = second fi }
     if
     :: atomic {
          if
          :: a == pending && TIME < EXPIRES && THERE && KNOWN && !BARRED(acc) && !VOTED(acc) && (rights & BIT(PERSON(acc))) ->
               count(acc);
#ifdef TWOSTATEMENTS
               began = COUNT
          :: else -> began = 0
          fi }
        atomic {
          if :: began >= 2 -> approve() :: else fi;
          agree();
#else
               quorum()
          :: else
          fi;
#endif
          seen = 0; acc = 0; began = 0 }
     :: atomic { first == 2 ->                                       /* denies */
          if :: a == pending && now < EXPIRES && posted && seen == plan -> turn(denied); r = over; agree() :: else fi;
          seen = 0; acc = 0; began = 0 }
     :: atomic { first == 1 ->                                       /* takes the vote back */
          if
          :: a == pending && now < EXPIRES && posted && seen == plan && (yes & BIT(1)) ->
               yes = yes & ~BIT(1); meant = meant & ~BIT(1)
          :: else
          fi;
          seen = 0; acc = 0; began = 0 }
     fi
  od
}

active proctype Edit() {          /* by who asked, or by person 1 */
  byte who;
  if :: who = 1 :: who = 2 fi;
end:
  atomic { r == awaiting ->
    turn(voided); r = planned;
#ifndef EDITORVOTES
    out = out | who;
#endif
    asked = asked | who; agree() }
}

active proctype Planner() {
end:
  do
  :: atomic { r == planned && plan < PLANS ->
       plan++; posted = false; meant = 0; fence++;
#ifdef KEEPSVOTES
       if :: a == consumed -> a = pending; r = awaiting; yes = 0 :: else -> a = pending; r = awaiting; if :: COUNT >= 2 -> a = approved; r = ready; until = now + USE_WITHIN :: else fi fi;
#else
       yes = 0; a = pending; r = awaiting;
#endif
       agree() }
  :: atomic { a == pending && !posted -> posted = true }
  od
}

active proctype Time() {
end:
  do
  :: atomic { now < TMAX -> now++ }
  :: atomic { a == pending && now >= EXPIRES -> turn(expired); r = over; agree() }
  :: atomic { a == approved && r == ready && now >= until -> turn(expired); r = over; agree() }   /* a claimed run is its worker's */
  :: atomic { r == claimed -> r = ready }                            /* the reaper */
  od
}

active proctype Fate() {          /* somebody cancels; somebody loses the role */
  byte once = 0;
end:
  do
  :: atomic { once == 0 && (r == awaiting || r == planned || r == ready || r == claimed) -> once = 1;
       r = over; if :: a == pending || a == approved -> turn(cancelled) :: else fi }
  :: atomic { once == 0 -> once = 1; if :: rights = rights & 5 :: rights = rights & 3 fi }
  od
}

proctype Worker() {
  byte f = 0, may = 7, could = 7;   /* who may approve: as looked up; as it was when the plan had been looked at */
end:
  do
  :: atomic { r == ready && fence < FENCES -> r = claimed; fence++; f = fence; may = 7; could = 7;
#ifdef LOOKUPEARLY
       may = rights
#endif
     }
     if
     :: atomic { plan < PLANS ->                                     /* a fresh dry run differs */
          if
          :: r == claimed && fence == f -> r = planned; fence++; if :: a == approved -> turn(voided) :: else fi; agree()
          :: else
          fi;
          f = 0; may = 7 }
     :: atomic { could = rights;                                     /* it does not */
#if !defined(LOOKUPEARLY) && !defined(LOSTRIGHT)
          may = rights
#endif
        }
        atomic {
          if
#ifdef STARTBLIND
          :: fence == f && (r == ready || r == claimed || r == over) ->
#else
          :: r == claimed && fence == f && (a == consumed || (a == approved
#ifndef NOUSEBY
               && now < until
#endif
               && (COUNT >= 2 && SIZE(PEOPLE(yes) & may) >= 2))) ->
#endif
               assert(SIZE(meant & ~asked) >= 2);                    /* I8 again, of what starts */
               if
               :: a != consumed ->
                    assert(a == approved && now < until);            /* I11 */
                    assert(SIZE(meant & ~asked & could) >= 2);       /* I11, T35: and they still may */
#ifndef NOTUSEDUP
                    turn(consumed)
#endif
               :: else
               fi;
               r = executing; agree()
#ifndef STARTBLIND
          :: r == claimed && fence == f && a == approved && now >= until -> turn(expired); r = over; f = 0
          :: r == claimed && fence == f && a == approved && now < until && SIZE(PEOPLE(yes) & may) < 2 -> turn(voided); r = held; f = 0
#endif
          :: else -> f = 0
          fi }
        if
        :: atomic { f != 0 -> effects++; assert(effects <= 1); r = over; f = 0; may = 7; could = 7 }
        :: atomic { f != 0 -> r = ready; agree(); f = 0; may = 7; could = 7 }   /* provably nothing was done: another try */
        :: atomic { f == 0 -> may = 7; could = 7 }
        fi
     fi;
  od
}

init {
  atomic {
    run Voter(0, 4); run Voter(1, 1); run Voter(2, 3); run Worker();
#if W > 1
    run Worker()
#endif
  }
}
