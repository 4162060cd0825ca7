/* Break-glass, which issue 5 adds: one person, with a reason, may start what needs several; that always leaves a follow-up open, which
 * another person closes.
 *
 * The rule: the transaction that grants (approval, then run, as everywhere) makes the approval `approved` by this one person and
 * inserts the follow-up and the message to the managers; nothing else makes such an approval. The start uses it up like any other
 * (halt, fence, plan, time). Closing locks the follow-up's row and compares people, not accounts, at that moment. A replica's journal
 * says that a start was break-glass: if the database has forgotten it, recalling the start opens the follow-up again.
 *
 *:proof   break-glass
 *:proof   loss             -DLOSS
 *:mutant  LATER            the follow-up is opened in a transaction after the grant's
 *:mutant  ATTHEEND         the follow-up is opened when the run has ended
 *:mutant  OWNACCOUNT       whoever started it closes it with the other account
 *:mutant  TWICE            the grant is left as it is and starts the run again
 *:mutant  REOPENED         two people close at once, and the later one is whoever started it
 *:mutant  FORGOTTEN        -DLOSS   recalling a start does not ask for its follow-up
 */
mtype = { none, approved, consumed };
mtype = { open, closed };

/* The rows, and as a standby has them. */
mtype a = none, f = none;
byte closer = 0;         /* person */
mtype sa = none, sf = none;
byte scloser = 0;
bool held = false;       /* after a loss nothing starts by itself */

byte effects = 0, lost = 0;
bool journal = false;    /* a start stands in the journal, and that it was break-glass */

#ifdef LOSS
#define LOSSY (lost > 0)
#else
#define LOSSY false
#endif
/* Accounts 1 and 3 belong to person 1, who breaks the glass; account 2 to person 2. */
#define PERSON(acc) (acc == 3 -> 1 : acc)

proctype Glass() {
end:
  atomic { a == none && !held -> a = approved;
#if !defined(LATER) && !defined(ATTHEEND)
    f = open
#endif
  }
#ifdef LATER
  if :: atomic { f == none -> f = open } :: skip fi    /* or the process has died by then */
#endif
}

proctype Worker() {
  bool go = false;
end:
  do
  :: atomic { a == approved && !held && effects < 2 ->
#ifndef TWICE
       a = consumed;
#endif
       go = true }
     if
     :: journal = true; atomic { effects++; assert(effects <= 1); assert(LOSSY || f != none) }
#ifdef ATTHEEND
        if :: atomic { f == none -> f = open } :: skip fi
#endif
     :: skip
     fi
  od
}

proctype Closer(byte acc) {
  byte by = 0;
  bool saw = false;
end:
  do
  :: atomic { f == open -> saw = true }
     atomic {
       if
#ifdef REOPENED
       :: saw && (acc != 1 || closer != 0) -> f = closed; closer = PERSON(acc)
#else
#ifdef OWNACCOUNT
       :: f == open && acc != 1 -> f = closed; closer = PERSON(acc)
#else
       :: f == open && PERSON(acc) != 1 -> f = closed; closer = PERSON(acc)
#endif
#endif
       :: else
       fi;
       assert(f != closed || closer != 1);
       saw = false }
  od
}

#ifdef LOSS
active proctype Database() {
end:
  do
  :: atomic { lost == 0 && (sa != a || sf != f) -> sa = a; sf = f; scloser = closer }
  :: atomic { lost == 0 -> lost = 1; a = sa; f = sf; closer = scloser; held = true }
  :: atomic { lost == 1 && journal && a != consumed -> lost = 2; a = consumed;    /* recalled */
#ifndef FORGOTTEN
       if :: f == none -> f = open :: else fi
#endif
     }
  od
}
#endif

active proctype Auditor() {
end:
  timeout ->
  assert(effects == 0 || f != none)
}

init { atomic { run Glass(); run Worker(); run Closer(1); run Closer(2); run Closer(3) } }
