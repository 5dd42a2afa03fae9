/* sls: AWS Lambda functions in C, for sls-local and for Lambda's provided.* runtimes alike.
 *
 *     static int hello(struct sls_invocation *invocation, void *user)
 *     {
 *         return sls_printf(invocation, "{\"hello\":\"%s\"}", sls_request_id(invocation));
 *     }
 *     int main(void)
 *     {
 *         return sls_run(hello, NULL) == SLS_OK ? 0 : 1;
 *     }
 *
 * Lifecycle  sls_run() asks the Runtime API for events and calls the handler with one after the
 *            other. It returns only when the platform is gone or something is broken; a sandbox
 *            is ended by a signal.
 * Ownership  An invocation and everything read from it live until the handler returns. What is
 *            written is copied.
 * Memory     Two buffers, for the event and for the response, grow to the largest seen (at most
 *            the payload limit) and are reused: a warm invocation allocates nothing.
 * Thread     One thread. A handler may use others but must not pass them the invocation.
 * Errors     0 is success, negative values are enum sls_status. The library never exits, aborts
 *            or logs.
 * Limits     SLS_PAYLOAD_MAX bytes of event and of buffered response; a streamed response has
 *            none here.
 * Source     Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes". */
#ifndef SLS_H
#define SLS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLS_VERSION "0.1.0"
#define SLS_PAYLOAD_MAX 6291556u

enum sls_status {
    SLS_OK = 0,
    SLS_FAILED = -1,      /* the handler reported an error with sls_fail() */
    SLS_NO_PLATFORM = -2, /* AWS_LAMBDA_RUNTIME_API is unset or not HOST:PORT */
    SLS_LOST = -3,        /* the Runtime API cannot be reached (any more); errno tells why */
    SLS_PROTOCOL = -4,    /* it answered something that is not the Runtime API */
    SLS_NO_MEMORY = -5,
    SLS_TOO_LARGE = -6, /* the response exceeds SLS_PAYLOAD_MAX */
    SLS_MISUSE = -7, /* a call that does not fit: content type after the first streamed byte, ... */
};

struct sls_invocation;

/* Returns 0 when what it wrote is the response, sls_fail(...) when the invocation failed. Any other
 * value reports an error of the type "Function.Failed" that names the value. A handler that wrote
 * nothing answers `null`. */
typedef int sls_handler(struct sls_invocation *invocation, void *user);

/* Serves events until the platform goes. Retries a lost connection three times before it gives up.
 */
int sls_run(sls_handler *handler, void *user);

/* Tells the platform, before sls_run(), that the function cannot start; the program should then
 * exit with a code other than 0. The caller of the function gets `type` and `message`. */
int sls_init_failed(const char *type, const char *message);

/* A sentence for a status; never NULL. */
const char *sls_strerror(int status);

/* --- the event --- */

/* Followed by a 0 byte that `ret_len` (may be NULL) does not count. Writable: parsers that work in
 * place may. */
char *sls_event(struct sls_invocation *invocation, size_t *ret_len);
const char *sls_event_type(const struct sls_invocation *invocation); /* its Content-Type */

/* --- the context: never NULL, "" where the platform sent nothing --- */

const char *sls_request_id(const struct sls_invocation *invocation);
const char *
sls_function_arn(const struct sls_invocation *invocation);         /* as invoked, with qualifier */
const char *sls_trace_id(const struct sls_invocation *invocation); /* X-Ray: Root=...;Parent=... */
const char *sls_client_context(const struct sls_invocation *invocation);   /* JSON */
const char *sls_cognito_identity(const struct sls_invocation *invocation); /* JSON */
const char *sls_tenant_id(const struct sls_invocation *invocation);
int64_t sls_deadline_ms(const struct sls_invocation *invocation); /* since 1970 */
int64_t
sls_remaining_ms(const struct sls_invocation *invocation); /* until the deadline, at least 0 */

/* --- the response --- */

/* Append to the response. On SLS_TOO_LARGE or SLS_NO_MEMORY nothing is appended, and the invocation
 * fails with that reason whatever the handler returns. */
int sls_write(struct sls_invocation *invocation, const void *bytes, size_t len);
int sls_puts(struct sls_invocation *invocation, const char *text); /* without a newline */
int sls_printf(struct sls_invocation *invocation, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;
/* `len` bytes of UTF-8 as a JSON string, quotes included. */
int sls_write_json_string(struct sls_invocation *invocation, const char *text, size_t len);

/* Default "application/json". `type` is copied, up to 127 bytes. */
int sls_content_type(struct sls_invocation *invocation, const char *type);

/* Forgets what was written and records an error instead, which the caller gets as
 * {"errorMessage":...,"errorType":...}. Returns SLS_FAILED: `return sls_fail(...)`. After
 * sls_stream() the error ends the stream. `type` should look like "Function.NotFound". */
int sls_fail(struct sls_invocation *invocation, const char *type, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* --- streaming --- */

/* From here on every sls_write() goes to the caller at once. Must come before the first write. */
int sls_stream(struct sls_invocation *invocation);
/* The same for a function URL or a streaming HTTP integration: `prelude` is JSON such as
 * {"statusCode":200,"headers":{"content-type":"text/html"}}. */
int sls_stream_http(struct sls_invocation *invocation, const char *prelude);

#ifdef __cplusplus
}
#endif

#endif
