#include "store/api/model.h"

/* Of the whole process, like the service's own generation in a region; nobody who words a message
 * has a store at hand. */
static bool new_wording;

void wording_choose(bool is_new)
{
    new_wording = is_new;
}

bool wording_is_new(void)
{
    return new_wording;
}
