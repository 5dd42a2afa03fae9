/* links: sls_scheduler */
/* Answers of functions and records of mappings: whatever they are, they are read or refused. The first byte chooses. */
#include "core/json_scan.h"
#include "scheduler/mapping/checkpoint.h"
#include "scheduler/mapping/config.h"
#include "scheduler/mapping/item_failures.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void read_answer(struct slice text)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct item_failures failures = item_failures_read(&arena, text);
    for (size_t i = 0; i < failures.count && !failures.is_malformed; i++) {
        assert(failures.ids[i].len > 0);
    }
    struct window window;
    window_init(&window);
    window_open(&window, 1767225600000, 60);
    if (window_take_state(&window, text)) {
        assert(json_validate(window_state(&window), NULL));
    }
    window_finish(&window);
}

static void read_config(struct slice text)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF json = BUF_INIT(MAPPING_JSON_MAX);
    struct mapping_config config, again;
    if (!mapping_config_read(&arena, text, &config)) {
        return;
    }
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    mapping_config_print(&w, &config);
    json_close(&w, '}');
    assert(mapping_config_read(&arena, buf_slice(&json), &again));
    assert(again.filter_count == config.filter_count && again.batch_size == config.batch_size);
}

static void read_checkpoint(struct slice text)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct checkpoint checkpoint, again;
    if (json_validate(text, NULL) && checkpoint_read(&arena, text, &checkpoint)) {
        assert(checkpoint_read(&arena, checkpoint_json(&arena, &checkpoint), &again));
        assert(again.readers == checkpoint.readers && slice_eq(again.after, checkpoint.after));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static void (*const readers[])(struct slice text) = {read_answer, read_config, read_checkpoint};
    if (len > 0) {
        readers[bytes[0] % 3](slice_of((const char *)bytes + 1, len - 1));
    }
    return 0;
}
