/* sls-local schedule: what of a running `up` fires by time, and when next; fires one now. */
#include "cli/commands.h"
#include "cli/edge_client.h"
#include "core/calendar.h"
#include "core/encode.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/arn.h"

#include <unistd.h>

#define ANSWER_MAX (128u << 20)
#define INSTANTS_MAX 8

static const struct option options[] = {
    {"json", 0, OPTION_FLAG, NULL, "print the answer as JSON"},
    EDGE_CLIENT_OPTIONS,
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

/* A line of the list and the instants below it. */
struct row {
    struct slice kind, name, expression, zone, state, target;
    struct slice next[INSTANTS_MAX];
    size_t next_count;
};

struct rows {
    struct row *items;
    size_t count;
    size_t name_width, expression_width, zone_width;
};

/* "function hello" of an ARN; what is none stays. */
static struct slice short_target(struct arena *arena, struct slice target)
{
    static const struct {
        const char *service, *what;
    } services[] = {{"lambda", "function"}, {"sqs", "queue"},      {"sns", "topic"},
                    {"events", "bus"},      {"kinesis", "stream"}, {"logs", "log group"}};
    struct arn arn;
    if (!arn_parse(target, &arn)) {
        return target;
    }
    if (slice_is(arn.service, "scheduler") && slice_starts_with(arn.resource, SLICE("aws-sdk:"))) {
        return slice_skip(arn.resource, sizeof "aws-sdk:" - 1);
    }
    size_t colon = slice_find(arn.resource, ':');
    size_t mark = colon != SLICE_NPOS ? colon : slice_find(arn.resource, '/');
    struct slice name = mark != SLICE_NPOS ? slice_skip(arn.resource, mark + 1) : arn.resource;
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        if (slice_is(arn.service, services[i].service)) {
            return arena_printf(arena, "%s %.*s", services[i].what, SLICE_ARG(name));
        }
    }
    return target;
}

static void widen(size_t *width, struct slice text)
{
    *width = text.len > *width ? text.len : *width;
}

static void read_row(struct arena *arena, struct slice object, struct row *row)
{
    struct json_scan scan = json_scan_array(json_raw_member(object, "next"));
    struct slice raw;
    *row = (struct row){
        .kind = json_text_member(arena, object, "kind"),
        .name = json_text_member(arena, object, "name"),
        .expression = json_text_member(arena, object, "expression"),
        .zone = json_text_member(arena, object, "timeZone"),
        .state = json_text_member(arena, object, "state"),
        .target = short_target(arena, json_text_member(arena, object, "target")),
    };
    while (row->next_count < INSTANTS_MAX && json_scan_element(&scan, &raw) &&
           json_raw_string(arena, raw, &row->next[row->next_count])) {
        row->next_count++;
    }
}

static struct rows read_rows(struct arena *arena, struct slice body)
{
    struct slice list = json_raw_member(body, "schedules");
    struct json_scan scan = json_scan_array(list);
    struct rows rows = {.items = arena_array(arena, json_raw_count(list), sizeof *rows.items)};
    struct slice object;
    while (json_scan_element(&scan, &object)) {
        struct row *row = &rows.items[rows.count++];
        read_row(arena, object, row);
        widen(&rows.name_width, row->name);
        widen(&rows.expression_width, row->expression);
        widen(&rows.zone_width, row->zone);
    }
    return rows;
}

/* --- printing --- */

