/* What the files of `sls-local store check` share.
 *
 *     check.c       what there is; items, entries and statistics against each other
 *     check_log.c   change logs
 *     check_form.c  the form of one item
 *     care.c        store_check(), store_compact()
 *
 * Nothing is trusted: every key and value is looked at before the folder's own readers, which assert, see it. */
#ifndef SLS_STORE_CHECK_H
#define SLS_STORE_CHECK_H

#include "store/store.h"
#include "store/table/catalog.h"

/* What an id stands for, and what was found under it. */
struct owner {
    uint32_t id;
    enum engine_db db;
    const struct table *table;
    const struct table_index *index; /* NULL: the table's items, or its TTL entries */
    bool is_garbage;                 /* waits for the sweeper */
    bool is_filling;                 /* entries may be missing still */
    int64_t items, bytes;
};

struct checker {
    struct txn *txn;
    void (*print)(void *ctx, const char *line);
    void *ctx;
    struct store_check result;
    struct table **tables;
    size_t table_count;
    struct owner *owners;
    size_t owner_count, owner_room;
    uint32_t next_id;
    bool has_backups;
};

/* Walks everything that one snapshot holds. */
MUST_CHECK enum status check_engine(struct engine *engine, struct checker *checker,
                                    struct fault *reterr);
void checker_finish(struct checker *checker);

void check_report(struct checker *checker, const struct owner *owner, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* NULL when nothing of this id is known. */
struct owner *check_find_owner(struct checker *checker, enum engine_db db, uint32_t id);
void check_logs(struct checker *checker);

/* NULL for an item in the form of attr.h, else what is wrong: "names out of order". */
const char *check_form(struct slice item);

#endif
