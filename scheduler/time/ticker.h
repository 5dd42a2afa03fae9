/* Tickers: what fires once for each due time of a schedule expression, whatever happens in between.
 *
 *     alarm at the due time -> owner prepares the deliveries -> one commit: the deliveries and the tick
 *
 *     DB_STATE   STATE_TICK | kind ':' name -> {"Last": the instant of the last tick, ms}
 *
 * A tick t fires iff t > Last (and t > since_ms, the floor while nothing has fired): neither lost nor doubled by a
 * kill -9, because its record and its deliveries are one commit. A tick that cannot be written is tried again.
 *
 * Windows   A flexible window delays a tick by a part of the window that follows from the ticker's name and the tick: a
 *           restart finds the same. The window ends before the next tick.
 * Catch up  What was missed while nothing ran, or while the machine slept, by options.catch_up: the newest runs if it is
 *           at most CATCH_UP_AGE_MS old (with CATCH_UP_ALL each of the newest CATCH_UP_MAX runs), and a notice tells of
 *           the others.
 * Rest      Tickers tick from scheduler_start() on. Ticks of one instant fire in the order their tickers were added.
 * Ownership A ticker belongs to whoever added it, until ticker_remove(). Texts are copied.
 * Thread    Loop thread, but for tick_forget...(). */
#ifndef SLS_SCHEDULER_TICKER_H
#define SLS_SCHEDULER_TICKER_H

#include "scheduler/delivery/delivery.h"
#include "scheduler/time/schedule_expression.h"

struct tickers;
struct ticker;

struct tick {
    int64_t at_ms;   /* the nominal instant: what an event of it says */
    int64_t now_ms;  /* when it fires */
    bool is_by_hand; /* `sls-local schedule run` */
};

/* What the owners of one kind have in common. */
struct ticker_kind {
    const char *name; /* "rule", "schedule": first part of a record's key and of a page's line */
    /* What the tick delivers, for the commit: delivery_prepare() into `arena` and `*list`. */
    void (*on_tick)(void *owner, const struct tick *tick, struct arena *arena,
                    struct prepared_delivery **list);
    /* No further tick will come: after the last one's commit, or (later, never inside ticker_add()) when there is none at
     * all. The ticker may be removed. May be NULL. */
    void (*on_end)(void *owner);
    /* Where its ticks go, in few words, for a page: into the arena, or the owner's. */
    struct slice (*target)(void *owner, struct arena *arena);
};

struct ticker_spec {
    struct slice name;       /* unique among its kind: "nightly", "default/nightly" */
    struct slice expression; /* as it was given; must parse (asserted) */
    enum schedule_dialect dialect;
    struct slice zone_name;  /* as it was given; empty: UTC */
    const struct zone *zone; /* scheduler_zones() */
    int64_t anchor_ms;       /* rate() counts from here */
    int64_t
        since_ms;   /* no tick up to this instant: when the expression was given, or last enabled */
    int64_t end_ms; /* no tick after it; INSTANT_NEVER: none */
    uint32_t window_ms; /* flexible; 0: off */
    bool is_disabled;
};

struct tickers *tickers_create(struct scheduler *scheduler);
void tickers_start(struct tickers *tickers);
/* Nothing ticks any more: what falls due now is caught up with by the next start. */
void tickers_stop(struct tickers *tickers);
/* All tickers have been removed (asserted); commits under way complete by themselves. NULL is a no-op. */
void tickers_destroy(struct tickers *tickers);
/* The zones that expressions are read in. */
struct zones *tickers_zones(struct tickers *tickers);

struct ticker *ticker_add(struct tickers *tickers, const struct ticker_kind *kind, void *owner,
                          const struct ticker_spec *spec);
/* The same ticker by another spec of the same name; what has fired stays so. */
void ticker_change(struct ticker *ticker, const struct ticker_spec *spec);
/* When it has something to do at once, it does it a little later: the disk was full a moment ago. */
void ticker_wait(struct ticker *ticker);
void ticker_set_owner(struct ticker *ticker, void *owner);
void ticker_remove(struct ticker *ticker); /* NULL is a no-op */
/* Writer thread: forgets what has fired, in the job that deletes the owner's record. */
void tick_forget(struct txn *txn, const struct ticker_kind *kind, struct slice name);
/* The same for all whose names begin with `prefix`. */
void tick_forget_under(struct txn *txn, const struct ticker_kind *kind, struct slice prefix);

/* Fires now, as if due; no tick is recorded. `on_fired` runs once, later: OK, or UNAVAILABLE. */
typedef void ticker_fired_fn(void *ctx, enum status status);
void ticker_run(struct ticker *ticker, ticker_fired_fn *on_fired, void *ctx);

/* --- for pages --- */

struct ticker_view {
    const char *kind;
    struct slice name, expression, zone_name;
    const struct zone *zone;
    bool is_disabled;
    int64_t last_ms; /* INSTANT_NEVER: has not fired since it was made */
};
int64_t tickers_now_ms(const struct tickers *tickers);
/* In the order of kind and name. */
void tickers_each(struct tickers *tickers, void (*each)(void *ctx, struct ticker *ticker),
                  void *ctx);
struct ticker_view ticker_view(const struct ticker *ticker);
struct slice ticker_target(const struct ticker *ticker, struct arena *arena);
/* The instants to come, at most `count`; nominal, without a window's delay. */
size_t ticker_upcoming(const struct ticker *ticker, int64_t *instants, size_t count);

#endif
