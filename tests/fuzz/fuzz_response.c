/* links: sls_gateway */
/* A function's answer, read by each payload format: the first byte chooses whether the API has CORS
 * and whether the client takes bytes. What is accepted is a response that can be sent. */
#include "core/mem.h"
#include "gateway/answer/envelope.h"
#include "gateway/answer/response.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check(int error, const struct response *response, const struct fault *fault)
{
    if (error != 0) {
        assert(error == 500 || error == 502);
        assert(fault->text[0] != '\0');
        return;
    }
    assert(response->status >= 200 && response->status <= 599);
    assert(response_has(response, "content-type"));
    for (size_t i = 0; i < response->header_count; i++) {
        assert(response->headers[i].value.len == 0 || response->headers[i].value.ptr != NULL);
    }
    static volatile char readable;
    for (size_t i = 0; i < response->body.len; i++) {
        readable = response->body.ptr[i];
    }
    (void)readable;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const struct slice types[] = {SLICE_INIT("*/*")};
    static const struct slice origins[] = {SLICE_INIT("*")};
    static const struct stage_spec stages[] = {{.name = SLICE_INIT("s")}};
    if (len == 0) {
        return 0;
    }
    struct api_spec spec = {
        .kind = API_REST,
        .stages = stages,
        .stage_count = 1,
        .binary_media_types = {types, 1},
        .cors = {.is_set = bytes[0] & 1, .allow_origins = {origins, 1}},
    };
    struct api_config *config;
    if (api_config_create(&spec, "1", &config, NULL) != STATUS_OK) {
        return 0;
    }
    int (*const readers[])(const struct response_input *, struct response *, struct fault *) = {
        response_read_v2, response_read_v1, response_read_rest, response_read_metadata};
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF scratch = BUF_INIT(1 << 20);
        struct fault fault = {.text = ""};
        struct response response;
        struct response_input in = {
            .config = config,
            .arena = &arena,
            .scratch = &scratch,
            .payload = slice_of((const char *)bytes + 1, len - 1),
            .accept = (bytes[0] & 2) != 0 ? SLICE("image/png") : SLICE_NULL,
        };
        check(readers[i](&in, &response, &fault), &response, &fault);
    }
    api_config_unref(config);
    return 0;
}
