/* links: sls_gateway */
/* A format of an access log, a line feed, the JSON of an authorizer: a line without line feeds, and the same each time. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/stage/access_log.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const struct api_config config = {.id = SLICE_INIT("abc123")};
    static const struct stage stage = {.name = SLICE_INIT("prod")};
    static const struct access_facts facts = {.status = 502,
                                              .response_len = 12,
                                              .latency_us = 3999,
                                              .has_integration = true,
                                              .integration_status = 200,
                                              .integration_error = SLICE_INIT("a\nb"),
                                              .error_message = SLICE_INIT("say \"no\""),
                                              .error_type = SLICE_INIT("DEFAULT_5XX")};
    AUTO_ARENA arena = ARENA_INIT;
    struct slice rest = slice_of((const char *)bytes, len), format = SLICE("");
    (void)slice_split(&rest, '\n', &format);
    struct access_log log = {.format = format};
    struct event_input in = {
        .config = &config, .stage = &stage, .request_id = SLICE("id\n1"), .arena = &arena};
    if (json_validate(rest, NULL) && json_raw_kind(rest) == JSON_OBJECT) {
        in.authorizer.facts = rest;
    }
    AUTO_BUF line = BUF_INIT(ACCESS_LINE_MAX), again = BUF_INIT(ACCESS_LINE_MAX);
    access_log_write(&log, &in, &facts, &line);
    access_log_write(&log, &in, &facts, &again);
    assert(slice_eq(buf_slice(&line), buf_slice(&again)));
    assert(slice_find(buf_slice(&line), '\n') == SLICE_NPOS);
    return 0;
}
