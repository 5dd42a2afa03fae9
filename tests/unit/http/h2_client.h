/* An HTTP/2 client over a socket, driven by hand like the other test clients: nghttp2 frames what the tests ask for
 * and keeps what the server says as text. */
#ifndef SLS_TESTS_UNIT_HTTP_H2_CLIENT_H
#define SLS_TESTS_UNIT_HTTP_H2_CLIENT_H

#include "support.h"

#include <nghttp2/nghttp2.h>

#define H2_STREAMS_MAX 512

struct h2_answer {
    struct buf head; /* "200|content-type=x,date=y" of the last head; trailers behind a '|' */
    struct buf body;
    bool is_continued; /* a 100 came */
    bool is_closed;
    uint32_t code; /* with which it was closed */
};

struct h2_client {
    struct fixture *fixture;
    int fd;
    nghttp2_session *session;
    struct h2_answer answers[H2_STREAMS_MAX]; /* [stream id / 2] */
    bool reads;                               /* false: leaves the server's bytes in the socket */
    bool is_ended;                            /* the server has closed the connection */
    bool has_goaway;
    uint32_t goaway_code;
    size_t received_len;
};

struct h2_request {
    const char *method; /* NULL: "GET", or "POST" with a body */
    const char *path;
    const char *headers[8]; /* name, value... */
    struct slice body;
    const char *trailers[4];
    bool is_open; /* the body's end is not sent */
};

void h2_client_open(struct h2_client *client, struct fixture *fixture, uint32_t window);
void h2_client_close(struct h2_client *client);
/* Queues the request and returns its stream's id. `request` must outlive it. */
int32_t h2_client_send(struct h2_client *client, const struct h2_request *request);
/* Sends and receives what is there; one turn of the loop. */
void h2_client_turn(struct h2_client *client);
/* Until the stream is closed, or the connection. */
struct h2_answer *h2_client_wait(struct h2_client *client, int32_t id);
void h2_client_wait_end(struct h2_client *client); /* of the connection */
struct h2_answer *h2_client_answer(struct h2_client *client, int32_t id);
/* A frame as bytes, past nghttp2. */
void h2_put_frame(struct buf *out, uint8_t type, uint8_t flags, int32_t id, struct slice payload);
void h2_client_send_raw(struct h2_client *client, struct slice bytes);

#endif
