/* A scripted Runtime API on a thread: answer i goes to request i, whole or in small pieces.
 *
 * When the script is over it closes everything, and sls_run() returns SLS_LOST. */
#ifndef TEST_SDK_FAKE_API_H
#define TEST_SDK_FAKE_API_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { FAKE_REQUESTS_MAX = 16 };

struct fake_answer {
    const char *bytes; /* NULL: close the connection instead */
    size_t len;        /* 0: strlen(bytes) */
};

struct fake_api {
    int listener;
    pthread_t thread;
    struct fake_answer answers[FAKE_REQUESTS_MAX];
    size_t answer_count;
    size_t piece;                      /* bytes of one send; 0: all */
    char *requests[FAKE_REQUESTS_MAX]; /* 0-terminated, as they came */
    size_t request_count;
    size_t reads[FAKE_REQUESTS_MAX]; /* receives so far when request i was complete */
    size_t connections;
};

/* Listens, sets AWS_LAMBDA_RUNTIME_API and starts answering. */
void fake_api_start(struct fake_api *fake);
/* Waits for the end of the script. */
void fake_api_join(struct fake_api *fake);
void fake_api_finish(struct fake_api *fake);

#endif
