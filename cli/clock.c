/* sls-local clock: tells the time of a running `up`, and turns it. */
#include "cli/commands.h"
#include "cli/duration.h"
#include "cli/edge_client.h"
#include "core/json_scan.h"
#include "core/json_writer.h"

#define LONGEST_TURN_MS (24u * 3600 * 1000)

static const struct option options[] = {
    {"json", 0, OPTION_FLAG, NULL, "print the answer as JSON"},
    EDGE_CLIENT_OPTIONS,
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

static void print_answer(struct arena *arena, struct slice body, bool has_turned)
{
    char ahead[DURATION_TEXT_MAX];
    int64_t ahead_ms = json_i64_member(body, "aheadMs", 0);
    printf("%.*s", SLICE_ARG(json_text_member(arena, body, "now")));
    if (has_turned) {
        int64_t ran = json_i64_member(body, "ran", 0);
        printf("  %lld %s ran", (long long)ran, ran == 1 ? "instant" : "instants");
    }
    if (ahead_ms > 0) {
        printf("  %s ahead of the machine", duration_text(ahead, ahead_ms));
    }
    putchar('\n');
}

static int run(const struct args *args)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct fault fault;
    const char *verb = args_positional(args, 0);
    const char *duration = args_positional(args, 1);
    int64_t ms;
    if ((verb != NULL && strcmp(verb, "advance") != 0) || (verb != NULL) != (duration != NULL)) {
        fault_set(&fault, STATUS_INVALID, "say nothing, or 'advance DURATION'");
        return fail_usage(args->command, &fault);
    }
    if (duration != NULL && duration_parse(slice_from(duration), &ms, &fault) != STATUS_OK) {
        return fail_usage(args->command, &fault);
    }
    AUTO_BUF body = BUF_INIT(4096);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_text(&w, "advance", duration != NULL ? duration : "0");
    json_close(&w, '}');
    const struct http_client_request request = {
        .method = duration != NULL ? SLICE("POST") : SLICE("GET"),
        .url = SLICE("/_sls/clock"),
        .body = duration != NULL ? buf_slice(&body) : SLICE(""),
        .timeout_ms = LONGEST_TURN_MS,
    };
    struct slice answer;
    if (edge_client_ask(&arena, args, &request, &answer, &fault) != STATUS_OK) {
        return fail("%s", fault.text);
    }
    if (args_flag(args, "json")) {
        printf("%.*s\n", SLICE_ARG(answer));
    } else {
        print_answer(&arena, answer, duration != NULL);
    }
    return EXIT_FINE;
}

static struct slice word(size_t index)
{
    return index == 0 ? SLICE("advance") : SLICE_NULL;
}

const struct command clock_command = {
    .name = "clock",
    .usage = "[advance DURATION] [options]",
    .summary = "show or turn the clock of the running application",
    .details =
        "DURATION is 90m, 2h30m, 1d, 45s, a number of seconds or PT90M. Everything due on the way\n"
        "runs in order: schedules, retries, delays, visibility timeouts, expiry. Handlers keep "
        "the\n"
        "machine's time. The clock never goes back; the data directory remembers how far it is "
        "ahead.",
    .options = options,
    .word = word,
    .positional_max = 2,
    .run = run,
};
