/* links: sls_core */
/* What json_validate() accepts, the scanner walks to the end, the writer prints back and cJSON
 * reads, but for the few texts that json_parse() refuses because a tree would change them. */
#include "core/json.h"
#include "core/json_scan.h"
#include "core/json_writer.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void rewrite(struct json_writer *w, struct arena *arena, struct slice value)
{
    struct json_scan scan = json_scan_init(value);
    struct slice key;
    struct slice item;
    struct slice text;
    if (json_scan_enter(&scan, '{')) {
        json_open(w, '{');
        while (json_scan_member(&scan, &key, &item)) {
            bool is_key = json_raw_key(arena, key, &text);
            assert(is_key && slice_is_utf8(text));
            json_write_key(w, text);
            rewrite(w, arena, item);
        }
        json_close(w, '}');
    } else if (json_scan_enter(&scan, '[')) {
        json_open(w, '[');
        while (json_scan_element(&scan, &item)) {
            rewrite(w, arena, item);
        }
        json_close(w, ']');
    } else if (json_raw_kind(value) == JSON_STRING) {
        bool is_string = json_raw_string(arena, slice_trim(value), &text);
        assert(is_string && slice_is_utf8(text));
        json_write_string(w, text);
    } else {
        json_write_raw(w, slice_trim(value));
    }
    assert(!json_scan_failed(&scan));
}

/* Malformed text too must be walked without reading beyond it. */
static void walk(struct slice text)
{
    struct slice key;
    struct slice value;
    struct json_scan scan = json_scan_init(text);
    if (json_scan_enter(&scan, '{')) {
        while (json_scan_member(&scan, &key, &value)) {
            walk(value);
        }
    } else if (json_scan_enter(&scan, '[')) {
        while (json_scan_element(&scan, &value)) {
            walk(value);
        }
    }
    (void)json_raw_find(text, "a", &value);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice text = slice_of((const char *)bytes, len);
    struct json *root = NULL;
    struct fault fault;
    size_t offset = 0;
    bool is_valid = json_validate(text, &offset);
    bool is_parsed = json_parse(text, &root, &fault) == STATUS_OK;
    assert(is_valid || !is_parsed);
    assert(is_valid || offset <= len);
    walk(text);
    if (is_valid) {
        AUTO_BUF buf = BUF_INIT(64 << 20);
        AUTO_ARENA arena = ARENA_INIT;
        struct json_writer w = json_writer_init(&buf);
        rewrite(&w, &arena, text);
        assert(buf_status(&buf) == STATUS_OK && json_validate(buf_slice(&buf), NULL));
        assert(!is_parsed || json_kind(root) == json_raw_kind(text));
        /* Written again, a lone surrogate is U+FFFD: only \u0000 and long numbers are left to
         * refuse. */
        struct json *again = NULL;
        enum status status = json_parse(buf_slice(&buf), &again, &fault);
        assert(!is_parsed || (status == STATUS_OK && json_count(again) == json_count(root)));
        json_free(again);
    }
    json_free(root);
    return 0;
}
