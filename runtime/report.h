/* The platform's own lines in a function's log: START, END, REPORT, INIT_REPORT, in text or JSON
 * form.
 *
 * Source  Lambda Developer Guide, "Viewing CloudWatch logs for Lambda functions". */
#ifndef SLS_RUNTIME_REPORT_H
#define SLS_RUNTIME_REPORT_H

#include "core/buf.h"

struct report {
    struct slice request_id;
    struct slice version;
    uint64_t duration_us;
    uint64_t init_us; /* 0 when warm */
    uint64_t billed_ms;
    uint32_t memory_mb;
    uint32_t max_memory_mb;
    /* NULL on success; "timeout"; "error" for a process that ended; "failure" for an error that the
     * runtime reported, which only the JSON form tells. */
    const char *status;
    struct slice error_type;
};

enum report_line { REPORT_START, REPORT_END, REPORT_REPORT };

/* Appends one line without its newline; the text form of REPORT ends with a tab. JSON has no END
 * line: false then, with nothing appended. */
bool report_write(struct buf *buf, enum report_line line, const struct report *report, bool is_json,
                  int64_t epoch_ms);
/* INIT_REPORT, only for an init that failed; `phase` is "init" or "invoke". */
void report_write_init(struct buf *buf, const struct report *report, const char *phase,
                       bool is_json, int64_t epoch_ms);

#endif
