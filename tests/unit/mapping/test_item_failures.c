#include "scheduler/mapping/item_failures.h"

#include "core/buf.h"
#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>

Test(item_failures, are_read_as_aws_reads_them)
{
    static const struct {
        const char *response; /* ' for " */
        bool is_malformed;
        const char *ids; /* joined by spaces */
    } rows[] = {
        {"", false, ""},
        {"  \n", false, ""},
        {"null", false, ""},
        {"{}", false, ""},
        {"{'state':{}}", false, ""},
        {"{'batchItemFailures':null}", false, ""},
        {"{'batchItemFailures':[]}", false, ""},
        {"{'batchItemFailures':[{'itemIdentifier':'a'}]}", false, "a"},
        {"{'batchItemFailures':[{'itemIdentifier':'a'},{'x':1,'itemIdentifier':'b\\u0063'}]}",
         false, "a bc"},
        {"{'batchItemFailures':[{'itemIdentifier':''}]}", true, ""},
        {"{'batchItemFailures':[{'itemIdentifier':null}]}", true, ""},
        {"{'batchItemFailures':[{'itemIdentifier':7}]}", true, ""},
        {"{'batchItemFailures':[{'foo':'x'}]}", true, ""},
        {"{'batchItemFailures':['a']}", true, ""},
        {"{'batchItemFailures':[null]}", true, ""},
        {"{'batchItemFailures':{}}", true, ""},
        {"{'batchItemFailures':'a'}", true, ""},
        {"{'batchItemFailures':[}", true, ""},
        {"[]", true, ""},
        {"'done'", true, ""},
        {"done", true, ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF ids = BUF_INIT(1000);
        char *json = json_quoted(rows[i].response);
        struct item_failures failures = item_failures_read(&arena, slice_from(json));
        cr_expect_eq(failures.is_malformed, rows[i].is_malformed, "case %zu: %s", i,
                     rows[i].response);
        for (size_t k = 0; k < failures.count && !failures.is_malformed; k++) {
            buf_printf(&ids, "%s%.*s", k > 0 ? " " : "", SLICE_ARG(failures.ids[k]));
        }
        cr_expect(slice_is(buf_slice(&ids), rows[i].ids), "case %zu: %.*s", i,
                  SLICE_ARG(buf_slice(&ids)));
        mem_free(json);
    }
}
