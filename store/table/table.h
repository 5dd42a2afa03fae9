/* A table's definition: immutable once published; a change makes a successor.
 *
 * Versions   The loop finds tables in the catalog; a job on its way to the writer carries the version it was
 *            checked against. The writer always works on table_newest() of it, so that a write queued before
 *            an index was added still maintains it. Key schema, id, arn and table_id never change.
 * Ownership  Reference-counted on the loop thread: the catalog holds one, every request in flight one, a
 *            predecessor one on its successor. `arena` holds everything the struct points to.
 * Thread     `successor` and `is_deleted` belong to the writer thread until the change is committed; the rest
 *            is immutable. */
#ifndef SLS_STORE_TABLE_H
#define SLS_STORE_TABLE_H

#include "store/value/key.h"

#define TABLE_GSI_MAX 20
#define TABLE_LSI_MAX 5
#define TABLE_INDEXES_MAX (TABLE_GSI_MAX + TABLE_LSI_MAX)

enum table_state { TABLE_CREATING, TABLE_ACTIVE, TABLE_UPDATING, TABLE_DELETING };
const char *table_state_name(enum table_state state); /* also of indexes */

enum projection_type { PROJECT_ALL, PROJECT_KEYS_ONLY, PROJECT_INCLUDE };

struct throughput {
    int64_t read_units, write_units;
    int64_t increased_ms, decreased_ms; /* epoch; 0: never */
};

struct table_index {
    struct slice name;
    struct slice arn;
    uint32_t id; /* of its entries; also its number in the statistics */
    bool is_global;
    struct key_schema keys;
    enum projection_type projection;
    const struct slice *included; /* NonKeyAttributes as given */
    size_t included_count;
    const struct slice
        *projected; /* PROJECT_KEYS_ONLY and INCLUDE: all names, keys of both, sorted */
    size_t projected_count;
    struct throughput throughput;
    struct slice on_demand_throughput; /* JSON, or empty; also the next */
    struct slice warm_throughput;
    enum table_state state; /* CREATING while backfilling: written, not read */
};

enum stream_view {
    STREAM_OFF,
    STREAM_KEYS_ONLY,
    STREAM_NEW_IMAGE,
    STREAM_OLD_IMAGE,
    STREAM_NEW_AND_OLD
};

struct table {
    struct arena *arena;
    uint32_t refs;           /* loop thread */
    struct table *successor; /* it and is_deleted: the writer thread's, and set once */
    bool is_deleted;

    struct slice name; /* from here on nothing changes once the version is published */
    struct slice arn;
    struct slice table_id; /* UUID */
    struct slice region;   /* it was created in */
    uint32_t id;           /* of its items, change log and statistics */
    uint32_t ttl_id;       /* of its TTL entries */
    enum table_state state;
    struct key_schema keys;
    const struct key_part *definitions; /* AttributeDefinitions */
    size_t definition_count;
    struct table_index *indexes; /* LSIs, then GSIs, in the order of creation */
    size_t index_count;
    bool is_on_demand;
    int64_t on_demand_ms; /* LastUpdateToPayPerRequestDateTime */
    struct throughput throughput;
    bool is_protected;                 /* DeletionProtectionEnabled */
    bool is_infrequent;                /* TableClass STANDARD_INFREQUENT_ACCESS */
    struct slice sse;                  /* SSESpecification as JSON, or empty */
    struct slice on_demand_throughput; /* JSON, or empty; the same for the next two */
    struct slice warm_throughput;
    struct slice replicas; /* JSON array of RegionName etc., or empty */
    int64_t created_ms;
    enum stream_view stream_view;
    struct slice stream_label; /* of the running stream, or of the last one; empty: never had one */
    uint64_t stream_first;     /* sequence of its first record */
    struct slice ttl_attribute; /* empty: TTL is off */
    bool has_recovery;          /* point-in-time recovery */
    int64_t recovery_since_ms;
    uint32_t recovery_days;
    bool has_destination;         /* an active one, of Kinesis (destination.h) */
    struct slice restore_summary; /* JSON, or empty */
    bool is_filling;              /* CREATING until a restore or an import is through with it */
};

struct table *table_ref(struct table *table);
void table_unref(struct table *table); /* NULL is a no-op */
/* Writer thread: the version in force; NULL when the table is gone. */
struct table *table_newest(struct table *table);
const struct table_index *table_index_find(const struct table *table, struct slice name);
static inline bool table_keeps_log(const struct table *table)
{
    return table->stream_view != STREAM_OFF || table->has_recovery || table->has_destination;
}
bool key_schema_has(const struct key_schema *schema, struct slice name);
/* True when an attribute is in an index entry: key of table or index, or projected. */
bool index_projects(const struct table_index *index, struct slice name);

/* --- building a version: on the copy that table_copy() (catalog.h) made, before it is published --- */

/* One more index at the end, zeroed; a LSI before the first GSI. */
struct table_index *table_add_index(struct table *table, bool is_global);
void table_remove_index(struct table *table, size_t at);
/* Fills in `projected`, from the keys of both and `included`. */
void table_project_index(struct table *table, struct table_index *index);

#endif
