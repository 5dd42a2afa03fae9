/* Limits of time. */
#ifndef SLS_SCHEDULER_TIME_LIMITS_H
#define SLS_SCHEDULER_TIME_LIMITS_H

/* characters of an expression; PutRule and CreateSchedule, service models */
#define SCHEDULE_EXPRESSION_MAX 256
/* characters of a zone's name; CreateSchedule's ScheduleExpressionTimezone, service model */
#define ZONE_NAME_MAX 50
/* bytes of a TZif file; the largest of tzdata 2024 have 3,600 */
#define ZONE_FILE_MAX (256u << 10)
/* transitions of a zone; tzdata 2024 has up to 243 */
#define ZONE_TRANSITIONS_MAX 10000
/* seconds an offset may be away from UTC; RFC 8536, 3.2 allows -89999 to 93599 */
#define ZONE_OFFSET_MIN_S (-89999)
#define ZONE_OFFSET_MAX_S 93599
/* a firing that was missed runs late if it is at most so old; milliseconds; issue "the event bus" */
#define CATCH_UP_AGE_MS (5 * 60 * 1000)
/* firings of one ticker that --catch-up all makes up for */
#define CATCH_UP_MAX 1000
/* milliseconds until a firing that could not be written is tried again */
#define FIRE_AGAIN_MS 5000
/* milliseconds a last firing may lie ahead of the clock before the clock is believed to have been set back */
#define SET_BACK_MS (60 * 60 * 1000)

#endif
