/* Limits of event patterns. Sources: EventBridge User Guide, "Event pattern operators"; aws/event-ruler, which AWS runs;
 * SNS Developer Guide, "Filter policy constraints". */
#ifndef SLS_SCHEDULER_PATTERN_LIMITS_H
#define SLS_SCHEDULER_PATTERN_LIMITS_H

/* Bytes of a pattern's text. EventBridge and Lambda say 4,096 characters, SNS 256 KB in all; the services check
 * their own. */
#define PATTERN_LEN_MAX 262144u
/* Conjunctions that the "$or"s of a pattern make of it. User Guide, "$or" matching. */
#define PATTERN_COMBINATIONS_MAX 1000u
/* Fields of one pattern; ours. */
#define PATTERN_CLAUSES_MAX 4096u
/* Places in the wildcards of one field at which some value could stand at once; deduced from what AWS refuses (its
 * documentation says only that there is a limit). */
#define PATTERN_WILDCARD_PLACES_MAX 9u
/* Sets of such places that are looked at before a pattern is taken to be simple enough; ours. */
#define PATTERN_WILDCARD_SETS_MAX 500u
/* Numbers that compare by value: -5e11 to 5e11 with 6 decimal places. event-ruler, ComparableNumber. */
#define PATTERN_NUMBER_MAX INT64_C(500000000000)
#define PATTERN_DECIMALS_MAX 6
/* Steps of trying elements of arrays against one another before an event is taken not to match; ours. */
#define PATTERN_STEPS_MAX 1000000u
/* What an error quotes of the pattern; Jackson's JsonLocation. */
#define PATTERN_QUOTE_MAX 500u

#endif
