/* links: sls_gateway */
/* "key=value" lines of a parameter mapping, an empty line, a body: what is taken maps a request and a response, and no
 * header breaks out of its line. */
#include "core/mem.h"
#include "gateway/integration/parameters.h"

#include <assert.h>

#define PARAMETERS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void expect_headers(const struct message *message)
{
    for (size_t i = 0; i < message->header_count; i++) {
        const struct http_header *header = &message->headers[i];
        assert(http_header_is_valid(header->name, header->value));
    }
    assert(slice_starts_with(message->path, SLICE("/")));
    assert(message->status >= 200 && message->status <= 599);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    AUTO_ARENA arena = ARENA_INIT;
    static const struct api_config config = {.id = SLICE_INIT("abc123")};
    static const struct stage stage = {.name = SLICE_INIT("prod")};
    static const struct slice names[] = {SLICE_INIT("id")}, values[] = {SLICE_INIT("a b")};
    static const struct route route = {.pattern = {.param_names = names, .param_count = 1}};
    static const struct http_header headers[] = {{SLICE_INIT("X-A"), SLICE_INIT("1")},
                                                 {SLICE_INIT("x-a"), SLICE_INIT("2")}};
    struct name_value_pair items[PARAMETERS_MAX];
    struct pairs parameters = {items, 0};
    struct slice body = slice_of((const char *)bytes, len), line;
    while (slice_split(&body, '\n', &line) && line.len > 0 && parameters.count < PARAMETERS_MAX) {
        size_t equals = slice_find(line, '=');
        struct slice value = equals != SLICE_NPOS ? slice_skip(line, equals + 1) : SLICE("");
        items[parameters.count++] = (struct name_value_pair){slice_take(line, equals), value};
    }
    const struct event_input in = {.config = &config,
                                   .stage = &stage,
                                   .route = &route,
                                   .values = values,
                                   .path = SLICE("/a b"),
                                   .query = SLICE("q=1&q=%20&r"),
                                   .headers = {headers, 2},
                                   .body = body,
                                   .arena = &arena};
    for (int is_response = 0; is_response < 2; is_response++) {
        struct message message = {.arena = &arena, .path = SLICE("/p"), .status = 200};
        struct parameter_source source = {&in, is_response ? &message : NULL};
        struct fault fault = {.text = ""};
        message.body = body;
        message.query = SLICE("q=2");
        message_add(&message, SLICE("x-a"), SLICE("3"));
        if (mapping_check(parameters, is_response, &fault) != STATUS_OK) {
            assert(fault.text[0] != '\0');
            continue;
        }
        mapping_apply(parameters, &source, &message);
        expect_headers(&message);
    }
    return 0;
}
