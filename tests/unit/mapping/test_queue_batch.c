#include "scheduler/mapping/queue_batch.h"

#include "core/mem.h"
#include "scheduler/mapping/limits.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>

#define ID_A "00000000-0000-4000-8000-00000000000a"
#define ID_B "00000000-0000-4000-8000-00000000000b"
#define ID_C "00000000-0000-4000-8000-00000000000c"

static void fill(struct queue_batch *batch)
{
    static const char *const ids[] = {ID_C, ID_A, ID_B};
    queue_batch_init(batch);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        const struct queue_receipt receipt = {.seq = i};
        cr_assert(queue_batch_add(batch, ids[i], receipt, SLICE("{\"n\":1}"), SLICE("")));
    }
    queue_batch_close(batch);
}

Test(queue_batch, builds_the_event_once)
{
    struct queue_batch batch;
    fill(&batch);
    cr_expect(slice_is(buf_slice(&batch.event), "{\"Records\":[{\"n\":1},{\"n\":1},{\"n\":1}]}"));
    queue_batch_finish(&batch);
}

Test(queue_batch, deletes_what_the_answer_does_not_name)
{
    static const struct {
        bool reports;
        const char *response; /* ' for " */
        bool is_good;
        const char *done; /* of c, a, b */
    } rows[] = {
        {false, "null", true, "yyy"},
        {false, "not JSON", true, "yyy"},
        {false, "{'batchItemFailures':[{'itemIdentifier':'" ID_A "'}]}", true, "yyy"},
        {true, "", true, "yyy"},
        {true, "null", true, "yyy"},
        {true, "{}", true, "yyy"},
        {true, "{'batchItemFailures':[]}", true, "yyy"},
        {true, "{'batchItemFailures':[{'itemIdentifier':'" ID_A "'}]}", true, "yny"},
        {true,
         "{'batchItemFailures':[{'itemIdentifier':'" ID_C "'},{'itemIdentifier':'" ID_B
         "'},{'itemIdentifier':'" ID_C "'}]}",
         true, "nyn"},
        {true, "{'batchItemFailures':[{'itemIdentifier':'" ID_A "'},{'itemIdentifier':'x'}]}",
         false, "nnn"},
        {true, "{'batchItemFailures':[{'itemIdentifier':''}]}", false, "nnn"},
        {true, "{'batchItemFailures':[{'foo':'x'}]}", false, "nnn"},
        {true, "not JSON", false, "nnn"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct queue_batch batch;
        char *response = json_quoted(rows[i].response);
        fill(&batch);
        cr_expect_eq(queue_batch_answer(&batch, rows[i].reports, slice_from(response)),
                     rows[i].is_good, "case %zu", i);
        for (size_t k = 0; k < batch.count; k++) {
            cr_expect_eq(batch.items[k].is_done, rows[i].done[k] == 'y', "case %zu, item %zu", i,
                         k);
        }
        queue_batch_finish(&batch);
        mem_free(response);
    }
}

Test(queue_batch, ends_before_the_event_is_too_long_but_takes_one_record_whatever_its_length)
{
    struct queue_batch batch;
    const struct queue_receipt receipt = {.seq = 1};
    size_t len = 4U << 20;
    char *text = mem_alloc(2 * len);
    memset(text, ' ', 2 * len);
    queue_batch_init(&batch);
    cr_expect(queue_batch_add(&batch, ID_A, receipt, slice_of(text, len), SLICE("")));
    cr_expect_not(queue_batch_add(&batch, ID_B, receipt, slice_of(text, len), SLICE("")));
    cr_expect_eq(batch.count, 1);
    cr_expect(queue_batch_add(&batch, ID_B, receipt, slice_of(text, len / 2 - 1000), SLICE("")));
    queue_batch_close(&batch);
    cr_expect_leq(batch.event.len, BATCH_EVENT_MAX);
    queue_batch_finish(&batch);
    cr_expect(queue_batch_add(&batch, ID_A, receipt, slice_of(text, 2 * len), SLICE("")));
    queue_batch_finish(&batch);
    mem_free(text);
}
