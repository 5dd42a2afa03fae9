/* links: sls_api */
/* "METHOD /path?query", header lines, an empty line, a body: who signed it is read, and what is not fine has words. */
#include "core/api/sigv4.h"

#include "core/mem.h"

#include <assert.h>

#define HEADERS_MAX 32
#define TIME_MS 1440938160000 /* 2015-08-30T12:36:00Z */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice rest = slice_of((const char *)bytes, len), line = SLICE(""), method = SLICE("");
    struct http_header headers[HEADERS_MAX];
    size_t count = 0;
    (void)slice_split(&rest, '\n', &line);
    (void)slice_split(&line, ' ', &method);
    size_t question = slice_find(line, '?');
    struct slice query = question != SLICE_NPOS ? slice_skip(line, question + 1) : SLICE("");
    while (slice_split(&rest, '\n', &line) && line.len > 0 && count < HEADERS_MAX) {
        size_t colon = slice_find(line, ':');
        struct slice value = colon != SLICE_NPOS ? slice_skip(line, colon + 1) : SLICE("");
        headers[count++] = (struct http_header){slice_take(line, colon), slice_trim(value)};
    }
    struct sigv4_request request = {method, slice_take(line, question), query, {headers, count}};
    request.path = slice_starts_with(request.path, SLICE("/")) ? request.path : SLICE("/");
    struct sigv4_scope scope = {SLICE("service"), SLICE("us-east-1"), TIME_MS, TIME_MS};
    struct sigv4 sigv4;
    struct slice words = SLICE("");
    enum sigv4_verdict verdict = sigv4_read(&arena, &request, &scope, &sigv4, &words);
    if (verdict == SIGV4_FINE) {
        assert(sigv4.access_key.len > 0 && sigv4.signature.len > 0);
        struct slice secret = SLICE("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        verdict = sigv4_verify(&arena, &request, &sigv4, secret, rest, &words);
    }
    assert(verdict == SIGV4_FINE || verdict == SIGV4_MISSING || words.len > 0);
    (void)sigv4_header_lacks(&arena, request.headers);
    (void)sigv4_query_lacks(&arena, request.headers);
    return 0;
}
