/* Every way in which a websocket ends, clients that do not read, and many at once. */
#include "websocket_world.h"

#include <criterion/criterion.h>

#include <malloc.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(websocket_ends, .init = ws_set_up, .fini = ws_tear_down);

Test(websocket_ends, a_reason_is_cut_at_a_character)
{
    ws_serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_BUF reason = BUF_INIT(1 << 16);
    (void)ws_text_of(&reason, 122);
    buf_append_text(&reason, "\xc3\xa9");
    AUTO_CLIENT fd = ws_open();
    websocket_close(ws_owner.websocket, WEBSOCKET_NORMAL, buf_slice(&reason));
    cr_assert(client_read_until(&ws_fixture, fd, "defg", &received));
    cr_assert_eq(received.len, 2 + 2 + 122);
    cr_assert_eq(received.ptr[1], 124);
}

Test(websocket_ends, a_client_that_does_not_answer_a_close_is_cut)
{
    ws_owner.options.closing_ms = 50;
    ws_serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = ws_open();
    websocket_close(ws_owner.websocket, WEBSOCKET_GOING_AWAY, SLICE("Going away"));
    cr_assert_not(ws_owner.is_closed, "on_close never runs inside the call");
    (void)client_read_end(&ws_fixture, fd, &received);
    pump_until(&ws_fixture, &ws_owner.is_closed);
    cr_assert_str_eq(ws_events(), "close(1001 Going away owner) ");
    ws_expect_bytes(buf_slice(&received), SLICE("\x88\x0c\x03\xe9Going away"), "close", false);
}

Test(websocket_ends, a_client_that_goes_on_sending_does_not_put_the_end_off)
{
    ws_owner.options.closing_ms = 50;
    ws_serve((struct http_limits){0});
    AUTO_BUF text = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = ws_open();
    websocket_close(ws_owner.websocket, WEBSOCKET_NORMAL, SLICE(""));
    uint64_t end = uv_hrtime() + UINT64_C(1000000) * WAIT_MS;
    while (!ws_owner.is_closed) {
        cr_assert_lt(uv_hrtime(), end);
        ws_send_frame(fd, 0x81, ws_text_of(&text, 20000));
        pump(&ws_fixture, -1);
    }
    cr_assert_str_eq(ws_events(), "close(1000 owner) ");
}

Test(websocket_ends, a_connection_that_breaks_is_abnormal)
{
    ws_serve((struct http_limits){0});
    AUTO_CLIENT fd = ws_open();
    client_reset(&fd);
    pump_until(&ws_fixture, &ws_owner.is_closed);
    cr_assert_str_eq(ws_events(), "close(1006 client) ");
}

Test(websocket_ends, a_refusal_reaches_a_client_that_is_still_sending)
{
    ws_serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_BUF text = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = ws_open();
    ws_send_frame(fd, 0x82, ws_text_of(&text, 600000)); /* the first bytes are refused already */
    cr_assert(client_read_end(&ws_fixture, fd, &received), "reset");
    ws_expect_bytes(buf_slice(&received), SLICE("\x88\x02\x03\xeb"), "close", false);
}

Test(websocket_ends, a_drain_says_going_away_and_ends_with_the_answers)
{
    ws_serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = ws_open();
    bool is_drained = false;
    ws_drain(WAIT_MS, &is_drained);
    cr_assert_not(ws_owner.is_closed);
    cr_assert(client_read_until(&ws_fixture, fd, "Going away", &received));
    ws_expect_bytes(buf_slice(&received), SLICE("\x88\x0c\x03\xe9Going away"), "close", false);
    client_send(&ws_fixture, fd, SLICE("\x88\x82\0\0\0\0\x03\xe9"));
    pump_until(&ws_fixture, &is_drained);
    cr_assert_str_eq(ws_events(), "close(1001 Going away server clean) ");
}

Test(websocket_ends, a_drain_cuts_who_does_not_answer)
{
    ws_owner.options.closing_ms = WAIT_MS;
    ws_serve((struct http_limits){0});
    AUTO_CLIENT fd = ws_open();
    bool is_drained = false;
    ws_drain(30, &is_drained);
    pump_until(&ws_fixture, &is_drained);
    cr_assert_str_eq(ws_events(), "close(1001 Going away server) ");
    client_close(&fd);
}

