#include "core/http/transfer.h"

#include "core/mem.h"

#define TIMEOUT_MS 30000
#define CONNECT_TIMEOUT_MS 5000
#define BODY_MAX (10u << 20)
#define HEAD_MAX (1u << 20) /* of a response */

/* Offsets, because `head` may move while it grows. */
struct header_span {
    size_t name_at;
    size_t name_len;
    size_t value_at;
    size_t value_len;
};

struct transfer *transfer_create(const struct http_client_request *request,
                                 http_client_done_fn *on_done, void *ctx)
{
    struct transfer *transfer = mem_zalloc(sizeof(*transfer));
    transfer->on_done = on_done;
    transfer->ctx = ctx;
    buf_init(&transfer->head, HEAD_MAX);
    buf_init(&transfer->spans, HEAD_MAX);
    buf_init(&transfer->body, request->max_len != 0 ? request->max_len : BODY_MAX);
    transfer->url = mem_zalloc(request->url.len + 1);
    if (request->url.len != 0) {
        memcpy(transfer->url, request->url.ptr, request->url.len);
    }
    return transfer;
}

void transfer_free_easy(struct transfer *transfer)
{
    if (transfer->easy != NULL) {
        transfer->curl->easy_cleanup(transfer->easy);
        transfer->curl->slist_free_all(transfer->headers);
        transfer->easy = NULL;
    }
}

void transfer_free(struct transfer *transfer)
{
    transfer_free_easy(transfer);
    buf_finish(&transfer->head);
    buf_finish(&transfer->spans);
    buf_finish(&transfer->body);
    mem_free(transfer->url);
    mem_free(transfer);
}

/* --- the response --- */

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    struct transfer *transfer = user;
    size_t len = size * count;
    buf_append(&transfer->body, slice_of(bytes, len));
    if (buf_status(&transfer->body) != STATUS_OK) {
        transfer->is_too_large = true;
        return len != 0 ? 0 : 1;
    }
    return len;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *user)
{
    struct transfer *transfer = user;
    struct slice line = slice_of(bytes, size * count);
    if (slice_starts_with(line,
                          SLICE("HTTP/"))) { /* of this response; "100 Continue" was another */
        buf_clear(&transfer->head);
        buf_clear(&transfer->spans);
        return line.len;
    }
    size_t colon = slice_find(line, ':');
    if (colon == SLICE_NPOS || colon == 0) {
        return line.len;
    }
    struct slice name = slice_take(line, colon);
    struct slice value = slice_trim(slice_skip(line, colon + 1));
    struct header_span span = {transfer->head.len, name.len, transfer->head.len + name.len,
                               value.len};
    buf_append(&transfer->head, name);
    buf_append(&transfer->head, value);
    buf_append(&transfer->spans, slice_of((const char *)&span, sizeof(span)));
    if (buf_status(&transfer->head) != STATUS_OK || buf_status(&transfer->spans) != STATUS_OK) {
        transfer->is_too_large = true;
        return 0;
    }
    return line.len;
}

enum status transfer_status(struct transfer *transfer, CURLcode code)
{
    enum status status = STATUS_UNAVAILABLE;
    const char *words =
        transfer->error[0] != '\0' ? transfer->error : transfer->curl->easy_strerror(code);
    if (code == CURLE_OK) {
        return STATUS_OK;
    }
    if (transfer->is_too_large || code == CURLE_FILESIZE_EXCEEDED) {
        status = STATUS_LIMIT;
        words = "the response is larger than allowed";
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        status = STATUS_TIMEOUT;
    }
    /* Without the query: it may carry a secret, and this ends up in logs. */
    struct slice url = slice_from(transfer->url);
    url = slice_take(url, slice_find(url, '?'));
    return fault_set(&transfer->fault, status, "%.*s: %s", SLICE_ARG(slice_take(url, 200)), words);
}

void transfer_tell(struct transfer *transfer, enum status status, long http_status)
{
    if (status != STATUS_OK) {
        transfer->on_done(transfer->ctx, status, NULL, &transfer->fault);
        return;
    }
    size_t count = transfer->spans.len / sizeof(struct header_span);
    struct http_header *items = mem_array(count, sizeof(*items));
    for (size_t i = 0; i < count; i++) {
        struct header_span span;
        memcpy(&span, transfer->spans.ptr + i * sizeof(span), sizeof(span));
        items[i].name = slice_of(transfer->head.ptr + span.name_at, span.name_len);
        items[i].value = slice_of(transfer->head.ptr + span.value_at, span.value_len);
    }
    struct http_client_response response = {
        .status = (int)http_status,
        .headers = {items, count},
        .body = buf_slice(&transfer->body),
    };
    transfer->on_done(transfer->ctx, STATUS_OK, &response, &transfer->fault);
    mem_free(items);
}

