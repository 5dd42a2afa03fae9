#include "core/log.h"

#include "core/json_scan.h"

#include <criterion/criterion.h>
#include <unistd.h>

struct fixture {
    struct clock clock;
    struct log log;
    int read_fd;
};

static void fixture_init(struct fixture *f, enum log_level level)
{
    int fds[2];
    cr_assert_eq(pipe(fds), 0);
    clock_init_manual(&f->clock, 1795208600123);
    log_init(&f->log, &f->clock, level);
    f->log.fd = fds[1];
    f->read_fd = fds[0];
}

/* Everything logged until now; ends the log. */
static struct slice fixture_take(struct fixture *f, char *out, size_t max)
{
    close(f->log.fd);
    size_t len = 0;
    for (ssize_t count; (count = read(f->read_fd, out + len, max - len)) > 0;) {
        len += (size_t)count;
    }
    close(f->read_fd);
    return slice_of(out, len);
}

Test(log, writes_one_line_with_time_level_and_words)
{
    struct fixture f;
    char out[1000];
    fixture_init(&f, LOG_INFO);
    log_line(&f.log, LOG_WARN, "sandbox gone pid=%d", 812);
    log_line(&f.log, LOG_ERROR, "second");
    struct slice got = fixture_take(&f, out, sizeof(out));
    cr_expect(slice_eq(got, SLICE("2026-11-20T21:03:20.123Z warn  sandbox gone pid=812\n"
                                  "2026-11-20T21:03:20.123Z error second\n")),
              "%.*s", SLICE_ARG(got));
}

Test(log, drops_lines_below_its_level)
{
    struct fixture f;
    char out[1000];
    fixture_init(&f, LOG_WARN);
    log_line(&f.log, LOG_DEBUG, "no");
    log_line(&f.log, LOG_INFO, "no");
    f.log.level = LOG_OFF;
    log_line(&f.log, LOG_ERROR, "no");
    cr_expect_eq(fixture_take(&f, out, sizeof(out)).len, 0);
}

Test(log, keeps_a_clients_control_characters_from_making_lines)
{
    struct fixture f;
    char out[1000];
    fixture_init(&f, LOG_DEBUG);
    log_line(&f.log, LOG_INFO, "path=%s", "a\nb\x1b[31m");
    struct slice got = fixture_take(&f, out, sizeof(out));
    cr_expect(slice_ends_with(got, SLICE(" info  path=a\\nb\\x1b[31m\n")), "%.*s", SLICE_ARG(got));
}

Test(log, writes_json_that_carries_the_same)
{
    struct fixture f;
    char out[1000];
    fixture_init(&f, LOG_DEBUG);
    f.log.format = LOG_JSON;
    log_line(&f.log, LOG_INFO, "say \"%s\"", "a\nb");
    struct slice got = fixture_take(&f, out, sizeof(out));
    cr_expect(slice_eq(got, SLICE("{\"time\":\"2026-11-20T21:03:20.123Z\",\"level\":\"info\","
                                  "\"message\":\"say \\\"a\\nb\\\"\"}\n")),
              "%.*s", SLICE_ARG(got));
}

Test(log, truncates_words_without_losing_the_line)
{
    static char words[20000];
    static char out[70000];
    memset(words, 'x', sizeof(words) - 1);
    for (int i = 0; i < 2; i++) {
        struct fixture f;
        fixture_init(&f, LOG_DEBUG);
        f.log.format = i == 0 ? LOG_TEXT : LOG_JSON;
        log_line(&f.log, LOG_INFO, "%s", words);
        struct slice got = fixture_take(&f, out, sizeof(out));
        cr_expect(slice_ends_with(got, i == 0 ? SLICE("x...\n") : SLICE("x...\"}\n")), "case %d",
                  i);
        cr_expect_lt(got.len, 9000, "case %d", i);
    }
}
