/* The message of parameters.h. */
#include "gateway/integration/parameters.h"

#include "core/encode.h"
#include "core/mem.h"

void message_add(struct message *message, struct slice name, struct slice value)
{
    if (message->header_count == message->header_cap) {
        size_t cap = message->header_cap == 0 ? 32 : 2 * message->header_cap;
        struct http_header *larger = arena_array(message->arena, cap, sizeof *larger);
        if (message->header_count > 0) {
            memcpy(larger, message->headers, message->header_count * sizeof *larger);
        }
        message->headers = larger;
        message->header_cap = cap;
    }
    message->headers[message->header_count++] = (struct http_header){name, value};
}

void message_remove(struct message *message, struct slice name)
{
    size_t kept = 0;
    for (size_t i = 0; i < message->header_count; i++) {
        if (!slice_ieq(message->headers[i].name, name)) {
            message->headers[kept++] = message->headers[i];
        }
    }
    message->header_count = kept;
}

void message_set(struct message *message, struct slice name, struct slice value)
{
    message_remove(message, name);
    message_add(message, name, value);
}

struct slice message_get(const struct message *message, struct slice name)
{
    for (size_t i = 0; i < message->header_count; i++) {
        if (slice_ieq(message->headers[i].name, name)) {
            return message->headers[i].value;
        }
    }
    return SLICE_NULL;
}

void message_add_query(struct message *message, struct slice name, struct slice value)
{
    AUTO_BUF query = BUF_INIT(65536);
    buf_append(&query, message->query);
    if (query.len > 0) {
        buf_append_char(&query, '&');
    }
    percent_encode(&query, name, false);
    buf_append_char(&query, '=');
    percent_encode(&query, value, false);
    message->query = arena_copy(message->arena, buf_slice(&query));
}