/* --- the request --- */

static void set_headers(struct transfer *transfer, const struct http_client_request *request)
{
    const struct curl_functions *curl = transfer->curl;
    struct buf line = BUF_INIT(HEAD_MAX);
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < request->headers.count; i++) {
        const struct http_header *header = &request->headers.items[i];
        if (!http_header_is_valid(header->name, header->value) ||
            slice_ieq(header->name, SLICE("content-length")) ||
            slice_ieq(header->name, SLICE("transfer-encoding"))) {
            continue; /* the framing is curl's */
        }
        buf_clear(&line);
        buf_append(&line, header->name);
        struct slice value = slice_trim(header->value);
        buf_append_text(&line, value.len != 0 ? ": " : ";"); /* ';': present and empty */
        buf_append(&line, value);
        const char *text = buf_cstr(&line);
        if (text != NULL && buf_status(&line) == STATUS_OK) {
            list = curl->slist_append(list, text);
        }
    }
    buf_finish(&line);
    /* Curl's own additions: neither is wanted unless asked for. */
    if (http_header_get(request->headers, "content-type").ptr == NULL) {
        list = curl->slist_append(list, "Content-Type:");
    }
    if (http_header_get(request->headers, "accept").ptr == NULL) {
        list = curl->slist_append(list, "Accept:");
    }
    if (http_header_get(request->headers, "expect").ptr == NULL) {
        list = curl->slist_append(list, "Expect:");
    }
    transfer->headers = list;
    curl->easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, list);
}

/* A proxy of the environment is for the world, not for a service on this machine. */
static bool is_local(struct slice url)
{
    static const struct slice hosts[] = {SLICE_INIT("localhost"), SLICE_INIT("127."),
                                         SLICE_INIT("[::1]")};
    size_t scheme = slice_search(url, SLICE("://"));
    struct slice host = scheme != SLICE_NPOS ? slice_skip(url, scheme + 3) : url;
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        if (slice_istarts_with(host, hosts[i])) {
            return true;
        }
    }
    return false;
}

static void set_method(struct transfer *transfer, const struct http_client_request *request)
{
    const struct curl_functions *curl = transfer->curl;
    CURL *easy = transfer->easy;
    bool wants_length = slice_is(request->method, "POST") || slice_is(request->method, "PUT") ||
                        slice_is(request->method, "PATCH");
    if (request->body.len != 0 || wants_length) {
        curl->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        curl->easy_setopt(easy, CURLOPT_COPYPOSTFIELDS,
                          request->body.len != 0 ? request->body.ptr : "");
    } else if (slice_is(request->method, "HEAD")) {
        curl->easy_setopt(easy, CURLOPT_NOBODY, 1L);
    }
    struct buf method = BUF_INIT(256);
    buf_append(&method, request->method);
    curl->easy_setopt(easy, CURLOPT_CUSTOMREQUEST, buf_cstr(&method)); /* copied */
    buf_finish(&method);
}

static void set_options(struct transfer *transfer, const struct http_client_request *request)
{
    const struct curl_functions *curl = transfer->curl;
    CURL *easy = transfer->easy;
    uint32_t timeout_ms = request->timeout_ms != 0 ? request->timeout_ms : TIMEOUT_MS;
    uint32_t connect_ms =
        request->connect_timeout_ms != 0 ? request->connect_timeout_ms : CONNECT_TIMEOUT_MS;
    curl->easy_setopt(easy, CURLOPT_URL, transfer->url);
    curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    curl->easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl->easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl->easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl->easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)transfer->body.max);
    if (is_local(request->url)) {
        curl->easy_setopt(easy, CURLOPT_PROXY, "");
    }
    set_method(transfer, request);
    set_headers(transfer, request);
}

enum status transfer_prepare(struct transfer *transfer, const struct curl_functions *curl,
                             const char *ca_file, const struct http_client_request *request)
{
    if (!http_header_is_valid(request->method, SLICE(""))) {
        return fault_set(&transfer->fault, STATUS_UNAVAILABLE, "the method is not a token");
    }
    transfer->curl = curl;
    transfer->easy = curl->easy_init();
    if (transfer->easy == NULL) {
        return fault_set(&transfer->fault, STATUS_UNAVAILABLE, "libcurl refused the request");
    }
    set_options(transfer, request);
    if (ca_file != NULL) {
        curl->easy_setopt(transfer->easy, CURLOPT_CAINFO, ca_file);
    }
    return STATUS_OK;
}
