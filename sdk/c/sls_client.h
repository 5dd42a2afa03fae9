/* The wire under sls.c: growing buffers, one kept-alive connection to the Runtime API, its answers.
 *
 * Not installed, and not for handlers.
 * Ownership  A client owns its buffer; positions in an answer are valid until the next exchange.
 * Errors     enum sls_status; a lost connection is closed. */
#ifndef SLS_CLIENT_H
#define SLS_CLIENT_H

#include <sls.h>

#include <stdarg.h>
#include <stdbool.h>
#include <sys/uio.h>

enum { SLS_PARTS_MAX = 8 }; /* pieces of one send */

struct sls_buffer {
    char *bytes;
    size_t len;
    size_t capacity;
};

/* The headers of an event that a handler can ask for. */
enum sls_field {
    SLS_FIELD_REQUEST_ID,
    SLS_FIELD_DEADLINE,
    SLS_FIELD_FUNCTION_ARN,
    SLS_FIELD_TRACE_ID,
    SLS_FIELD_CLIENT_CONTEXT,
    SLS_FIELD_COGNITO_IDENTITY,
    SLS_FIELD_TENANT_ID,
    SLS_FIELD_CONTENT_TYPE,
    SLS_FIELD_COUNT,
};

/* An HTTP answer. Positions count from the start of `in`, which may move while a body arrives. */
struct sls_answer {
    int status;
    bool is_chunked;
    size_t body;
    size_t body_len;
    size_t fields[SLS_FIELD_COUNT]; /* of the values, ended by 0 bytes; 0: absent */
};

struct sls_client {
    char host[256];
    char port[16];
    int fd; /* -1: not connected */
    struct sls_buffer in;
    size_t consumed; /* bytes of `in` that belong to answers already read */
    struct sls_answer event;
};

/* Append all or nothing; SLS_TOO_LARGE beyond `max` bytes in the buffer. */
int sls_buffer_append(struct sls_buffer *buffer, const void *bytes, size_t len, size_t max);
int sls_buffer_append_json(struct sls_buffer *buffer, const char *text, size_t len, size_t max);
int sls_buffer_vprintf(struct sls_buffer *buffer, size_t max, const char *format, va_list args)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 0)))
#endif
    ;

struct iovec sls_part(const char *bytes, size_t len);

int sls_client_connect(struct sls_client *client);
void sls_client_disconnect(struct sls_client *client);
/* Sends all parts, which it changes. */
int sls_client_send(struct sls_client *client, struct iovec *parts, size_t count);
/* Reads the next answer whole. A 0 byte follows its body if nothing else does. */
int sls_client_read(struct sls_client *client, struct sls_answer *answer);
/* Sends one POST of `count` parts (0: none) and the request for the next event in one go and reads
 * both answers, the event into client->event. On a lost connection what was not answered is sent
 * again. */
int sls_client_exchange(struct sls_client *client, const struct iovec *post, size_t count);

#endif
