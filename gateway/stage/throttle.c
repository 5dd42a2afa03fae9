#include "gateway/stage/throttle.h"

#define NO_MATCH SETTINGS_NO_MATCH

struct route_limit throttle_limit(const struct throttle_spec *throttle)
{
    bool has_rate = throttle->rate >= 0;
    bool has_burst = throttle->burst >= 0;
    return (struct route_limit){
        .is_set = has_rate || has_burst,
        .limit = rate_limit_of(has_rate ? throttle->rate : THROTTLE_ACCOUNT_RATE,
                               has_burst ? (uint32_t)throttle->burst : THROTTLE_ACCOUNT_BURST),
    };
}

int settings_rank(const struct route_settings_spec *settings, struct slice method,
                  struct slice path)
{
    bool is_any_path = slice_is(settings->path, "*");
    bool is_any_method = slice_is(settings->method, "*") || settings->method.len == 0;
    if ((!is_any_path && !slice_eq(settings->path, path)) ||
        (!is_any_method && !slice_ieq(settings->method, method))) {
        return NO_MATCH;
    }
    return (is_any_path ? 0 : 2) + (is_any_method ? 0 : 1);
}

static int key_rank(const struct route_settings_spec *settings, struct slice key)
{
    return settings->path.len == 0 ? 0 : slice_eq(settings->path, key) ? 1 : NO_MATCH;
}

/* What one more setting, of this rank, says. */
struct search {
    struct throttle_spec throttle;
    int rate_rank, burst_rank;
};

static void consider(struct search *search, const struct throttle_spec *throttle, int rank)
{
    if (throttle->rate >= 0 && rank > search->rate_rank) {
        search->throttle.rate = throttle->rate;
        search->rate_rank = rank;
    }
    if (throttle->burst >= 0 && rank > search->burst_rank) {
        search->throttle.burst = throttle->burst;
        search->burst_rank = rank;
    }
}

#define SEARCH_INIT                                                                                \
    {                                                                                              \
        {-1, -1}, NO_MATCH, NO_MATCH                                                               \
    }

struct route_limit method_limit_of(const struct route_settings_spec *settings, size_t count,
                                   struct slice method, struct slice path)
{
    struct search search = SEARCH_INIT;
    for (size_t i = 0; i < count; i++) {
        consider(&search, &settings[i].throttle, settings_rank(&settings[i], method, path));
    }
    return throttle_limit(&search.throttle);
}

struct route_limit route_limit_of(const struct route_settings_spec *settings, size_t count,
                                  enum api_kind kind, const struct route_spec *route,
                                  struct slice key)
{
    struct search search = SEARCH_INIT;
    if (kind == API_REST) {
        return method_limit_of(settings, count, route->method, route->path);
    }
    for (size_t i = 0; i < count; i++) {
        consider(&search, &settings[i].throttle, key_rank(&settings[i], key));
    }
    return throttle_limit(&search.throttle);
}
