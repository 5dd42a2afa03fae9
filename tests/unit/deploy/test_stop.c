/* The end of the program, whatever is with the store's writer then: each operation is answered, and what it leaves to
 * be done finds nothing that is gone. */
#include "requests.h"

#include <criterion/criterion.h>

#define HELD_TURNS 40

Test(stop, answers_what_is_with_the_writer, .timeout = 120)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    scheduler_start(bus.scheduler);
    for (size_t i = 0; i < request_count; i++) {
        struct answer answer = {.body = BUF_INIT(1 << 20)};
        bus_hold_writer(&bus, HELD_TURNS);
        request_start(&bus, &requests[i], &answer);
        for (int turn = 0; turn < 3; turn++) {
            bus_turn(&bus);
        }
        bus_reopen(&bus);
        cr_expect_eq(answer.count, 1, "%s %s is answered once, not %d times", requests[i].service,
                     requests[i].operation, answer.count);
        cr_expect(answer.status >= 200 && answer.status < 300, "%s %s: %d %.*s",
                  requests[i].service, requests[i].operation, answer.status,
                  SLICE_ARG(buf_slice(&answer.body)));
        buf_finish(&answer.body);
        scheduler_start(bus.scheduler);
    }
    bus_close(&bus);
}
