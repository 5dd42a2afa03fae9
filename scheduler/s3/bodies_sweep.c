/* Files that a crash left without a record, looked for folder by folder on a pool thread, one at a time: whatever
 * else wants the pool goes between. Files of this run are left alone: their records may be on the way. */
#include "scheduler/s3/bodies_private.h"

#include "core/mem.h"
#include "scheduler/s3/body_reader_private.h"

#include <dirent.h>
#include <stdlib.h>

#define FOLDERS 256
#define NAME_LEN 16 /* of a file: its id in hex */

struct body_sweep {
    struct bodies *bodies;
    struct long_read read;
    unsigned folder;
    uint64_t *found; /* nobody's files in the folder */
    size_t count, cap;
};

static void add(struct body_sweep *sweep, uint64_t id)
{
    if (sweep->count == sweep->cap) {
        sweep->cap = sweep->cap > 0 ? 2 * sweep->cap : 64;
        sweep->found = mem_realloc(sweep->found, sweep->cap * sizeof(sweep->found[0]));
    }
    sweep->found[sweep->count++] = id;
}

static bool parse_name(const char *name, uint64_t *ret_id)
{
    char *end;
    *ret_id = strtoull(name, &end, 16);
    return strlen(name) == NAME_LEN && *end == '\0';
}

static void look(struct long_read *read, struct txn *txn)
{
    struct body_sweep *sweep = CONTAINER_OF(read, struct body_sweep, read);
    char path[BODY_PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/%02x", sweep->bodies->dir, sweep->folder);
    DIR *dir = len < BODY_PATH_MAX ? opendir(path) : NULL;
    const struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        struct body body = {.is_inline = false};
        struct slice bytes;
        if (parse_name(entry->d_name, &body.id) && body.id >> 32 < sweep->bodies->run &&
            !body_bytes(txn, &body, &bytes) && !txn_failed(txn)) {
            add(sweep, body.id);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

static bool is_held(const struct bodies *bodies, uint64_t id)
{
    for (const struct body_reader *reader = bodies->readers; reader != NULL;
         reader = reader->next) {
        for (size_t i = 0; i < reader->count; i++) {
            if (reader->list[i].id == id) {
                return true;
            }
        }
    }
    return false;
}

static void on_looked(struct long_read *read)
{
    struct body_sweep *sweep = CONTAINER_OF(read, struct body_sweep, read);
    struct bodies *bodies = sweep->bodies;
    size_t kept = 0;
    for (size_t i = 0; i < sweep->count; i++) {
        if (!is_held(bodies, sweep->found[i])) {
            sweep->found[kept++] = sweep->found[i];
        }
    }
    bodies_unlink(bodies, sweep->found, kept);
    sweep->count = 0;
    if (++sweep->folder < FOLDERS && !bodies->is_closing) {
        engine_read_long(bodies->scheduler->engine, &sweep->read);
        return;
    }
    bodies->needs_sweep = sweep->folder < FOLDERS;
    mem_free(sweep->found);
    mem_free(sweep);
    bodies_work_ended(bodies);
}

void body_sweep_start(struct bodies *bodies)
{
    struct body_sweep *sweep = mem_zalloc(sizeof(*sweep));
    sweep->bodies = bodies;
    sweep->read = (struct long_read){.read = look, .done = on_looked};
    bodies_work_begun(bodies);
    engine_read_long(bodies->scheduler->engine, &sweep->read);
}
