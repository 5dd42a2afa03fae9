#include "scheduler/kinesis/kinesis_private.h"

#include "core/mem.h"

#include <assert.h>
#include <stdlib.h>

static int compare_ranges(const void *left, const void *right)
{
    const struct shard *const *a = left;
    const struct shard *const *b = right;
    return hash_key_compare((*a)->first, (*b)->first);
}

/* The open shards by their hash keys. */
static const struct shard **sorted_open(struct arena *arena, const struct kinesis_stream *stream)
{
    size_t count = stream_open_shards(stream);
    const struct shard **open = arena_array(arena, count, sizeof(*open));
    size_t found = 0;
    for (size_t i = 0; i < stream->shard_count; i++) {
        if (shard_is_open(&stream->shards[i])) {
            open[found++] = &stream->shards[i];
        }
    }
    qsort(open, count, sizeof(*open), compare_ranges);
    return open;
}

/* A shard can tell of two parents. */
static bool has_few_parents(const struct shard **open, size_t open_count,
                            const struct shard_range *range)
{
    size_t parents = 0;
    for (size_t i = 0; i < open_count; i++) {
        parents += hash_key_compare(open[i]->first, range->last) <= 0 &&
                   hash_key_compare(range->first, open[i]->last) <= 0;
    }
    return parents <= 2;
}

/* Pairs of neighbours become one, or shards are halved, until there are enough: whatever the widths. */
static size_t divide_stepwise(const struct shard **open, size_t open_count, size_t target,
                              struct shard_range *ranges)
{
    size_t count = 0;
    size_t to_split = target > open_count ? target - open_count : 0;
    size_t to_merge = target < open_count ? open_count - target : 0;
    for (size_t i = 0; i < open_count; i++) {
        struct shard_range range = {open[i]->first, open[i]->last};
        if (to_merge != 0 && i + 1 < open_count) {
            range.last = open[++i]->last;
            to_merge--;
        } else if (to_split != 0) {
            struct hash_key middle = hash_key_middle(range.first, range.last);
            ranges[count++] = (struct shard_range){range.first, hash_key_previous(middle)};
            range.first = middle;
            to_split--;
        }
        ranges[count++] = range;
    }
    return count;
}

void stream_scale(struct kinesis_stream *stream, size_t target, state_written_fn *on_written,
                  void *ctx)
{
    AUTO_ARENA arena = ARENA_INIT;
    size_t open_count = stream_open_shards(stream);
    assert(target <= 2 * open_count && open_count <= 2 * target);
    const struct shard **open = sorted_open(&arena, stream);
    struct shard_range *ranges = arena_array(&arena, target, sizeof(*ranges));
    bool is_even = true;
    for (size_t i = 0; i < target; i++) {
        ranges[i] = (struct shard_range){hash_key_part_first((uint32_t)i, (uint32_t)target),
                                         hash_key_part_last((uint32_t)i, (uint32_t)target)};
        is_even = is_even && has_few_parents(open, open_count, &ranges[i]);
    }
    size_t count = is_even ? target : divide_stepwise(open, open_count, target, ranges);
    uint32_t *closing = arena_array(&arena, open_count, sizeof(*closing));
    for (size_t i = 0; i < open_count; i++) {
        closing[i] = open[i]->number;
    }
    stream_reshard(stream, closing, open_count, ranges, count, on_written, ctx);
}
