/* A whole gateway with a fake function, and clients that are sockets. Each test is a process of its own. */
#ifndef SLS_TESTS_SESSIONS_WORLD_H
#define SLS_TESTS_SESSIONS_WORLD_H

#include "gateway/gateway.h"
#include "tests/unit/http/support.h"

enum { ASKED_MAX = 4096, FUNCTIONS = 8 };

/* One invocation. */
struct asked {
    char function[32];
    char *event;
    invoke_done_fn *on_done;
    void *ctx;
    bool is_answered;
};

struct ws_world {
    struct gateway *gateway;
    struct asked asked[ASKED_MAX];
    size_t asked_count;
    uv_idle_t answering;
    struct {
        char method[16], path[64], route[32], reason[128], function[32], connection_id[32];
        int status;
        uint16_t close_code;
    } reports[256];
    size_t report_count;
    bool is_closed;
};

extern struct fixture ws_fixture;
extern struct ws_world ws_world;
#define LAST_REPORT ws_world.reports[ws_world.report_count - 1]

/* TestSuite(x, .init = ws_set_up, .fini = ws_tear_down); */
void ws_set_up(void);
void ws_tear_down(void);
void ws_close_gateway(uint32_t drain_ms);
void ws_give_answer(struct asked *asked);
/* Of functions that are held, too. */
void ws_answer_all(void);

#define ROUTE(key, name)                                                                           \
    {                                                                                              \
        .path = SLICE_INIT(key), .integration.function = SLICE_INIT(name)                          \
    }
/* The API's routes; the names of functions are in sessions_world.c. */
void ws_configure(const struct route_spec *routes, size_t count);
void ws_configure_chat(void); /* one route of each sort */
int ws_open_chat(void);

/* Sends a handshake; the client decides when it reads. */
int ws_dial(const char *target, const char *headers);
/* The head of the answer to a handshake; lives until the next call. */
const char *ws_head_of(int fd);
int ws_status_of(const char *head);
int ws_open(const char *target);
void ws_send_frame(int fd, int first, struct slice text);
void ws_say(int fd, const char *text);
/* The next message is exactly that text. */
void ws_expect_message(int fd, const char *text);
void ws_expect_close(int fd, uint16_t code);

bool ws_has_asked(size_t count);
bool ws_has_reported(size_t count);
void ws_wait_until(bool (*holds)(size_t), size_t count);
/* "KEY":"text" of an event. */
void ws_expect_in(const struct asked *asked, const char *text);
const char *ws_error_frame(const char *message);
/* An error frame ends with an id that nobody knows before. */
void ws_expect_error(int fd, const char *message);

#endif
