#include "cli/store_options.h"

#define GSI_LAG_MAX_MS 60000

static enum status read_lag(const char *text, uint32_t *ret_ms, struct fault *reterr)
{
    struct slice rest = slice_from(text);
    uint64_t scale = 0;
    size_t unit = 0;
    if (slice_ends_with(rest, SLICE("ms"))) {
        scale = 1;
        unit = 2;
    } else if (slice_ends_with(rest, SLICE("s"))) {
        scale = 1000;
        unit = 1;
    }
    uint64_t count = 0;
    if (scale == 0 || !slice_to_u64(slice_take(rest, rest.len - unit), &count) ||
        count > GSI_LAG_MAX_MS / scale) {
        return fault_set(reterr, STATUS_INVALID,
                         "--gsi-lag must be a time up to %ds like 200ms or 2s, not '%s'",
                         GSI_LAG_MAX_MS / 1000, text);
    }
    *ret_ms = (uint32_t)(count * scale);
    return STATUS_OK;
}

enum status store_options_read(const struct args *args, struct store_options *ret,
                               struct fault *reterr)
{
    ret->has_slow_tables = args_flag(args, "slow-tables");
    ret->throttles = args_flag(args, "throttle");
    const char *wording = args_text(args, "dynamodb-wording");
    if (wording != NULL && strcmp(wording, "old") != 0 && strcmp(wording, "new") != 0) {
        return fault_set(reterr, STATUS_INVALID, "--dynamodb-wording must be old or new, not '%s'",
                         wording);
    }
    ret->has_new_wording = wording != NULL && strcmp(wording, "new") == 0;
    const char *lag = args_text(args, "gsi-lag");
    return lag != NULL ? read_lag(lag, &ret->gsi_lag_ms, reterr) : STATUS_OK;
}
