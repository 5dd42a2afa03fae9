#include "scheduler/time/schedule_expression.h"

#include "core/ascii.h"
#include "core/clock.h"
#include "core/mem.h"
#include "scheduler/time/limits.h"

#define RATE_DIGITS_MAX 9
#define STEP_DIGITS_MAX 4
#define SUNDAY 1 /* AWS counts days of the week from 1 */
#define SATURDAY 7

/* The digits at the front, up to `digits_max` of them. */
static bool take_number(struct slice *text, size_t digits_max, int *ret_value)
{
    int value = 0;
    size_t len = 0;
    while (len < text->len && ascii_is_digit(text->ptr[len])) {
        if (len == digits_max) {
            return false;
        }
        value = value * 10 + (text->ptr[len++] - '0');
    }
    *text = slice_skip(*text, len);
    *ret_value = value;
    return len > 0;
}

static bool take_char(struct slice *text, char c)
{
    if (text->len == 0 || text->ptr[0] != c) {
        return false;
    }
    *text = slice_skip(*text, 1);
    return true;
}

/* Without the word in front and the brackets around the rest. */
static bool unwrap(struct slice *text, const char *word)
{
    struct slice head = slice_from(word);
    if (!slice_starts_with(*text, head) || !slice_ends_with(*text, SLICE(")"))) {
        return false;
    }
    *text = slice_skip(*text, head.len);
    if (!take_char(text, '(') || text->len == 0) {
        return false;
    }
    *text = slice_take(*text, text->len - 1);
    return true;
}

/* --- fields of cron() --- */

struct field {
    int min, max;
    size_t digits_max;
    const char *names; /* three letters each, the first is `min`; NULL: none */
    bool has_steps;
    bool may_wrap;
};

enum field_index { MINUTES, HOURS, MONTH_DAYS, MONTHS, WEEK_DAYS, YEARS, FIELD_COUNT };

