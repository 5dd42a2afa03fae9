#include "scheduler/mapping/queue_batch.h"

#include "core/mem.h"
#include "scheduler/mapping/item_failures.h"
#include "scheduler/mapping/limits.h"

#include <stdlib.h>

#define EVENT_HEAD "{\"Records\":["
#define EVENT_TAIL "]}"
#define TRACE_MAX 4096 /* bytes; hops_next() makes less */

void queue_batch_init(struct queue_batch *batch)
{
    *batch = (struct queue_batch){.event = BUF_INIT(BATCH_EVENT_MAX + RECORD_LEN_MAX),
                                  .trace = BUF_INIT(TRACE_MAX)};
}

void queue_batch_finish(struct queue_batch *batch)
{
    buf_finish(&batch->event);
    buf_finish(&batch->trace);
    mem_free(batch->items);
    queue_batch_init(batch);
}

bool queue_batch_add(struct queue_batch *batch, const char *id, struct queue_receipt receipt,
                     struct slice record, struct slice trace)
{
    size_t len = batch->event.len + record.len + sizeof "," EVENT_TAIL;
    if (batch->count > 0 && len > BATCH_EVENT_MAX) {
        return false;
    }
    if (batch->count == batch->cap) {
        batch->cap = batch->cap != 0 ? 2 * batch->cap : 10;
        batch->items = mem_realloc(batch->items, batch->cap * sizeof *batch->items);
    }
    struct queue_item *item = &batch->items[batch->count];
    *item = (struct queue_item){.receipt = receipt};
    memcpy(item->id, id, ID_UUID_MAX);
    buf_append_text(&batch->event, batch->count++ == 0 ? EVENT_HEAD : ",");
    buf_append(&batch->event, record);
    if (batch->trace.len == 0) {
        buf_append(&batch->trace, trace);
    }
    return true;
}

void queue_batch_close(struct queue_batch *batch)
{
    buf_append_text(&batch->event, EVENT_TAIL);
}

static int compare_texts(const void *left, const void *right)
{
    return slice_compare(*(const struct slice *)left, *(const struct slice *)right);
}

bool queue_batch_answer(struct queue_batch *batch, bool reports_failures, struct slice response)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct item_failures failures = {.count = 0};
    if (reports_failures) {
        failures = item_failures_read(&arena, response);
    }
    if (failures.is_malformed) {
        return false;
    }
    if (failures.count > 1) {
        qsort(failures.ids, failures.count, sizeof *failures.ids, compare_texts);
    }
    size_t found = 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct slice id = slice_from(batch->items[i].id);
        bool has_failed =
            failures.count > 0 &&
            bsearch(&id, failures.ids, failures.count, sizeof *failures.ids, compare_texts) != NULL;
        batch->items[i].is_done = !has_failed;
        found += has_failed;
    }
    size_t named = 0; /* each once */
    for (size_t i = 0; i < failures.count; i++) {
        named += i == 0 || !slice_eq(failures.ids[i], failures.ids[i - 1]);
    }
    if (found != named) {
        for (size_t i = 0; i < batch->count; i++) {
            batch->items[i].is_done = false;
        }
    }
    return found == named;
}
