/* The rule of "Taking a link" (docs/protocol/direct-link.md): the guest takes a link by finishing its
   handshake, and numbers what it takes. RETURN adds that it goes back, LATE that it does so although the answer is on
   its way, so often, DOUBT that it looks beside a link whose answer is slow, as any may be here, and takes another one
   without a question, once in a minute. NOQUESTION and NOMINUTE leave a sentence out, so that a cycle, or more than
   TAKES of them, must be found. */
#include "links.pml"

#ifdef DOUBT
#define asks gasks = true
#else
#define asks skip
#endif
#if defined(DOUBT) && !defined(NOMINUTE)
#define recently true
#else
#define recently false
#endif

inline hang_up(AT) { gclose(AT); if :: phase[AT] != 0 -> hclose(AT) :: else fi }

inline take(AT) {
    gn++; assert(gn <= TAKES); gcur = AT; phase[AT] = 3; asked[AT] = false; mute[AT] = false;
    gdoubts = false; grecent = recently; asks;
    gsend(AT, use, gn, grecv); gagain(AT);
    j = 0;
    do
    :: j < LINKS -> if :: j != AT && (phase[j] == 1 || phase[j] == 2) -> hang_up(j) :: else fi; j++
    :: else -> break
    od
}

inline on_m2(AT) {
    if
    :: better(AT, gcur) || (gdoubts && !grecent) -> take(AT)
#ifdef NOQUESTION
    :: else -> hang_up(AT)
#else
    :: else -> gsend(gcur, ping, AT, 0); asked[AT] = true
#endif
    fi
}

inline guest_reads(AT) {
    if
    :: tog[AT]?text,x,y -> gtext(x)
    :: tog[AT]?ack,x,y -> gack(x)
    :: tog[AT]?pong,x,y -> if :: gcur == AT && phase[x] == 2 && asked[x] -> hang_up(x) :: else fi
    fi;
    if :: gcur == AT -> gdoubts = false; gasks = gasks && gsaid != gacked :: else fi
}

inline host_reads(AT) {
    if
    :: toh[AT]?text,x,y -> htext(x)
    :: toh[AT]?ack,x,y -> hack(x)
    :: toh[AT]?ping,x,y -> hsend(AT, pong, x, 0)
    :: toh[AT]?use,x,y ->
        if
        :: x <= hn -> hclose(AT)
        :: else ->
            old = hcur; hn = x; hcur = AT;
            if :: old != NONE && old != AT -> hclose(old) :: else fi;
            hack(y); hsend(AT, ack, hrecv, 0); hagain(AT)
        fi
    fi
}

inline guest_lost(AT) { skip }
inline host_lost(AT) { skip }

#define no_answer (gcur == NONE || gdying(gcur))

inline go_back(AT) {
    if :: gcur != NONE && !gdying(gcur) -> late-- :: else fi;
    if :: gcur != NONE -> mute[gcur] = true :: else fi;
    take(AT)
}

inline own(AT) {
    if
#ifdef RETURN
    :: phase[AT] == 3 && gup[AT] && gcur != AT && (gcur == NONE || !mute[AT]) && (no_answer || late > 0) ->
        go_back(AT)
#endif
#ifdef DOUBT
    :: gcur == AT && gasks && !gdoubts -> gdoubts = true
    :: gcur == AT && grecent && minutes > 0 -> minutes--; grecent = false
#endif
    :: phase[AT] == 2 && gup[AT] && (no_answer || (gdoubts && !grecent)) -> take(AT)
    :: phase[AT] == 3 && gup[AT] && gcur != AT -> gclose(AT)
    fi
}

#include "run.pml"
