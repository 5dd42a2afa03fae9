#include "scheduler/mapping/mapping.h"

#include <criterion/criterion.h>

Test(mapping_states, allow_what_the_table_says_and_nothing_else)
{
    static const struct {
        enum mapping_state state;
        enum mapping_event event;
        enum mapping_state next;
    } rows[] = {
        {MAPPING_CREATING, MAPPING_STARTED, MAPPING_ENABLED},
        {MAPPING_CREATING, MAPPING_PAUSED, MAPPING_DISABLED},
        {MAPPING_ENABLED, MAPPING_DISABLE, MAPPING_DISABLING},
        {MAPPING_ENABLED, MAPPING_UPDATE, MAPPING_UPDATING},
        {MAPPING_ENABLED, MAPPING_DELETE, MAPPING_DELETING},
        {MAPPING_DISABLED, MAPPING_ENABLE, MAPPING_ENABLING},
        {MAPPING_DISABLED, MAPPING_UPDATE, MAPPING_UPDATING},
        {MAPPING_DISABLED, MAPPING_DELETE, MAPPING_DELETING},
        {MAPPING_ENABLING, MAPPING_STARTED, MAPPING_ENABLED},
        {MAPPING_DISABLING, MAPPING_PAUSED, MAPPING_DISABLED},
        {MAPPING_UPDATING, MAPPING_STARTED, MAPPING_ENABLED},
        {MAPPING_UPDATING, MAPPING_PAUSED, MAPPING_DISABLED},
    };
    for (int state = MAPPING_NONE; state < MAPPING_STATE_COUNT; state++) {
        for (int event = 0; event < MAPPING_EVENT_COUNT; event++) {
            enum mapping_state wanted = MAPPING_NONE;
            for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                if ((int)rows[i].state == state && (int)rows[i].event == event) {
                    wanted = rows[i].next;
                }
            }
            cr_expect_eq(mapping_next_state((enum mapping_state)state, (enum mapping_event)event),
                         wanted, "%s, event %d", mapping_state_name((enum mapping_state)state),
                         event);
        }
    }
}
