/* The DynamoDB-compatible store: what `up`, `sls-local store` and the event bus see of this folder.
 *
 *     store_open -> edge_register(edge, store_service(), store) -> ... -> store_close
 *
 * Thread  Loop thread.
 * Source  DESIGN.md decisions 2 and 3; Amazon DynamoDB API reference 2012-08-10. */
#ifndef SLS_STORE_STORE_H
#define SLS_STORE_STORE_H

#include "core/api/api.h"
#include "core/context.h"
#include "core/status.h"

struct store;
struct engine;
struct txn;
struct catalog;

struct store_options {
    const char *data_dir;   /* store.mdb lies in it */
    const char *account_id; /* "000000000000" */
    const char *region;     /* for unsigned requests and the template's tables */
    bool is_volatile;       /* --in-memory */
    bool has_slow_tables;   /* --slow-tables: CREATING, UPDATING and DELETING take seconds */
    bool throttles;         /* --throttle: provisioned tables refuse beyond their units */
    bool has_new_wording;   /* --dynamodb-wording new */
    uint32_t gsi_lag_ms;    /* --gsi-lag */
    uint32_t ttl_sweep_ms;  /* 0: 1,000 */
    size_t map_bytes;       /* 0: default; tests start small */
};

MUST_CHECK enum status store_open(struct context *context, const struct store_options *options,
                                  struct store **ret_store, struct fault *reterr);
/* Finishes what was accepted. NULL is a no-op. */
void store_close(struct store *store, void (*on_closed)(void *ctx), void *ctx);
const struct api_service *store_service(void); /* "dynamodb", both targets */

struct engine *store_engine(struct store *store); /* shared with the event bus */
struct catalog *store_catalog(struct store *store);
struct context *store_context(struct store *store);
const struct store_options *store_options(const struct store *store);

/* --- the template's tables --- */

/* One table of a template: CloudFormation properties as CreateTable's JSON, plus what CreateTable does not take.
 * A table that exists already is brought up to date as CloudFormation would (UpdateTable, UpdateTimeToLive, tags)
 * and keeps its items; a changed key schema is a fault that names the table. */
struct store_table_spec {
    struct slice create_json;   /* CreateTable's input */
    struct slice ttl_attribute; /* empty: off */
    bool has_recovery;
    struct slice destination_arn; /* of a Kinesis stream that gets the changes; empty: none does */
    struct slice destination_precision; /* empty: the default */
    struct slice stream_label; /* of the stream, when one is enabled: names are deterministic */
};
/* `on_done` runs once, later, when all are ACTIVE; with the first fault, if any. */
typedef void store_deployed_fn(void *ctx, enum status status, const struct fault *fault);
void store_deploy(struct store *store, const struct store_table_spec *specs, size_t count,
                  store_deployed_fn *on_done, void *ctx);

/* --- care: `sls-local store check|compact`, blocking, on a closed store's directory --- */

struct store_check {
    uint64_t tables, items, entries, log_records;
    uint64_t garbage;  /* of deleted tables and indexes: goes while the store runs */
    uint64_t problems; /* printed one a line to `out` */
};
MUST_CHECK enum status store_check(const char *data_dir, void (*print)(void *ctx, const char *line),
                                   void *ctx, struct store_check *ret_check, struct fault *reterr);
/* For others who keep something in the same environment and look after it: a snapshot of what is there. */
MUST_CHECK enum status store_inspect(const char *data_dir,
                                     void (*inspect)(void *ctx, struct txn *txn), void *ctx,
                                     struct fault *reterr);
MUST_CHECK enum status store_compact(const char *data_dir, uint64_t *ret_before,
                                     uint64_t *ret_after, struct fault *reterr);

#endif
