/* The JSON that the platform itself writes: what a caller gets for a timeout or a crash, and what
 * the Runtime API answers when it refuses. Every AWS error name of these two is in errors.c.
 *
 * Source  Lambda Developer Guide, "Using the Lambda runtime API", "Troubleshoot execution
 *         issues". */
#ifndef SLS_RUNTIME_ERRORS_H
#define SLS_RUNTIME_ERRORS_H

#include "core/buf.h"
#include "runtime/process.h"

/* --- for the caller --- */

extern const char error_type_timeout[];    /* "Sandbox.Timedout" */
extern const char error_type_exit[];       /* "Runtime.ExitError" */
extern const char error_type_entrypoint[]; /* "Runtime.InvalidEntrypoint" */
extern const char error_type_memory[];     /* "Runtime.OutOfMemory", in REPORT only */
extern const char error_type_too_large[];  /* "Function.ResponseSizeTooLarge" */
extern const char error_type_truncated[];  /* "Runtime.TruncatedResponse" */

void error_timeout(struct buf *buf, struct slice request_id, uint32_t timeout_ms);
/* How a process ended; returns the error type that REPORT shows. */
const char *error_process_end(struct buf *buf, struct slice request_id,
                              const struct process_exit *end);
void error_no_bootstrap(struct buf *buf, struct slice request_id);
void error_response_too_large(struct buf *buf);
/* Any other: {"errorType":TYPE,"errorMessage":"RequestId: ID Error: TEXT"}. `text` needs no
 * escaping. */
void error_platform(struct buf *buf, const char *type, struct slice request_id, const char *text);
/* The error type that may be shown for a Lambda-Runtime-Function-Error-Type header. */
struct slice error_type_known(struct slice header);

/* --- for the runtime --- */

enum runtime_refusal {
    REFUSAL_REQUEST_ID,
    REFUSAL_TOO_LARGE,
    REFUSAL_TRUNCATED,
    REFUSAL_RESPONSE_MODE,
    REFUSAL_COUNT
};
extern const int refusal_status[REFUSAL_COUNT];
struct slice refusal_body(enum runtime_refusal refusal);
/* The 403 for a transition that the state table does not have. */
void refusal_transition(struct buf *buf, const char *from, const char *to);

#endif
