#include "gateway/answer/response.h"

#include "core/mem.h"

void response_init(struct response *response, struct arena *arena, int status)
{
    *response = (struct response){.status = status, .arena = arena};
}

void response_add(struct response *response, struct slice name, struct slice value)
{
    if (response->header_count == response->header_cap) {
        size_t cap = response->header_cap != 0 ? response->header_cap * 2 : 16;
        struct http_header *grown = arena_array(response->arena, cap, sizeof(*grown));
        if (response->header_count > 0) {
            memcpy(grown, response->headers, response->header_count * sizeof(*grown));
        }
        response->headers = grown;
        response->header_cap = cap;
    }
    response->headers[response->header_count++] = (struct http_header){name, value};
}

bool response_has(const struct response *response, const char *name)
{
    struct http_headers headers = {response->headers, response->header_count};
    return http_header_get(headers, name).ptr != NULL;
}

void response_set(struct response *response, struct slice name, struct slice value)
{
    for (size_t i = 0; i < response->header_count; i++) {
        if (slice_ieq(response->headers[i].name, name)) {
            response->headers[i].value = value;
            return;
        }
    }
    response_add(response, name, value);
}