static const struct field fields[FIELD_COUNT] = {
    [MINUTES] = {0, 59, 2, NULL, true, true},
    [HOURS] = {0, 23, 2, NULL, true, true},
    [MONTH_DAYS] = {1, 31, 2, NULL, true, true},
    [MONTHS] = {1, 12, 2, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", true, true},
    [WEEK_DAYS] = {SUNDAY, SATURDAY, 1, "SUNMONTUEWEDTHUFRISAT", false, true},
    [YEARS] = {CRON_YEAR_MIN, CRON_YEAR_MAX, 4, NULL, true, false},
};

/* Values of a field, counted from its minimum. */
struct value_set {
    uint64_t bits[(CRON_YEAR_COUNT + 63) / 64];
};

static void add_value(struct value_set *set, int index)
{
    set->bits[index / 64] |= UINT64_C(1) << index % 64;
}

static bool take_name(const struct field *field, struct slice *text, int *ret_value)
{
    for (int value = field->min; field->names != NULL && value <= field->max; value++) {
        if (slice_istarts_with(*text, slice_of(field->names + 3 * (value - field->min), 3))) {
            *text = slice_skip(*text, 3);
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static bool take_value(const struct field *field, struct slice *text, int *ret_value)
{
    return take_name(field, text, ret_value) ||
           (take_number(text, field->digits_max, ret_value) && *ret_value >= field->min &&
            *ret_value <= field->max);
}

/* ("*" | value | value "-" value) ["/" step] */
static bool add_item(const struct field *field, struct slice text, struct value_set *set)
{
    int first = field->min;
    int last = field->max;
    bool is_single = false;
    if (!take_char(&text, '*')) {
        if (!take_value(field, &text, &first)) {
            return false;
        }
        is_single = !take_char(&text, '-');
        if (!is_single && !take_value(field, &text, &last)) {
            return false;
        }
    }
    int step = 1;
    if (field->has_steps && take_char(&text, '/')) {
        if (!take_number(&text, STEP_DIGITS_MAX, &step) || step == 0) {
            return false;
        }
    } else if (is_single) {
        last = first;
    }
    if (last < first && !field->may_wrap) {
        return false;
    }
    int count = field->max - field->min + 1;
    int span = last - first + (last < first ? count : 0);
    for (int passed = 0; passed <= span; passed += step) {
        add_value(set, (first - field->min + passed) % count);
    }
    return text.len == 0;
}

static bool read_list(const struct field *field, struct slice text, struct value_set *ret_set)
{
    struct slice item;
    bool is_any = false;
    while (slice_split(&text, ',', &item)) {
        if (item.len == 0) {
            continue;
        }
        if (!add_item(field, item, ret_set)) {
            return false;
        }
        is_any = true;
    }
    return is_any;
}

/* --- the two days --- */

/* L, LW, L-3, 15W; false when it is none of them. */
static bool read_special_month_day(struct slice text, struct cron *cron)
{
    int number = 0;
    if (slice_ieq(text, SLICE("LW"))) {
        cron->day_rule = DAY_LAST_WEEKDAY;
        return true;
    }
    if (take_char(&text, 'L') || take_char(&text, 'l')) {
        cron->day_rule = DAY_FROM_LAST;
        if (take_char(&text, '-') && (!take_number(&text, 2, &number) || number < 1)) {
            return false;
        }
        cron->day_number = (uint8_t)number;
        return text.len == 0 && number <= 30;
    }
    cron->day_rule = DAY_NEAR;
    if (!take_value(&fields[MONTH_DAYS], &text, &number)) {
        return false;
    }
    cron->day_number = (uint8_t)number;
    return slice_ieq(text, SLICE("W"));
}

/* 6L, FRIL, 2#1; false when it is none of them. */
static bool read_special_week_day(struct slice text, struct cron *cron)
{
    int number;
    int nth;
    if (!take_value(&fields[WEEK_DAYS], &text, &number)) {
        return false;
    }
    cron->day_number = (uint8_t)(number - SUNDAY);
    if (slice_ieq(text, SLICE("L"))) {
        cron->day_rule = DAY_LAST_OF_WEEK;
        return true;
    }
    cron->day_rule = DAY_NTH_OF_WEEK;
    if (!take_char(&text, '#') || !take_number(&text, 1, &nth) || nth < 1 || nth > 5) {
        return false;
    }
    cron->day_nth = (uint8_t)nth;
    return text.len == 0;
}

static bool read_month_days(struct slice text, struct cron *cron)
{
    if (read_special_month_day(text, cron)) {
        return true;
    }
    struct value_set set = {{0}};
    cron->day_rule = DAY_IN_SET;
    if (!read_list(&fields[MONTH_DAYS], text, &set)) {
        return false;
    }
    cron->month_days = (uint32_t)(set.bits[0] << 1);
    return true;
}

static bool read_week_days(struct slice text, struct cron *cron)
{
    if (read_special_week_day(text, cron)) {
        return true;
    }
    struct value_set set = {{0}};
    cron->day_rule = DAY_IN_SET;
    if (slice_ieq(text, SLICE("L"))) {
        add_value(&set, SATURDAY - SUNDAY);
    } else if (!read_list(&fields[WEEK_DAYS], text, &set)) {
        return false;
    }
    cron->week_days = (uint8_t)set.bits[0];
    return true;
}

static bool read_days(struct slice month_days, struct slice week_days, struct cron *cron)
{
    bool by_week = slice_is(month_days, "?");
    if (by_week == slice_is(week_days, "?")) {
        return false;
    }
    return by_week ? read_week_days(week_days, cron) : read_month_days(month_days, cron);
}

/* --- cron(), rate(), at() --- */

static struct slice without_commas(struct slice text)
{
    while (text.len > 0 && text.ptr[text.len - 1] == ',') {
        text.len--;
    }
    while (take_char(&text, ',')) {
    }
    return text;
}

/* Exactly six, with spaces between them and nowhere else. */
static bool split_fields(struct slice text, struct slice *parts)
{
    size_t count = 0;
    struct slice part;
    if (text.ptr[text.len - 1] == ' ' || text.ptr[0] == ' ') {
        return false;
    }
    while (slice_split(&text, ' ', &part)) {
        if (part.len == 0) {
            continue;
        }
        if (count == FIELD_COUNT) {
            return false;
        }
        parts[count++] = without_commas(part);
    }
    return count == FIELD_COUNT;
}

static bool read_cron(struct slice text, struct cron *ret_cron)
{
    struct slice parts[FIELD_COUNT];
    struct value_set minutes = {{0}}, hours = {{0}}, months = {{0}}, years = {{0}};
    struct cron cron = {.minutes = 0};
    if (!split_fields(text, parts) || !read_list(&fields[MINUTES], parts[MINUTES], &minutes) ||
        !read_list(&fields[HOURS], parts[HOURS], &hours) ||
        !read_days(parts[MONTH_DAYS], parts[WEEK_DAYS], &cron) ||
        !read_list(&fields[MONTHS], parts[MONTHS], &months) ||
        !read_list(&fields[YEARS], parts[YEARS], &years)) {
        return false;
    }
    cron.minutes = minutes.bits[0];
    cron.hours = (uint32_t)hours.bits[0];
    cron.months = (uint16_t)(months.bits[0] << 1);
    memcpy(cron.years, years.bits, sizeof cron.years);
    *ret_cron = cron;
    return true;
}

/* Rules insist on "1 minute" and "2 minutes"; Scheduler takes either word for any number. */
static bool read_rate(struct slice text, enum schedule_dialect dialect, int64_t *ret_period_ms)
{
    static const struct {
        const char *one, *many;
        int64_t ms;
    } units[] = {
        {"minute", "minutes", 60000}, {"hour", "hours", 3600000}, {"day", "days", 86400000}};
    int value;
    if (!take_number(&text, RATE_DIGITS_MAX, &value) || value == 0 || !take_char(&text, ' ')) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        bool is_one = slice_is(text, units[i].one);
        bool is_many = slice_is(text, units[i].many);
        if (dialect == DIALECT_SCHEDULER ? is_one || is_many : value == 1 ? is_one : is_many) {
            *ret_period_ms = value * units[i].ms;
            return true;
        }
    }
    return false;
}

static bool read_at(struct slice text, int64_t *ret_local_s)
{
    char whole[] = "yyyy-mm-ddThh:mm:ssZ";
    int64_t ms;
    if (text.len != sizeof whole - 2) {
        return false;
    }
    memcpy(whole, text.ptr, text.len);
    if (!time_parse_iso8601(slice_from(whole), &ms)) {
        return false;
    }
    *ret_local_s = ms / 1000;
    return true;
}

bool schedule_expression_parse(struct slice text, enum schedule_dialect dialect,
                               struct schedule_expression *ret_expression)
{
    struct schedule_expression expression;
    bool is_valid = false;
    if (text.len > SCHEDULE_EXPRESSION_MAX) {
        return false;
    }
    if (unwrap(&text, "cron")) {
        expression.kind = SCHEDULE_CRON;
        is_valid = read_cron(text, &expression.cron);
    } else if (unwrap(&text, "rate")) {
        expression.kind = SCHEDULE_RATE;
        is_valid = read_rate(text, dialect, &expression.period_ms);
    } else if (dialect == DIALECT_SCHEDULER && unwrap(&text, "at")) {
        expression.kind = SCHEDULE_AT;
        is_valid = read_at(text, &expression.at_local_s);
    }
    if (is_valid) {
        *ret_expression = expression;
    }
    return is_valid;
}
