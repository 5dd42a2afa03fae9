/* What a function's answer means to the client: payload 2.0, payload 1.0, REST proxy, streamed
 * metadata.
 *
 * Lambda's bytes are looked at, never parsed into a tree and printed again: a body is unescaped
 * once into the arena, or stays where it was when nothing in it was escaped.
 *
 * Ownership  A response's slices point into the payload, the arena and the scratch buffer.
 * Errors     A reader returns 0, or the status of the error that the gateway answers instead
 *            (500, 502), and says in `reterr` what is wrong with the function's answer.
 * Source     API Gateway Developer Guide, "Lambda function response format" of both integrations. */
#ifndef SLS_GATEWAY_ANSWER_RESPONSE_H
#define SLS_GATEWAY_ANSWER_RESPONSE_H

#include "core/arena.h"
#include "core/buf.h"
#include "gateway/api.h"

struct response {
    int status;
    struct http_header *headers;
    size_t header_count;
    size_t header_cap;
    struct slice body;
    struct arena *arena; /* grows `headers` */
};

void response_init(struct response *response, struct arena *arena, int status);
void response_add(struct response *response, struct slice name, struct slice value);
/* In the place of the one of that name, if there is one. */
void response_set(struct response *response, struct slice name, struct slice value);
/* A header of an integration's answer as the API sends it on: spelled anew, remapped or dropped. */
void response_pass_http(struct response *response, const struct api_config *config,
                        struct slice name, struct slice value);
void response_pass_rest(struct response *response, struct slice name, struct slice value);
bool response_has(const struct response *response, const char *name);

/* What the readers share: `scratch` takes a base64-decoded body. */
struct response_input {
    const struct api_config *config;
    struct arena *arena;
    struct buf *scratch;
    struct slice payload;
    struct slice accept; /* of the request; REST */
};

MUST_CHECK int response_read_v2(const struct response_input *in, struct response *ret,
                                struct fault *reterr);
MUST_CHECK int response_read_v1(const struct response_input *in, struct response *ret,
                                struct fault *reterr);
MUST_CHECK int response_read_rest(const struct response_input *in, struct response *ret,
                                  struct fault *reterr);
/* The metadata in front of a streamed REST response; the body stays empty. */
MUST_CHECK int response_read_metadata(const struct response_input *in, struct response *ret,
                                      struct fault *reterr);

#endif
