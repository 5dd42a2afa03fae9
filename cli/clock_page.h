/* GET and POST /_sls/clock: the clock of a running `up`, read and turned.
 *
 *     GET                       -> {"now":"2026-01-15T10:30:00.000Z","aheadMs":0,"isTurning":false}
 *     POST {"advance":"90m"}    -> the same and "ran": the number of instants that something was due at
 *
 * "advance" is a duration (duration.h) as a string, or a number of seconds. The answer comes when everything due up to
 * then has run, in order, and come to rest. A turn goes on when its client leaves.
 *
 * The clock never goes back, for what is stored has been told the later times: how far it is ahead of the machine's is
 * kept in the data directory (clock.json) at each instant on the way, and the next `up` goes on there.
 *
 * Errors  400 for a body or duration that cannot be read, 405, 409 while another turn is under way, 500 when the clock was
 *         turned and the next `up` will not know it, 503 at the end. */
#ifndef SLS_CLI_CLOCK_PAGE_H
#define SLS_CLI_CLOCK_PAGE_H

#include "cli/data_dir.h"
#include "core/context.h"
#include "core/http/server.h"

/* milliseconds the clock may be ahead of the machine: a hundred years, so that nanoseconds fit */
#define CLOCK_AHEAD_MAX_MS (INT64_C(36525) * 86400 * 1000)

struct clock_page {
    struct context *context;
    const struct data_dir *data_dir;
    bool is_stopping;
    struct fault fault; /* why clock.json could not be written; OK: it was */
};

/* Turns `clock` to where the data directory's last `up` left it. */
void clock_page_resume(struct clock *clock, const struct data_dir *data_dir);
/* context->alarms must be there. Everything is borrowed, the page itself until the last turn has ended. */
void clock_page_init(struct clock_page *page, struct context *context,
                     const struct data_dir *data_dir);
/* Answers a turn under way with the time that it has reached; another is not begun. */
void clock_page_stop(struct clock_page *page);
/* True when the request is this page's: then it is answered, now or later. */
bool clock_page_answer(struct clock_page *page, struct http_exchange *exchange);

#endif
