/* GET /_sls/schedules and POST /_sls/schedules/NAME/run: what ticks, and a firing by hand.
 *
 *     GET   -> {"now":"...Z","schedules":[{"kind":"schedule","name":"default/nightly","expression":"cron(0 2 * * ? *)",
 *              "timeZone":"Europe/Berlin","state":"ENABLED","target":"arn:...","last":"...Z",
 *              "next":["2026-12-01T02:00:00+01:00", ...]}]}           (the next five, in the zone's time; no "last": never)
 *     POST  -> {"kind":"schedule","name":"default/nightly","firedAt":"...Z"} when its deliveries are on disk
 *
 * NAME, percent-encoded, is a name of the list, its part behind the group, or KIND:NAME where several are called so.
 *
 * Errors  404 with a name that is near, 409 when several are meant, 405. */
#ifndef SLS_SCHEDULER_TICKER_PAGE_H
#define SLS_SCHEDULER_TICKER_PAGE_H

#include "core/http/server.h"
#include "scheduler/time/ticker.h"

/* True when the request is this page's: then it is answered, now or later. */
bool ticker_page_answer(struct tickers *tickers, struct http_exchange *exchange);

#endif
