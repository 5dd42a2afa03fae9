#include "core/http/client.h"

#include "core/http/transfer.h"
#include "core/mem.h"

#include <assert.h>

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

/* --- the life of client and transfers --- */

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
    alarms_hold(client->context->alarms); /* until it is over the clock is not turned on */
    transfer->next = client->transfers;
    if (transfer->next != NULL) {
        transfer->next->previous = transfer;
    }
    client->transfers = transfer;
}

static void transfer_unlink(struct http_client *client, struct transfer *transfer)
{
    alarms_release(client->context->alarms);
    if (transfer->previous != NULL) {
        transfer->previous->next = transfer->next;
    } else {
        client->transfers = transfer->next;
    }
    if (transfer->next != NULL) {
        transfer->next->previous = transfer->previous;
    }
}

/* Off the client first: on_done may send again, or destroy the client, whose memory lives on until
 * its handles are closed. */
static void complete(struct http_client *client, struct transfer *transfer, enum status status,
                     long http_status)
{
    transfer_unlink(client, transfer);
    if (transfer->easy != NULL) {
        client->curl.multi_remove_handle(client->multi, transfer->easy);
        transfer_free_easy(transfer);
    }
    transfer_tell(transfer, status, http_status);
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
        complete(client, transfer, STATUS_CANCELLED, 0);
    }
    if (client->multi != NULL) {
        client->curl.multi_cleanup(client->multi); /* gives up its sockets: on_socket() */
    }
    client->timer.data = client;
    client->failures.data = client;
    uv_close((uv_handle_t *)&client->timer, on_handle_closed);
    uv_close((uv_handle_t *)&client->failures, on_handle_closed);
}

/* --- curl's sockets and timer on the loop --- */

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
        complete(client, transfer, transfer_status(transfer, code), http_status);
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
            complete(client, transfer, STATUS_UNAVAILABLE, 0);
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
    struct transfer *transfer = transfer_create(request, on_done, ctx);
    transfer_link(client, transfer);
    enum status status = start_curl(client, &transfer->fault);
    if (status == STATUS_OK) {
        status = transfer_prepare(transfer, &client->curl, client->context->ca_file, request);
    }
    if (status == STATUS_OK) {
        CURLMcode code = client->curl.multi_add_handle(client->multi, transfer->easy);
        if (code == CURLM_OK) {
            return; /* curl asks for its timer; nothing is sent before it fires */
        }
        transfer_free_easy(transfer);
        (void)fault_set(&transfer->fault, STATUS_UNAVAILABLE, "libcurl refused the request");
    }
    (void)uv_timer_start(&client->failures, on_failures, 0, 0);
}
