/* The one vocabulary of failure inside the program.
 *
 * A function that can fail returns `enum status` and is MUST_CHECK. When a person or a client will read
 * the reason, its last parameter is `struct fault *reterr`, filled by value so that reporting cannot
 * fail. Wire names ("ResourceNotFoundException") belong to the service tables, never here. */
#ifndef SLS_CORE_STATUS_H
#define SLS_CORE_STATUS_H

#include <stdarg.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_arg) __attribute__((format(printf, format_index, first_arg)))

enum status {
    STATUS_OK,
    STATUS_INVALID,          /* the input breaks a rule of its grammar or of the service */
    STATUS_NOT_FOUND,        /* no such function, route, file, key */
    STATUS_CONFLICT,         /* exists already, or is in a state that forbids it */
    STATUS_LIMIT,            /* a named limit is exceeded */
    STATUS_THROTTLED,        /* refused for now; the caller may try again */
    STATUS_DENIED,           /* not allowed */
    STATUS_CONDITION_FAILED, /* a condition the client asked for does not hold */
    STATUS_TIMEOUT,          /* a deadline passed */
    STATUS_CRASHED,          /* a process ended that should not have */
    STATUS_CANCELLED,        /* torn down before it completed */
    STATUS_UNAVAILABLE,      /* the machine says no: disk full, no descriptors, port taken */
    STATUS_UNSUPPORTED,      /* understood, but sls-local does not emulate it */
    STATUS_INTERNAL,         /* our own fault */
    STATUS_COUNT
};

#define FAULT_TEXT_MAX 1024

struct fault {
    enum status status;
    char text[FAULT_TEXT_MAX]; /* one line, UTF-8, NUL-terminated, truncated with "..." */
};

/* "not found": for logs and tests, never for a wire. */
const char *status_name(enum status status);

/* Fills `reterr` (NULL is allowed: nobody wants the words) and returns `status`, so that callers write
 * `return fault_set(reterr, STATUS_INVALID, "...", ...)`. */
enum status fault_set(struct fault *reterr, enum status status, const char *format, ...)
    PRINTF_LIKE(3, 4);
enum status fault_vset(struct fault *reterr, enum status status, const char *format, va_list args)
    PRINTF_LIKE(3, 0);

#endif