/* "Tue 01 Dec 02:00" of "2026-12-01T02:00:00+01:00"; with seconds and the year where they matter. */
static struct slice people_time(struct arena *arena, struct slice iso, int this_year)
{
    static const char weekdays[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    AUTO_BUF wall = BUF_INIT(64);
    int64_t ms;
    buf_append(&wall, slice_take(iso, sizeof "2026-12-01T02:00:00" - 1));
    buf_append_char(&wall, 'Z');
    if (!time_parse_iso8601(buf_slice(&wall), &ms)) {
        return iso;
    }
    struct civil civil = civil_of(ms);
    struct slice text =
        arena_printf(arena, "%.3s %02d %.3s %02d:%02d", weekdays + 3 * civil.weekday, civil.day,
                     months + 3 * (civil.month - 1), civil.hour, civil.minute);
    if (civil.second != 0) {
        text = arena_printf(arena, "%.*s:%02d", SLICE_ARG(text), civil.second);
    }
    return civil.year == this_year ? text
                                   : arena_printf(arena, "%.*s %d", SLICE_ARG(text), civil.year);
}

static void print_padded(struct slice text, size_t width)
{
    printf("%-*.*s  ", (int)width, SLICE_ARG(text));
}

static void print_row(struct arena *arena, const struct rows *rows, const struct row *row,
                      int this_year, bool has_colour)
{
    bool is_enabled = slice_is(row->state, "ENABLED");
    printf("%s", has_colour ? "\x1b[1m" : "");
    print_padded(row->name, rows->name_width);
    printf("%s", has_colour ? "\x1b[0m" : "");
    print_padded(row->kind, sizeof "schedule" - 1);
    print_padded(row->expression, rows->expression_width);
    print_padded(row->zone, rows->zone_width);
    printf("%s  %.*s\n   ", is_enabled ? "enabled " : "disabled", SLICE_ARG(row->target));
    for (size_t i = 0; i < row->next_count; i++) {
        struct slice time = people_time(arena, row->next[i], this_year);
        printf(" %.*s%s", SLICE_ARG(time), i + 1 < row->next_count ? "  " : "");
    }
    printf("%s\n", row->next_count > 0 ? "" : is_enabled ? " never" : " not while disabled");
}

static void print_list(struct arena *arena, struct slice body)
{
    struct rows rows = read_rows(arena, body);
    bool has_colour = isatty(STDOUT_FILENO);
    uint64_t this_year = 0;
    (void)!slice_to_u64(slice_take(json_text_member(arena, body, "now"), 4), &this_year);
    for (size_t i = 0; i < rows.count; i++) {
        print_row(arena, &rows, &rows.items[i], (int)this_year, has_colour);
    }
    if (rows.count == 0) {
        printf("nothing fires by time: neither rules with a schedule nor schedules\n");
    }
}

/* --- the command --- */

static int run(const struct args *args)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct fault fault;
    const char *verb = args_positional(args, 0);
    const char *name = args_positional(args, 1);
    if ((verb != NULL && strcmp(verb, "run") != 0) || (verb != NULL) != (name != NULL)) {
        fault_set(&fault, STATUS_INVALID, "say nothing, or 'run NAME'");
        return fail_usage(args->command, &fault);
    }
    AUTO_BUF path = BUF_INIT(65536);
    buf_append_text(&path, "/_sls/schedules");
    if (name != NULL) {
        buf_append_char(&path, '/');
        percent_encode(&path, slice_from(name), false);
        buf_append_text(&path, "/run");
    }
    const struct http_client_request request = {
        .method = name != NULL ? SLICE("POST") : SLICE("GET"),
        .url = buf_slice(&path),
        .max_len = ANSWER_MAX,
    };
    struct slice answer;
    if (edge_client_ask(&arena, args, &request, &answer, &fault) != STATUS_OK) {
        return fail("%s", fault.text);
    }
    if (args_flag(args, "json")) {
        printf("%.*s\n", SLICE_ARG(answer));
    } else if (name != NULL) {
        printf("%.*s fired at %.*s\n", SLICE_ARG(json_text_member(&arena, answer, "name")),
               SLICE_ARG(json_text_member(&arena, answer, "firedAt")));
    } else {
        print_list(&arena, answer);
    }
    return EXIT_FINE;
}

static struct slice word(size_t index)
{
    return index == 0 ? SLICE("run") : SLICE_NULL;
}

const struct command schedule_command = {
    .name = "schedule",
    .usage = "[run NAME] [options]",
    .summary = "list what fires by time in the running application, or fire one now",
    .details =
        "Lists EventBridge rules with a schedule and Scheduler's schedules with the next five "
        "times\n"
        "of each, in its own time zone. 'run NAME' sends what the next due time would send, and\n"
        "changes nothing else; where a rule and a schedule are called the same, rule:NAME or\n"
        "schedule:GROUP/NAME tells them apart.",
    .options = options,
    .word = word,
    .positional_max = 2,
    .run = run,
};