Test(websocket_ends, a_server_destroyed_at_once_cuts_and_still_tells)
{
    ws_serve((struct http_limits){0});
    AUTO_CLIENT fd = ws_open();
    bool is_drained = false;
    ws_drain(0, &is_drained);
    cr_assert_not(ws_owner.is_closed);
    pump_until(&ws_fixture, &is_drained);
    cr_assert_str_eq(ws_events(), "close(1001 server) ");
    client_close(&fd);
}

/* --- clients that do not read --- */

Test(websocket_ends, messages_wait_for_a_slow_client_in_order_and_are_counted)
{
    ws_serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 26);
    AUTO_BUF want = BUF_INIT(1 << 26);
    AUTO_CLIENT fd = ws_open();
    struct websocket *websocket = ws_owner.websocket;
    AUTO_BUF text = BUF_INIT(1 << 20);
    struct slice big = ws_text_of(&text, 60000);
    cr_assert_eq(websocket_queued(websocket), 0);
    while (websocket_queued(websocket) < 200000) {
        cr_assert_eq(websocket_send(websocket, WEBSOCKET_TEXT, big), STATUS_OK);
        buf_append(&want, SLICE("\x81\x7e\xea\x60"));
        buf_append(&want, big);
    }
    size_t before = websocket_queued(websocket);
    cr_assert_eq(websocket_send(websocket, WEBSOCKET_BINARY, SLICE("last")), STATUS_OK);
    buf_append(&want, SLICE("\x82\x04last"));
    cr_assert_eq(websocket_queued(websocket), before + 6);
    websocket_close(websocket, WEBSOCKET_NORMAL, SLICE(""));
    buf_append(&want, SLICE("\x88\x02\x03\xe8"));
    cr_assert(client_read_until(&ws_fixture, fd, "\x88\x02\x03\xe8", &received));
    cr_assert(slice_eq(buf_slice(&received), buf_slice(&want)));
    client_send(&ws_fixture, fd, SLICE(NORMAL_CLOSE));
    pump_until(&ws_fixture, &ws_owner.is_closed);
    cr_assert_str_eq(ws_events(), "close(1000 owner clean) ");
}

Test(websocket_ends, a_client_that_never_reads_is_cut_when_its_queue_is_full)
{
    ws_owner.options.queue_len = 100000;
    ws_serve((struct http_limits){0});
    AUTO_CLIENT fd = ws_open();
    struct websocket *websocket = ws_owner.websocket;
    AUTO_BUF text = BUF_INIT(1 << 20);
    struct slice message = ws_text_of(&text, 10000);
    enum status status = STATUS_OK;
    size_t most = 0;
    for (size_t i = 0; i < 100000 && status == STATUS_OK; i++) {
        most = websocket_queued(websocket) > most ? websocket_queued(websocket) : most;
        status = websocket_send(websocket, WEBSOCKET_TEXT, message);
    }
    cr_assert_eq(status, STATUS_LIMIT);
    cr_assert_leq(most, 100000 + 10000, "no more than the queue, and a message with the socket");
    cr_assert_not(ws_owner.is_closed, "on_close never runs inside the call");
    cr_assert_eq(websocket_send(websocket, WEBSOCKET_TEXT, message), STATUS_CANCELLED);
    pump_until(&ws_fixture, &ws_owner.is_closed);
    cr_assert_str_eq(ws_events(), "close(1008 server) ");
}

Test(websocket_ends, a_client_that_stops_reading_is_cut_in_time)
{
    ws_owner.options.queue_len = 1 << 26;
    ws_serve((struct http_limits){.write_stall_ms = 50});
    AUTO_CLIENT fd = ws_open();
    AUTO_BUF text = BUF_INIT(1 << 20);
    while (websocket_queued(ws_owner.websocket) == 0) {
        cr_assert_eq(websocket_send(ws_owner.websocket, WEBSOCKET_TEXT, ws_text_of(&text, 500000)),
                     STATUS_OK);
    }
    pump_until(&ws_fixture, &ws_owner.is_closed);
    cr_assert_str_eq(ws_events(), "close(1008 server) ");
}

