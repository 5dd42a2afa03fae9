#include "scheduler/delivery/hops.h"

#include "core/buf.h"
#include "core/id.h"
#include "scheduler/arn.h"

#include <stdio.h>

#define LINEAGE SLICE("Lineage=")
#define HASH_LEN 8
#define FUNCTIONS_MAX 32 /* of one chain; those that came first are forgotten */

/* The ARN without its qualifier: a function is the same one under every alias. */
static struct slice unqualified(struct slice function)
{
    struct arn arn;
    if (!arn_parse(function, &arn)) {
        return function;
    }
    struct slice rest = arn.resource; /* function:NAME[:QUALIFIER] */
    size_t name_at = slice_find(rest, ':');
    if (name_at == SLICE_NPOS) {
        return function;
    }
    size_t name_len = slice_find(slice_skip(rest, name_at + 1), ':');
    return name_len == SLICE_NPOS
               ? function
               : slice_take(function, (size_t)(rest.ptr - function.ptr) + name_at + 1 + name_len);
}

/* All but the lineage, and the lineage by itself. */
static void split(struct slice trace, struct buf *rest, struct slice *lineage)
{
    struct slice left = trace;
    struct slice part;
    *lineage = SLICE("");
    while (slice_split(&left, ';', &part)) {
        if (slice_starts_with(part, LINEAGE)) {
            *lineage = slice_skip(part, LINEAGE.len);
        } else if (part.len > 0) {
            buf_append_text(rest, rest->len > 0 ? ";" : "");
            buf_append(rest, part);
        }
    }
}

static void begin_trace(struct scheduler *scheduler, struct buf *out)
{
    char root[ID_TRACE_MAX];
    unsigned char bytes[8];
    char parent[2 * sizeof bytes + 1];
    id_random(bytes, sizeof bytes);
    id_hex(parent, bytes, sizeof bytes);
    buf_printf(out, "%s;Parent=%s;Sampled=0", id_trace_root(root, scheduler_now_ms(scheduler)),
               parent);
}

unsigned hops_count(struct slice trace)
{
    AUTO_BUF rest = BUF_INIT(2 * TRACE_LEN_MAX);
    struct slice lineage, entry;
    uint64_t count;
    split(trace, &rest, &lineage);
    return slice_split(&lineage, '|', &entry) && entry.len > HASH_LEN + 1 &&
                   slice_to_u64(slice_skip(entry, HASH_LEN + 1), &count)
               ? (unsigned)count
               : 0;
}

bool hops_next(struct scheduler *scheduler, struct arena *arena, struct slice trace,
               struct slice function, struct slice *ret_trace)
{
    char hash[HASH_LEN + 1];
    (void)snprintf(hash, sizeof hash, "%08x", (unsigned)slice_hash(unqualified(function)));
    AUTO_BUF out = BUF_INIT(2 * TRACE_LEN_MAX);
    struct slice lineage = SLICE("");
    if (trace.len <= TRACE_LEN_MAX) {
        split(trace, &out, &lineage);
    }
    if (out.len == 0) {
        begin_trace(scheduler, &out);
    }
    AUTO_BUF others = BUF_INIT(TRACE_LEN_MAX);
    uint64_t count = 0;
    size_t functions = 0;
    struct slice left = lineage.len > 0 ? lineage : SLICE_NULL;
    struct slice entry;
    while (slice_split(&left, '|', &entry)) {
        if (slice_starts_with(entry, slice_of(hash, HASH_LEN)) && entry.len > HASH_LEN + 1) {
            if (!slice_to_u64(slice_skip(entry, HASH_LEN + 1), &count)) {
                count = 0;
            }
        } else if (functions++ < FUNCTIONS_MAX) {
            buf_append_char(&others, '|');
            buf_append(&others, entry);
        }
    }
    buf_printf(&out, ";Lineage=%s:%u", hash, (unsigned)count + 1);
    buf_append(&out, buf_slice(&others));
    *ret_trace = arena_copy(arena, buf_slice(&out));
    return count < HOPS_MAX;
}
