#include "scheduler/s3/s3.h"

#include "core/mem.h"
#include "scheduler/s3/lifecycle_sweep.h"
#include "scheduler/s3/mirror.h"
#include "scheduler/s3/number.h"

/* 64 hex digits that follow from the account. */
static void make_owner_id(struct s3 *s3)
{
    for (int i = 0; i < 4; i++) {
        char text[64];
        int len = snprintf(text, sizeof(text), "%s/%d", s3->scheduler->options.account_id, i);
        snprintf(s3->owner_id + 16 * i, 17, "%016llx",
                 (unsigned long long)slice_hash(slice_of(text, (size_t)len)));
    }
}

static void read_number(struct s3 *s3)
{
    struct engine *engine = s3->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    struct slice value;
    if (txn_get(txn, DB_OBJECTS, SLICE("q"), &value) && value.len == 8) {
        s3->number = number_read(value.ptr);
    }
    engine_read_end(engine, txn);
}

uint64_t s3_next_number(struct s3 *s3)
{
    return ++s3->number;
}

void s3_put_number(struct txn *txn, uint64_t number)
{
    char bytes[8];
    struct slice value;
    if (txn_get(txn, DB_OBJECTS, SLICE("q"), &value) && value.len == 8 &&
        number_read(value.ptr) >= number) {
        return;
    }
    number_write(bytes, number);
    txn_put(txn, DB_OBJECTS, SLICE("q"), slice_of(bytes, sizeof(bytes)));
}

struct s3 *s3_create(struct scheduler *scheduler)
{
    struct s3 *s3 = mem_zalloc(sizeof(*s3));
    s3->scheduler = scheduler;
    s3->users = 1;
    make_owner_id(s3);
    read_number(s3);
    s3->bodies = bodies_create(scheduler);
    buckets_load(scheduler, &s3->buckets);
    s3->lifecycle = lifecycle_sweep_create(s3);
    s3->mirrors = mirrors_create(s3);
    edge_register(scheduler->edge, &s3_service, s3);
    return s3;
}

void s3_start(struct s3 *s3)
{
    bodies_start(s3->bodies);
    lifecycle_sweep_start(s3->lifecycle);
    mirrors_start(s3->mirrors);
}

static void on_bodies_closed(void *ctx)
{
    struct s3 *s3 = ctx;
    struct scheduler *scheduler = s3->scheduler;
    buckets_finish(&s3->buckets);
    mem_free(s3);
    scheduler_part_closed(scheduler);
}

void s3_use(struct s3 *s3)
{
    s3->users++;
}

void s3_unuse(struct s3 *s3)
{
    if (--s3->users == 0) {
        bodies_destroy(s3->bodies, on_bodies_closed, s3);
    }
}

static void on_mirrors_closed(void *ctx)
{
    struct s3 *s3 = ctx;
    s3->mirrors = NULL;
    s3_unuse(s3);
}

void s3_destroy(struct s3 *s3)
{
    if (s3 == NULL) {
        return;
    }
    scheduler_part_opened(s3->scheduler);
    lifecycle_sweep_destroy(s3->lifecycle);
    mirrors_destroy(s3->mirrors, on_mirrors_closed, s3);
}
