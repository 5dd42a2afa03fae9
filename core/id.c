#include "core/id.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

/* Random bytes fetched ahead: a system call for each request id would cost more than the id. One
 * pool a thread. This is the one piece of mutable state at file scope: ids are drawn where no
 * context is. */
#define POOL_LEN 1024

static _Thread_local unsigned char pool[POOL_LEN];
static _Thread_local size_t pool_left;

/* Runs in the child, on the only thread it has: parent and child must not draw the same bytes. */
static void on_fork_in_child(void)
{
    pool_left = 0;
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, on_fork_in_child);
}

static void draw_from_system(unsigned char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t count = getrandom(bytes, len, 0);
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            perror("sls-local: getrandom"); /* a kernel without it; ids must not repeat */
            abort();
        }
        bytes += count;
        len -= (size_t)count;
    }
}

void id_random(void *bytes, size_t len)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (len > POOL_LEN) {
        draw_from_system(bytes, len);
        return;
    }
    if (len > pool_left) {
        pthread_once(&once, watch_forks);
        draw_from_system(pool, sizeof(pool));
        pool_left = sizeof(pool);
    }
    pool_left -= len;
    memcpy(bytes, pool + pool_left, len);
}

void id_hex(char *out, const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *from = bytes;
    for (size_t i = 0; i < len; i++) {
        *out++ = digits[from[i] >> 4];
        *out++ = digits[from[i] & 0xf];
    }
    *out = '\0';
}

static const char *uuid_text(char out[ID_UUID_MAX], unsigned char bytes[16], unsigned version)
{
    static const size_t group_lens[] = {4, 2, 2, 2, 6};
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | version << 4);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80); /* RFC 9562 variant */
    char *at = out;
    for (size_t i = 0; i < sizeof(group_lens) / sizeof(group_lens[0]); i++) {
        if (i != 0) {
            *at++ = '-';
        }
        id_hex(at, bytes, group_lens[i]);
        at += 2 * group_lens[i];
        bytes += group_lens[i];
    }
    return out;
}

const char *id_uuid(char out[ID_UUID_MAX])
{
    unsigned char bytes[16];
    id_random(bytes, sizeof(bytes));
    return uuid_text(out, bytes, 4);
}

const char *id_api_request(char out[ID_SHORT_MAX])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char bytes[ID_SHORT_MAX - 2];
    id_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        out[i] = alphabet[bytes[i] & 63];
    }
    out[sizeof(bytes)] = '=';
    out[sizeof(bytes) + 1] = '\0';
    return out;
}

const char *id_trace_root(char *out, int64_t epoch_ms)
{
    uint32_t seconds = (uint32_t)(epoch_ms / 1000);
    unsigned char bytes[16] = {(unsigned char)(seconds >> 24), (unsigned char)(seconds >> 16),
                               (unsigned char)(seconds >> 8), (unsigned char)seconds};
    id_random(bytes + 4, 12);
    memcpy(out, "Root=1-", 7);
    id_hex(out + 7, bytes, 4);
    out[15] = '-';
    id_hex(out + 16, bytes + 4, 12);
    return out;
}

/* SplitMix64: a sequence that follows from its start and spreads every bit of it. */
static uint64_t next_derived(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void id_derived(char *out, size_t len, struct slice name)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    uint64_t state = slice_hash(name);
    for (size_t i = 0; i < len; i++) {
        out[i] = alphabet[next_derived(&state) % (i == 0 ? 26 : 36)];
    }
    out[len] = '\0';
}

void id_derived_uuid(char out[ID_UUID_MAX], struct slice name)
{
    uint64_t state = slice_hash(name);
    unsigned char bytes[16];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(next_derived(&state) >> 56);
    }
    uuid_text(out, bytes, 8);
}
