/* What the store does by itself: TTL, retention, backfill, copies. Each part is made by store_open() and ended, with
 * nothing half done left behind, by store_close().
 *
 * All of it works in small jobs (BACKGROUND_BATCH keys each), so that clients' writes never wait long, and goes on after
 * a restart from what DB_META says.
 *
 * Thread  Loop thread. */
#ifndef SLS_STORE_BACKGROUND_H
#define SLS_STORE_BACKGROUND_H

#include "store/store.h"

#define BACKGROUND_BATCH 1000

/* Stops at once; what is queued on the engine completes before the engine closes. NULL is a no-op. */

struct ttl_sweeper; /* ttl.c: deletes expired items every ttl_sweep_ms of context->clock */
struct ttl_sweeper *ttl_sweeper_create(struct store *store);
void ttl_sweeper_destroy(struct ttl_sweeper *sweeper);

struct streams; /* stream.c: watchers; trims logs beyond their retention */
struct streams *streams_create(struct store *store);
void streams_destroy(struct streams *streams);
void streams_trim(struct streams *streams); /* a round now; one a minute comes by itself */

struct backfill; /* backfill.c: fills CREATING indexes, sweeps garbage of catalog_discard() */
struct backfill *backfill_create(struct store *store);
void backfill_destroy(struct backfill *backfill);
/* Looks for garbage that was discarded outside a catalog_change(). NULL is a no-op. */
void backfill_kick(struct backfill *backfill);

struct copies; /* copies.c: backups, restores, exports and imports under way */
struct copies *copies_create(struct store *store);
void copies_destroy(struct copies *copies);

/* Where store.c keeps them. */
struct throttle;
struct transactions; /* transact.h */
struct transactions *store_transactions(struct store *store);
struct throttle *store_throttle(struct store *store);
struct streams *store_streams(struct store *store);
struct copies *store_copies(struct store *store);
struct backfill *store_backfill(struct store *store);
struct ttl_sweeper *store_ttl_sweeper(struct store *store); /* NULL once the store is closing */

#endif
