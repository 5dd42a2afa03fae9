/* links: sls_scheduler */
/* Any log event is looked at for embedded metrics without harm; nothing is counted, because there is nobody to count. */
#include "scheduler/metrics/emf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct clock clock;
    struct context context = {.clock = &clock};
    struct scheduler scheduler = {.context = &context};
    clock_init_manual(&clock, 1767225600000);
    emf_take(&scheduler, slice_of((const char *)bytes, len));
    return 0;
}
