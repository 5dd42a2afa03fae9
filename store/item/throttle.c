/* Provisioned throughput as a limit: one bucket of tokens for what a table or global index may read a second, one for
 * what it may write. A bucket holds THROTTLE_BURST_S seconds of its rate; one request may take more than is left, the
 * next ones then wait until it is paid back. */
#include "store/item/capacity.h"

#include "core/mem.h"

#define THROTTLE_BURST_S 300
#define NS_PER_S 1e9

struct bucket {
    uint32_t id; /* of the table or index */
    bool is_write;
    double tokens, rate;
    uint64_t filled_ns;
};

struct throttle {
    struct clock *clock;
    struct bucket *buckets; /* sorted by id and direction */
    size_t count, room;
};

struct throttle *throttle_create(struct clock *clock)
{
    struct throttle *throttle = mem_zalloc(sizeof(*throttle));
    throttle->clock = clock;
    return throttle;
}

void throttle_destroy(struct throttle *throttle)
{
    if (throttle == NULL) {
        return;
    }
    mem_free(throttle->buckets);
    mem_free(throttle);
}

static void fill(struct bucket *bucket, uint64_t now_ns)
{
    double most = bucket->rate * THROTTLE_BURST_S;
    double passed_s = (double)(now_ns - bucket->filled_ns) / NS_PER_S;
    bucket->tokens += passed_s * bucket->rate;
    bucket->tokens = bucket->tokens < most ? bucket->tokens : most;
    bucket->filled_ns = now_ns;
}

/* A full bucket is as good as none: those of deleted tables end here. */
static void drop_full(struct throttle *throttle, uint64_t now_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < throttle->count; i++) {
        struct bucket *bucket = &throttle->buckets[i];
        fill(bucket, now_ns);
        if (bucket->tokens < bucket->rate * THROTTLE_BURST_S) {
            throttle->buckets[kept++] = *bucket;
        }
    }
    throttle->count = kept;
}

static void make_room(struct throttle *throttle, uint64_t now_ns)
{
    if (throttle->count < throttle->room) {
        return;
    }
    drop_full(throttle, now_ns);
    if (throttle->count * 2 >= throttle->room) {
        throttle->room = throttle->room > 0 ? throttle->room * 2 : 16;
        throttle->buckets =
            mem_realloc(throttle->buckets, throttle->room * sizeof(*throttle->buckets));
    }
}

static size_t place(const struct throttle *throttle, uint32_t id, bool is_write)
{
    size_t low = 0, high = throttle->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct bucket *bucket = &throttle->buckets[middle];
        bool is_before = bucket->id != id ? bucket->id < id : bucket->is_write < is_write;
        if (is_before) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The bucket, filled up to now and to the rate of now. */
static struct bucket *bucket_of(struct throttle *throttle, uint32_t id, bool is_write, double rate)
{
    uint64_t now_ns = clock_monotonic_ns(throttle->clock);
    size_t at = place(throttle, id, is_write);
    if (at < throttle->count && throttle->buckets[at].id == id &&
        throttle->buckets[at].is_write == is_write) {
        struct bucket *bucket = &throttle->buckets[at];
        fill(bucket, now_ns);
        bucket->rate = rate;
        return bucket;
    }
    make_room(throttle, now_ns);
    at = place(throttle, id, is_write);
    memmove(&throttle->buckets[at + 1], &throttle->buckets[at],
            (throttle->count - at) * sizeof(*throttle->buckets));
    throttle->count++;
    throttle->buckets[at] = (struct bucket){.id = id,
                                            .is_write = is_write,
                                            .rate = rate,
                                            .tokens = rate * THROTTLE_BURST_S,
                                            .filled_ns = now_ns};
    return &throttle->buckets[at];
}

static double rate_of(const struct throughput *throughput, bool is_write)
{
    return (double)(is_write ? throughput->write_units : throughput->read_units);
}

const struct problem *throttle_check(struct throttle *throttle, struct arena *arena,
                                     const struct table *table, const struct table_index *index,
                                     bool is_write)
{
    if (throttle == NULL || table->is_on_demand) {
        return NULL;
    }
    bool is_own = index != NULL && index->is_global;
    double rate = rate_of(is_own ? &index->throughput : &table->throughput, is_write);
    const struct bucket *bucket =
        bucket_of(throttle, is_own ? index->id : table->id, is_write, rate);
    if (bucket->tokens > 0) {
        return NULL;
    }
    return problem_make(arena, PROBLEM_THROUGHPUT_EXCEEDED,
                        "The level of configured provisioned throughput for %s was exceeded. "
                        "Consider increasing your provisioning level with the UpdateTable API.",
                        is_own ? "one or more global secondary indexes of the table" : "the table");
}

static void take(struct throttle *throttle, uint32_t id, bool is_write,
                 const struct throughput *throughput, double units)
{
    if (units > 0) {
        bucket_of(throttle, id, is_write, rate_of(throughput, is_write))->tokens -= units;
    }
}

void throttle_charge(struct throttle *throttle, const struct capacity *capacity)
{
    if (throttle == NULL || capacity->table == NULL || capacity->table->is_on_demand) {
        return;
    }
    const struct table *table = capacity->table;
    double read = capacity->read, write = capacity->write;
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        if (index->is_global) {
            take(throttle, index->id, false, &index->throughput, capacity->index_read[i]);
            take(throttle, index->id, true, &index->throughput, capacity->index_write[i]);
        } else { /* local ones live on the table's throughput */
            read += capacity->index_read[i];
            write += capacity->index_write[i];
        }
    }
    take(throttle, table->id, false, &table->throughput, read);
    take(throttle, table->id, true, &table->throughput, write);
}
