#include "core/http/client.h"

#include "core/buf.h"
#include "core/http/curl.h"
#include "core/mem.h"

#include <assert.h>

#define TIMEOUT_MS 30000
#define CONNECT_TIMEOUT_MS 5000
#define BODY_MAX (10u << 20)
#define HEAD_MAX (1u << 20) /* of a response */

struct http_client {
    struct context *context;
    struct curl_functions curl;
    CURLM *multi;        /* NULL until the first request */
    uv_timer_t timer;    /* curl's */
    uv_timer_t failures; /* completes what could not be started */
    struct transfer *transfers;
    size_t open_handles;
    bool is_destroyed;
};

/* One socket of curl's. Lives until libuv has closed its handle. */
struct watch {
    uv_poll_t poll;
    struct http_client *client;
    curl_socket_t fd;
};

/* Where a header stands in `head`, which may move while it grows. */
struct header_span {
    size_t name_at;
    size_t name_len;
    size_t value_at;
    size_t value_len;
};

struct transfer {
    struct http_client *client;
    struct transfer *previous;
    struct transfer *next;
    CURL *easy; /* NULL when it could not be started */
    struct curl_slist *headers;
    char *url;
    http_client_done_fn *on_done;
    void *ctx;
    struct buf head;
    struct buf spans; /* of struct header_span */
    struct buf body;
    bool is_too_large;
    struct fault fault;
    char error[CURL_ERROR_SIZE];
};

/* --- the life of client and transfers
 * ------------------------------------------------------------- */

struct http_client *http_client_create(struct context *context)
{
    struct http_client *client = mem_zalloc(sizeof(*client));
    client->context = context;
    int rc = uv_timer_init(context->loop, &client->timer);
    assert(rc == 0);
    rc = uv_timer_init(context->loop, &client->failures);
    assert(rc == 0);
    client->open_handles = 2;
    return client;
}

static void handle_closed(struct http_client *client)
{
    if (--client->open_handles == 0) {
        assert(client->is_destroyed);
        if (client->multi != NULL) {
            client->curl.global_cleanup();
        }
        mem_free(client);
    }
}

static void transfer_link(struct http_client *client, struct transfer *transfer)
{
    transfer->client = client;
    transfer->next = client->transfers;
    if (transfer->next != NULL) {
        transfer->next->previous = transfer;
    }
    client->transfers = transfer;
}

static void transfer_unlink(struct transfer *transfer)
{
    if (transfer->previous != NULL) {
        transfer->previous->next = transfer->next;
    } else {
        transfer->client->transfers = transfer->next;
    }
    if (transfer->next != NULL) {
        transfer->next->previous = transfer->previous;
    }
}

static void transfer_free(struct transfer *transfer)
{
    const struct curl_functions *curl = &transfer->client->curl;
    if (transfer->easy != NULL) {
        curl->easy_cleanup(transfer->easy);
        curl->slist_free_all(transfer->headers);
    }
    buf_finish(&transfer->head);
    buf_finish(&transfer->spans);
    buf_finish(&transfer->body);
    mem_free(transfer->url);
    mem_free(transfer);
}

/* Off the client first: on_done may send again, or destroy the client, whose memory lives on until
 * its handles are closed. */
