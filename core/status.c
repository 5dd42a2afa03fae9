#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *const status_names[STATUS_COUNT] = {
    [STATUS_OK] = "ok",
    [STATUS_INVALID] = "invalid",
    [STATUS_NOT_FOUND] = "not found",
    [STATUS_CONFLICT] = "conflict",
    [STATUS_LIMIT] = "limit exceeded",
    [STATUS_THROTTLED] = "throttled",
    [STATUS_DENIED] = "denied",
    [STATUS_CONDITION_FAILED] = "condition failed",
    [STATUS_TIMEOUT] = "timed out",
    [STATUS_CRASHED] = "crashed",
    [STATUS_CANCELLED] = "cancelled",
    [STATUS_UNAVAILABLE] = "unavailable",
    [STATUS_UNSUPPORTED] = "unsupported",
    [STATUS_INTERNAL] = "internal error",
};

const char *status_name(enum status status)
{
    return (unsigned)status < STATUS_COUNT ? status_names[status] : "unknown";
}

enum status fault_set(struct fault *reterr, enum status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fault_vset(reterr, status, format, args);
    va_end(args);
    return status;
}

/* Ends `text`, which fills its array, with "..." behind the last character that is whole. */
static void mark_truncated(char text[FAULT_TEXT_MAX])
{
    size_t len = FAULT_TEXT_MAX - sizeof("...");
    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80) {
        len--;
    }
    memcpy(text + len, "...", sizeof("..."));
}

enum status fault_vset(struct fault *reterr, enum status status, const char *format, va_list args)
{
    if (reterr == NULL) {
        return status;
    }
    /* Formatted aside: a caller that adds its own words passes reterr->text among the arguments. */
    char text[FAULT_TEXT_MAX];
    int len = vsnprintf(text, sizeof(text), format, args);
    if (len < 0) {
        text[0] = '\0';
    } else if (len >= (int)sizeof(text)) {
        mark_truncated(text);
    }
    for (char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20) {
            *c = ' ';
        }
    }
    reterr->status = status;
    memcpy(reterr->text, text, strlen(text) + 1);
    return status;
}
