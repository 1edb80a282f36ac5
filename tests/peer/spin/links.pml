/* Links, and what both sides do alike. A broken link, or one whose other end is closed, takes
   nothing more; its reader may read on or see the end: so any suffix of what was on its way can be
   lost. LINKS slots are used again without a limit; kind[i] is 1 for a direct link, 0 for a relayed. */
#ifndef LINKS
#define LINKS 2
#endif
#ifndef TEXTS_G
#define TEXTS_G 1
#endif
#ifndef TEXTS_H
#define TEXTS_H 1
#endif
#ifndef BREAKS
#define BREAKS 1
#endif
#ifndef RELAYS
#define RELAYS 0              /* the first so many slots are relayed */
#endif
#ifndef ROOM
#define ROOM 16               /* messages on their way, in one direction of one link */
#endif
#ifndef MINUTES
#define MINUTES 0             /* how often a minute passes without a take */
#endif
#ifndef LATE
#define LATE 0                /* how often an answer comes too late from a link that lives */
#endif
#ifndef TAKES
#define TAKES 255             /* more are no rule, but a livelock */
#endif
#define NONE 9
#define MOST 1                /* the best kind */

mtype = { use, text, ack, ping, pong };

byte phase[LINKS];            /* 0 free, 1 opening, 2 ready (m2 read), 3 live (m3 sent) */
bool broken[LINKS], gup[LINKS], hup[LINKS], verified[LINKS], asked[LINKS], mute[LINKS];
chan toh[LINKS] = [ROOM] of { mtype, byte, byte };
chan tog[LINKS] = [ROOM] of { mtype, byte, byte };
byte gcur = NONE, hcur = NONE, gn, hn;
byte gsaid, gacked, grecv, hsaid, hacked, hrecv, breaks = BREAKS;
bool gasks, gdoubts, grecent; /* something of the guest's has no answer; it looks beside its link; it took one lately */
byte minutes = MINUTES, late = LATE;
hidden byte k; hidden byte j; hidden byte x; hidden byte y; hidden byte old;

#define kind(i) (i >= RELAYS)
#define better(i, c) (c == NONE || kind(i) > kind(c))
#define gdying(i) (broken[i] || !hup[i])
#define hdying(i) (broken[i] || !gup[i])
#define wanted(i) (better(i, gcur) || better(i, hcur))

inline gsend(LINK, TAG, FIRST, SECOND) { if :: !gdying(LINK) -> assert(len(toh[LINK]) < ROOM); toh[LINK]!TAG,FIRST,SECOND :: else fi }
inline hsend(LINK, TAG, FIRST, SECOND) { if :: !hdying(LINK) -> assert(len(tog[LINK]) < ROOM); tog[LINK]!TAG,FIRST,SECOND :: else fi }

inline drain(QUEUE) { do :: len(QUEUE) > 0 -> QUEUE?_,_,_ :: else -> break od }

inline free_if_gone(LINK) {
    if :: !gup[LINK] && !hup[LINK] ->
        phase[LINK] = 0; broken[LINK] = false; verified[LINK] = false; asked[LINK] = false; mute[LINK] = false;
        drain(toh[LINK]); drain(tog[LINK])
    :: else fi
}
inline gclose(LINK) {
    gup[LINK] = false; drain(tog[LINK]); if :: gcur == LINK -> gcur = NONE; gasks = false; gdoubts = false :: else fi;
    free_if_gone(LINK)
}
inline hclose(LINK) {
    hup[LINK] = false; drain(toh[LINK]); if :: hcur == LINK -> hcur = NONE :: else fi; free_if_gone(LINK)
}
inline gagain(LINK) { k = gacked + 1; do :: k <= gsaid -> gsend(LINK, text, k, 0); k++ :: else -> break od }
inline hagain(LINK) { k = hacked + 1; do :: k <= hsaid -> hsend(LINK, text, k, 0); k++ :: else -> break od }

inline gtext(FIRST) {
    assert(FIRST <= grecv + 1); if :: FIRST > grecv -> grecv = FIRST :: else fi;
    if :: gcur != NONE -> gsend(gcur, ack, grecv, 0) :: else fi
}
inline htext(FIRST) {
    assert(FIRST <= hrecv + 1); if :: FIRST > hrecv -> hrecv = FIRST :: else fi;
    if :: hcur != NONE -> hsend(hcur, ack, hrecv, 0) :: else fi
}
inline gack(FIRST) { assert(FIRST <= gsaid); if :: FIRST > gacked -> gacked = FIRST :: else fi }
inline hack(FIRST) { assert(FIRST <= hsaid); if :: FIRST > hacked -> hacked = FIRST :: else fi }

#define good (gcur != NONE && gcur == hcur && !broken[gcur] && gup[gcur] && hup[gcur] && kind(gcur) == MOST \
    && gsaid == gacked && gsaid == hrecv && hsaid == hacked && hsaid == grecv)