Test(websocket_ends, a_flood_of_pings_waits_for_its_pongs_to_be_read)
{
    ws_owner.options.on_ping = NULL;
    ws_serve((struct http_limits){.pending_len = 4096, .write_stall_ms = 200});
    AUTO_CLIENT fd = ws_open();
    int small = 4096;
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    AUTO_BUF flood = BUF_INIT(1 << 20);
    AUTO_BUF text = BUF_INIT(1 << 10);
    for (int i = 0; i < 1000; i++) {
        ws_put_frame(&flood, 0x89, ws_text_of(&text, 125));
    }
    uint64_t end = uv_hrtime() + UINT64_C(1000000) * WAIT_MS;
    size_t most = 0;
    size_t sent = 0;
    while (!ws_owner.is_closed) {
        cr_assert_lt(uv_hrtime(), end, "%zu queued", most);
        ssize_t count = send(fd, flood.ptr + sent, flood.len - sent, MSG_NOSIGNAL);
        sent = (sent + (count > 0 ? (size_t)count : 0)) % flood.len;
        for (int i = 0; i < 50; i++) { /* a few frames each */
            (void)uv_run(&ws_fixture.loop, UV_RUN_NOWAIT);
        }
        pump(&ws_fixture, -1);
        if (ws_owner.websocket != NULL && websocket_queued(ws_owner.websocket) > most) {
            most = websocket_queued(ws_owner.websocket);
        }
    }
    cr_assert_str_eq(ws_events(), "close(1008 server) ");
    cr_assert_gt(most, 4096);
    cr_assert_leq(most, 4096 + 127);
}

/* --- many --- */

#define MANY 1000
#define IDLE_LEN 1024 /* bytes of the heap an idle connection may take, websocket.h says */

static struct websocket *websockets[MANY];
static size_t closed_count;

static void on_many_close(void *ctx, struct websocket *websocket,
                          const struct websocket_close *close)
{
    (void)ctx;
    (void)websocket;
    closed_count += close->code == 1001;
}

static size_t heap_len(void)
{
    return mallinfo2().uordblks;
}

/* Nothing to measure where the allocator is not glibc's. */
#if defined(__SANITIZE_ADDRESS__)
#define HEAP_IS_KNOWN false
#else
#define HEAP_IS_KNOWN true
#endif

Test(websocket_ends, a_thousand_idle_connections_are_small_and_answer_all_the_same, .timeout = 60)
{
    struct rlimit files = {0};
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
    ws_owner.options.on_close = on_many_close;
    ws_serve((struct http_limits){0});
    static int fds[MANY];
    fds[0] = ws_open(); /* what a server needs once */
    websockets[0] = ws_owner.websocket;
    size_t before = heap_len();
    for (size_t i = 1; i < MANY; i++) {
        fds[i] = ws_open();
        websockets[i] = ws_owner.websocket;
    }
    ws_owner.websocket = NULL;
    size_t idle_len = (heap_len() - before) / (MANY - 1);
    cr_assert(!HEAP_IS_KNOWN || idle_len <= IDLE_LEN, "%zu bytes each", idle_len);
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_BUF text = BUF_INIT(1 << 16);
    for (size_t i = 0; i < MANY; i++) {
        ws_send_frame(fds[i], 0x81, ws_text_of(&text, 5000));
    }
    for (size_t i = 0; i < MANY; i++) { /* one message to all, behind the echo */
        buf_clear(&received);
        cr_assert(client_read_until(&ws_fixture, fds[i], "uvwabcdefghi", &received));
        cr_assert_eq(websocket_send(websockets[i], WEBSOCKET_TEXT, SLICE("to all")), STATUS_OK);
    }
    for (size_t i = 0; i < MANY; i++) {
        buf_clear(&received);
        cr_assert(client_read_until(&ws_fixture, fds[i], "\x81\x06to all", &received));
    }
    buf_finish(&received);
    buf_finish(&text);
    buf_finish(&ws_owner.events);
    size_t after_len = (heap_len() - before) / (MANY - 1);
    cr_assert(!HEAP_IS_KNOWN || after_len <= IDLE_LEN, "%zu bytes each afterwards", after_len);
    bool is_drained = false;
    ws_drain(WAIT_MS, &is_drained);
    for (size_t i = 0; i < MANY; i++) {
        client_send(&ws_fixture, fds[i], SLICE("\x88\x82\0\0\0\0\x03\xe9"));
        client_close(&fds[i]);
    }
    pump_until(&ws_fixture, &is_drained);
    cr_assert_eq(closed_count, MANY);
}
