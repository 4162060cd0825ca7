/* One replica speaks in a chat at a time. A row per chat names the holder, its term and the end of its lease; messages of a lane
 * go out in order, each at least once.
 *
 * Time is counted in steps. A call to the chat ends within CALL steps and one to the database is as slow as it likes; with PAUSE
 * one replica may stand still anywhere for any time. An atomic block is one transaction or one arrival.
 * Scaled down from 45 s of lease, 10 s until renewal, 35 s for the longest call.
 *
 *:proof   two-replicas
 *:proof+  pause            -DPAUSE
 *:mutant  NOLOOK           a new term posts what is due without looking for it first
 *:mutant  LONGTRUST        the term is trusted for as long as its lease lasts, calls and all
 *:mutant  NOLEASE          whoever wants the chat takes it
 *:mutant  ANYTERM          -DPAUSE   an outcome counts from whoever reports it
 *:mutant  SAMETERM         a take-over keeps the number of the term
 *:mutant  NOLANES          the next message goes out while the one before it is still due
 *:mutant  NOTEFIRST        a message is noted as sent before it is sent
 *:mutant  LATEANSWER       the holder speaks on an answer of the database that came after the time to renew
 */
#define LEASE 4
#define RENEW 1
#define CALL 2
#ifndef TMAX
#define TMAX 7
#endif
#define TERMS 3

/* The tables. */
byte term = 0, holder = 0, until = 0;    /* 0: nobody has had it; replicas are 1 and 2 */
bool due[2], sent[2];
byte born[2];     /* in which term a message came to be due */

/* The chat, and what only we know. */
byte posts[2];
byte now = 0, crashes = 0;
byte ends[3];            /* when a replica's call has to be over; 0: it is in none */
bool pausing = false;

#define SPEAKING(i) (ends[i] != 0)
#define ALL_SENT (sent[0] && sent[1])

/* Time stands still where somebody has to be done by now. */
active proctype Time() {
end:
  do
  :: atomic { now < TMAX && (ends[1] == 0 || now < ends[1]) && (ends[2] == 0 || now < ends[2]) -> now++ }
#ifdef PAUSE
  :: atomic { !pausing && now < TMAX && (SPEAKING(1) || SPEAKING(2)) -> pausing = true;   /* one call takes for ever */
       if :: SPEAKING(1) -> ends[1] = TMAX + 1 :: else -> ends[2] = TMAX + 1 fi }
#endif
  od
}

#ifdef NOLANES
#define LANE true
#else
#define LANE (due[0] && sent[0])
#endif
#define OWN (holder == me && mine == term && mine != 0)
#ifdef NOLEASE
#define VACANT true
#else
#define VACANT (holder == me || holder == 0 || now >= until)
#endif

proctype Replica(byte me) {
  byte mine = 0, asked = 0, m = 0;
#ifdef LATEANSWER
  bool late = false;
#endif
end:
  do
  :: atomic { now < TMAX && !ALL_SENT -> asked = now };   /* asks for the chat, or for more time */
     if
     :: atomic { OWN -> until = now + LEASE }                /* one's own term goes on */
#ifdef SAMETERM
     :: atomic { !OWN && VACANT -> if :: term == 0 -> term = 1 :: else fi; holder = me; until = now + LEASE; mine = term }
#else
     :: atomic { !OWN && VACANT && term < TERMS -> term++; holder = me; until = now + LEASE; mine = term }
#endif
     :: atomic { !OWN && (!VACANT || term == TERMS) -> goto nothing }
     fi;
#ifdef LATEANSWER
     late = true;
#endif
speak:
     if
     :: atomic {                                                         /* the head of the lane is due: the call begins */
#ifdef LATEANSWER
          (late || now < asked + RENEW) &&
#endif
#ifdef LONGTRUST
          now < asked + LEASE &&
#endif
#if !defined(LATEANSWER) && !defined(LONGTRUST)
          now < asked + RENEW &&
#endif
          mine != 0 && ((due[0] && !sent[0]) || (due[1] && !sent[1] && LANE)) ->
          if
          :: due[0] && !sent[0] -> m = 0
          :: due[1] && !sent[1] && LANE -> m = 1
          fi;
          ends[me] = now + CALL;
#ifdef LATEANSWER
          late = false;
#endif
          assert(pausing || !SPEAKING(3 - me)) }
#ifdef NOTEFIRST
        atomic { if :: mine == term -> sent[m] = true :: else fi }
        if :: skip :: atomic { crashes < 1 -> crashes++; ends[me] = 0; mine = 0; goto nothing } fi;
#endif
        atomic {                                                         /* by its end the post is there; looked for, if somebody may have posted it */
#ifndef NOLOOK
          if
          :: born[m] < mine && posts[m] > 0 -> skip
          :: else -> posts[m]++
          fi;
#else
          posts[m]++;
#endif
          assert(m == 0 || posts[0] > 0);                                /* I16: in order */
          assert(pausing || posts[m] <= 1) }                             /* nobody speaks twice unless somebody stood still */
        if
        :: atomic { crashes < 1 -> crashes++; ends[me] = 0; mine = 0; m = 0; asked = 0 }    /* dies before it is noted */
        :: atomic { ends[me] = 0;                                        /* noted, if the term is still one's own */
             if
#ifdef ANYTERM
             :: !sent[m] -> assert(mine == term); sent[m] = true
#else
             :: !sent[m] && mine == term -> sent[m] = true
#endif
             :: else
             fi;
             m = 0 };
           goto speak
        fi
     :: atomic { OWN -> until = now; asked = 0 }   /* cannot hear the chat any more: hands over */
     :: atomic { now >= asked + RENEW -> asked = 0 }
     fi;
nothing:
     atomic { m = 0; asked = 0 }
  od
}

/* When nothing moves any more: what is noted as sent is there. */
active proctype Causes() {      /* a message is written when something happens, whoever speaks then */
end:
  do
  :: atomic { !due[0] -> due[0] = true; born[0] = term }
  :: atomic { due[0] && !due[1] -> due[1] = true; born[1] = term }
  od
}

active proctype Auditor() {
end:
  timeout ->
  assert(!sent[0] || posts[0] > 0);                                      /* I16 */
  assert(!sent[1] || posts[1] > 0)
}

init { atomic { run Replica(1); run Replica(2) } }