static void complete(struct transfer *transfer, enum status status, long http_status)
{
    struct http_client *client = transfer->client;
    transfer_unlink(transfer);
    if (transfer->easy != NULL) {
        client->curl.multi_remove_handle(client->multi, transfer->easy);
        client->curl.easy_cleanup(transfer->easy);
        client->curl.slist_free_all(transfer->headers);
        transfer->easy = NULL;
    }
    if (status != STATUS_OK) {
        transfer->on_done(transfer->ctx, status, NULL, &transfer->fault);
        transfer_free(transfer);
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
    transfer_free(transfer);
}

static void on_handle_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

void http_client_destroy(struct http_client *client)
{
    if (client == NULL) {
        return;
    }
    assert(!client->is_destroyed);
    client->is_destroyed = true;
    while (client->transfers != NULL) {
        struct transfer *transfer = client->transfers;
        (void)fault_set(&transfer->fault, STATUS_CANCELLED, "the client is being closed");
        complete(transfer, STATUS_CANCELLED, 0);
    }
    if (client->multi != NULL) {
        client->curl.multi_cleanup(client->multi); /* gives up its sockets: on_socket() */
    }
    client->timer.data = client;
    client->failures.data = client;
    uv_close((uv_handle_t *)&client->timer, on_handle_closed);
    uv_close((uv_handle_t *)&client->failures, on_handle_closed);
}

/* --- curl's sockets and timer on the loop
 * ---------------------------------------------------------- */

static void fail(struct transfer *transfer, CURLcode code)
{
    const struct curl_functions *curl = &transfer->client->curl;
    enum status status = STATUS_UNAVAILABLE;
    if (transfer->is_too_large || code == CURLE_FILESIZE_EXCEEDED) {
        status = STATUS_LIMIT;
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        status = STATUS_TIMEOUT;
    }
    const char *words = transfer->error[0] != '\0' ? transfer->error : curl->easy_strerror(code);
    if (status == STATUS_LIMIT) {
        words = "the response is larger than allowed";
    }
    /* Without the query: it may carry a secret, and this ends up in logs. */
    struct slice url = slice_from(transfer->url);
    url = slice_take(url, slice_find(url, '?'));
    (void)fault_set(&transfer->fault, status, "%.*s: %s", SLICE_ARG(slice_take(url, 200)), words);
    complete(transfer, status, 0);
}

static void complete_finished(struct http_client *client)
{
    CURLMsg *message;
    int left;
    while (!client->is_destroyed &&
           (message = client->curl.multi_info_read(client->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        CURLcode code = message->data.result;
        struct transfer *transfer = NULL;
        long http_status = 0;
        client->curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        client->curl.easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &http_status);
        if (code == CURLE_OK) {
            complete(transfer, STATUS_OK, http_status);
        } else {
            fail(transfer, code);
        }
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct http_client *client = CONTAINER_OF(timer, struct http_client, timer);
    int running;
    client->curl.multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    complete_finished(client);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = CONTAINER_OF(poll, struct watch, poll);
    struct http_client *client = watch->client;
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;
    flags |= (events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0;
    flags |= (events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0;
    int running;
    client->curl.multi_socket_action(client->multi, watch->fd, flags, &running);
    complete_finished(client);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct watch *watch = CONTAINER_OF(handle, struct watch, poll);
    struct http_client *client = watch->client;
    mem_free(watch);
    handle_closed(client);
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *user)
{
    (void)multi;
    struct http_client *client = user;
    if (client->is_destroyed || timeout_ms < 0) {
        return uv_timer_stop(&client->timer);
    }
    return uv_timer_start(&client->timer, on_timer, (uint64_t)timeout_ms, 0);
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *assigned)
{
    (void)easy;
    struct http_client *client = user;
    struct watch *watch = assigned;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            uv_poll_stop(&watch->poll);
            client->curl.multi_assign(client->multi, fd, NULL);
            uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
        }
        return 0;
    }
    if (watch == NULL) {
        watch = mem_zalloc(sizeof(*watch));
        watch->client = client;
        watch->fd = fd;
        if (uv_poll_init_socket(client->context->loop, &watch->poll, fd) != 0) {
            mem_free(watch);
            return -1;
        }
        client->open_handles++;
        client->curl.multi_assign(client->multi, fd, watch);
    }
    int events = 0;
    events |= what != CURL_POLL_OUT ? UV_READABLE : 0;
    events |= what != CURL_POLL_IN ? UV_WRITABLE : 0;
    return uv_poll_start(&watch->poll, events, on_poll) == 0 ? 0 : -1;
}

/* --- one request
 * ----------------------------------------------------------------------------------- */

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

static void set_headers(struct transfer *transfer, const struct http_client_request *request)
{
    const struct curl_functions *curl = &transfer->client->curl;
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
    const struct curl_functions *curl = &transfer->client->curl;
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
    const struct curl_functions *curl = &transfer->client->curl;
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

static enum status start_curl(struct http_client *client, struct fault *reterr)
{
    if (client->multi != NULL) {
        return STATUS_OK;
    }
    enum status status = curl_load(&client->curl, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    client->multi = client->curl.multi_init();
    if (client->multi == NULL) {
        client->curl.global_cleanup();
        return fault_set(reterr, STATUS_UNAVAILABLE, "libcurl cannot be initialised");
    }
    client->curl.multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    client->curl.multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    client->curl.multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    client->curl.multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    return STATUS_OK;
}

static void on_failures(uv_timer_t *timer)
{
    struct http_client *client = CONTAINER_OF(timer, struct http_client, failures);
    struct transfer *transfer = client->transfers;
    while (transfer != NULL && !client->is_destroyed) {
        if (transfer->easy == NULL) {
            complete(transfer, STATUS_UNAVAILABLE, 0);
            transfer = client->transfers; /* on_done may have changed the list */
        } else {
            transfer = transfer->next;
        }
    }
}

void http_client_send(struct http_client *client, const struct http_client_request *request,
                      http_client_done_fn *on_done, void *ctx)
{
    assert(!client->is_destroyed);
    struct transfer *transfer = mem_zalloc(sizeof(*transfer));
    transfer->on_done = on_done;
    transfer->ctx = ctx;
    buf_init(&transfer->head, HEAD_MAX);
    buf_init(&transfer->spans, HEAD_MAX);
    buf_init(&transfer->body, request->max_len != 0 ? request->max_len : BODY_MAX);
    transfer->url = mem_alloc(request->url.len + 1);
    memcpy(transfer->url, request->url.ptr, request->url.len);
    transfer->url[request->url.len] = '\0';
    transfer_link(client, transfer);
    enum status status = start_curl(client, &transfer->fault);
    if (status == STATUS_OK && !http_header_is_valid(request->method, SLICE(""))) {
        status = fault_set(&transfer->fault, STATUS_UNAVAILABLE, "the method is not a token");
    }
    if (status == STATUS_OK) {
        transfer->easy = client->curl.easy_init();
    }
    if (transfer->easy != NULL) {
        set_options(transfer, request);
        if (client->curl.multi_add_handle(client->multi, transfer->easy) == CURLM_OK) {
            return; /* curl asks for its timer; nothing is sent before it fires */
        }
        client->curl.easy_cleanup(transfer->easy);
        client->curl.slist_free_all(transfer->headers);
        transfer->easy = NULL;
    }
    if (status == STATUS_OK) {
        (void)fault_set(&transfer->fault, STATUS_UNAVAILABLE, "libcurl refused the request");
    }
    (void)uv_timer_start(&client->failures, on_failures, 0, 0);
}
