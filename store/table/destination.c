#include "store/table/destination.h"

#include "core/json_scan.h"
#include "store/table/meta.h"

#include <assert.h>

#define DESTINATIONS_LEN_MAX (1024 * 1024)

/* --- in DB_META --- */

static struct destination parse(struct arena *arena, struct slice object)
{
    bool is_active = slice_is(json_text_member(arena, object, "DestinationStatus"), "ACTIVE");
    return (struct destination){
        .arn = json_text_member(arena, object, "StreamArn"),
        .precision = json_text_member(arena, object, "ApproximateCreationDateTimePrecision"),
        .next = (uint64_t)json_i64_member(object, "Next", 0),
        .end = is_active ? UINT64_MAX : (uint64_t)json_i64_member(object, "End", 0),
    };
}

struct destinations destinations_get(struct txn *txn, struct arena *arena, uint32_t table_id)
{
    struct slice json = meta_get_of_id(txn, arena, 'k', table_id), element;
    struct json_scan scan = json_scan_init(json);
    struct destinations all = {NULL, 0};
    all.items = arena_array(arena, json_raw_count(json) + 1, sizeof(*all.items));
    if (json_scan_enter(&scan, '[')) {
        while (json_scan_element(&scan, &element)) {
            all.items[all.count++] = parse(arena, element);
        }
    }
    return all;
}

static void print(struct json_writer *w, const struct destination *destination)
{
    json_put_string(w, "StreamArn", destination->arn);
    json_put_text(w, "DestinationStatus",
                  destination_is_active(destination) ? "ACTIVE" : "DISABLED");
    if (destination->precision.len != 0) {
        json_put_string(w, "ApproximateCreationDateTimePrecision", destination->precision);
    }
}

void destinations_put(struct txn *txn, uint32_t table_id, const struct destinations *all)
{
    AUTO_BUF json = BUF_INIT(DESTINATIONS_LEN_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '[');
    for (size_t i = 0; i < all->count; i++) {
        json_open(&w, '{');
        print(&w, &all->items[i]);
        json_put_i64(&w, "Next", (int64_t)all->items[i].next);
        if (!destination_is_active(&all->items[i])) {
            json_put_i64(&w, "End", (int64_t)all->items[i].end);
        }
        json_close(&w, '}');
    }
    json_close(&w, ']');
    assert(!json.is_full);
    meta_put_of_id(txn, 'k', table_id, buf_slice(&json));
}

/* --- the list --- */

struct destination *destinations_find(const struct destinations *all, struct slice arn)
{
    for (size_t i = 0; i < all->count; i++) {
        if (slice_eq(all->items[i].arn, arn)) {
            return &all->items[i];
        }
    }
    return NULL;
}

struct destination *destinations_active(const struct destinations *all)
{
    for (size_t i = 0; i < all->count; i++) {
        if (destination_is_active(&all->items[i])) {
            return &all->items[i];
        }
    }
    return NULL;
}

struct slice destination_precision(const struct destination *destination)
{
    return destination->precision.len != 0 ? destination->precision : SLICE("MILLISECOND");
}

bool destination_precision_is_known(struct slice given)
{
    return given.len == 0 || slice_is(given, "MILLISECOND") || slice_is(given, "MICROSECOND");
}

/* When there is no room, the oldest one is forgotten. */
static struct destination *add(struct destinations *all)
{
    if (all->count == DESTINATIONS_MAX) {
        all->count--;
        memmove(all->items, all->items + 1, all->count * sizeof(*all->items));
    }
    return &all->items[all->count++];
}

void destinations_enable(struct txn *txn, struct destinations *all, const struct table *table,
                         struct slice arn, struct slice precision)
{
    assert(destinations_active(all) == NULL);
    struct destination *destination = destinations_find(all, arn);
    destination = destination != NULL ? destination : add(all);
    *destination = (struct destination){
        .arn = arn,
        .precision = precision,
        .next = change_log_next(txn, table->id),
        .end = UINT64_MAX,
    };
}

void destination_disable(struct txn *txn, struct destination *destination,
                         const struct table *table)
{
    destination->end = change_log_next(txn, table->id);
}

void destinations_print(struct json_writer *w, const struct destinations *all)
{
    json_open(w, '[');
    for (size_t i = 0; i < all->count; i++) {
        json_open(w, '{');
        print(w, &all->items[i]);
        json_close(w, '}');
    }
    json_close(w, ']');
}

/* --- carrying over --- */

/* Enabled anew meanwhile, it is further than that. */
void destination_advance(struct txn *txn, uint32_t table_id, struct slice arn, uint64_t next)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct destinations all = destinations_get(txn, &arena, table_id);
    struct destination *destination = destinations_find(&all, arn);
    if (destination != NULL && destination->next < next) {
        destination->next = next;
        destinations_put(txn, table_id, &all);
    }
}

struct stream destination_log(const struct table *table, uint64_t end)
{
    return (struct stream){
        .arn = table->table_id, /* for the events' ids: a table of the same name has others */
        .table_name = table->name,
        .table_arn = table->arn,
        .region = table->region,
        .table_id = table->id,
        .view = STREAM_NEW_AND_OLD,
        .keys = &table->keys,
        .last = end - 1,
    };
}
