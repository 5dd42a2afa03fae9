#include "core/http/h2.h"

#include "core/mem.h"

#define TOKENS_MAX 1000
#define TOKENS_PER_SECOND 100
#define BYTES_PER_TOKEN 256 /* sent: whoever fetches much has to send many window updates */

/* What frames cost that a client can send for nothing: they make us answer, or work without any request. HEADERS
 * and DATA with bytes are what a connection is for, and are bounded elsewhere. */
static const uint8_t prices[] = {
    [NGHTTP2_PRIORITY] = 1,      [NGHTTP2_RST_STREAM] = 5, [NGHTTP2_SETTINGS] = 5,
    [NGHTTP2_PING] = 1,          [NGHTTP2_GOAWAY] = 1,     [NGHTTP2_WINDOW_UPDATE] = 1,
    [NGHTTP2_CONTINUATION] = 10,
};

void h2_calm_start(struct h2_calm *calm, uint64_t now_ms)
{
    *calm = (struct h2_calm){TOKENS_MAX, now_ms};
}

static void earn(struct h2_calm *calm, uint64_t tokens)
{
    uint64_t room = TOKENS_MAX - calm->tokens;
    calm->tokens += (uint32_t)(tokens < room ? tokens : room);
}

static uint32_t price_of(const nghttp2_frame_hd *frame)
{
    if (frame->type == NGHTTP2_DATA) {
        bool is_end = (frame->flags & NGHTTP2_FLAG_END_STREAM) != 0;
        return frame->length == 0 && !is_end ? 1 : 0;
    }
    return frame->type < COUNT_OF(prices) ? prices[frame->type] : 1;
}

bool h2_calm_spend(struct h2_calm *calm, const nghttp2_frame_hd *frame, uint64_t now_ms)
{
    uint32_t price = price_of(frame);
    if (price > calm->tokens) {
        uint64_t earned = (now_ms - calm->refilled_ms) * TOKENS_PER_SECOND / 1000;
        if (earned != 0) {
            earn(calm, earned);
            calm->refilled_ms = now_ms;
        }
    }
    if (price > calm->tokens) {
        return false;
    }
    calm->tokens -= price;
    return true;
}

void h2_calm_earn(struct h2_calm *calm, size_t sent_len)
{
    earn(calm, sent_len / BYTES_PER_TOKEN);
}
