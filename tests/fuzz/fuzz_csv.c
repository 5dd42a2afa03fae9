/* links: sls_store */
/* Any bytes are rows: fields lie one after the other inside the text, and a row never grows beyond its limits. */
#include "store/copy/csv.h"

#include <assert.h>

#define ROW_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_row(struct csv *csv)
{
    size_t before = 0;
    assert(csv->count > 0 && csv->count <= CSV_FIELDS_MAX && csv->text.len <= ROW_MAX);
    for (size_t i = 0; i < csv->count; i++) {
        struct slice field = csv_field(csv, i);
        assert(csv->ends[i] >= before && csv->ends[i] <= csv->text.len);
        assert(field.len == csv->ends[i] - before);
        before = csv->ends[i];
    }
    csv_clear(csv);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct csv csv;
    csv_init(&csv, len > 0 && bytes[0] % 2 == 0 ? ',' : ';', ROW_MAX);
    for (size_t i = 0; i < len; i++) {
        if (csv_put(&csv, (char)bytes[i])) {
            check_row(&csv);
        }
    }
    if (csv_end(&csv)) {
        check_row(&csv);
    }
    csv_finish(&csv);
    return 0;
}
