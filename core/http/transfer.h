/* One request of the client on its way through libcurl: what is sent, what came back. client.c
 * drives it.
 *
 * Ownership  The client owns transfers and takes them off curl's multi handle before it frees them.
 */
#ifndef SLS_CORE_HTTP_TRANSFER_H
#define SLS_CORE_HTTP_TRANSFER_H

#include "core/buf.h"
#include "core/http/client.h"
#include "core/http/curl.h"

struct transfer {
    struct transfer *previous; /* the client's list */
    struct transfer *next;
    const struct curl_functions *curl;
    CURL *easy; /* NULL when it could not be started */
    struct curl_slist *headers;
    char *url;
    http_client_done_fn *on_done;
    void *ctx;
    struct buf head;  /* names and values of the response's headers */
    struct buf spans; /* of struct header_span: where they stand in it */
    struct buf body;
    bool is_too_large;
    struct fault fault;
    char error[CURL_ERROR_SIZE];
};

struct transfer *transfer_create(const struct http_client_request *request,
                                 http_client_done_fn *on_done, void *ctx);
/* Makes `easy`, ready for a multi handle; `curl` is borrowed. `ca_file` is as in struct context. UNAVAILABLE, with the
 * words in `fault`. */
MUST_CHECK enum status transfer_prepare(struct transfer *transfer,
                                        const struct curl_functions *curl, const char *ca_file,
                                        const struct http_client_request *request);
/* What curl's result means, with the words in `fault`. */
enum status transfer_status(struct transfer *transfer, CURLcode code);
/* Calls on_done; `http_status` counts only with OK. */
void transfer_tell(struct transfer *transfer, enum status status, long http_status);
void transfer_free_easy(struct transfer *transfer);
void transfer_free(struct transfer *transfer);

#endif
