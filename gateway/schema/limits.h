/* The bounds of models and of validation against them.
 *
 * Source  API Gateway Developer Guide, "Quotas for configuring and running a REST API": 400 KB a model. The others are ours:
 *         AWS names none. */
#ifndef SLS_GATEWAY_SCHEMA_LIMITS_H
#define SLS_GATEWAY_SCHEMA_LIMITS_H

#define SCHEMA_TEXT_MAX (400u * 1024) /* bytes of one model's schema */
#define SCHEMA_DOCUMENTS_MAX 1000u    /* models that one model refers to, itself included */
#define SCHEMA_CHAIN_MAX                                                                           \
    32u /* schemas that one value passes through one inside another: $ref, allOf, not... */
#define SCHEMA_STEPS_MAX 5000000u      /* visits of a value by a schema, of one validation */
#define SCHEMA_ERRORS_MAX (64u * 1024) /* bytes of errors told; what is over is cut off */
#define SCHEMA_CPU_NS_MAX 250000000    /* of matching regular expressions, of one validation */
#define SCHEMA_DIVISOR_DIGITS_MAX 18u  /* significant digits of multipleOf */

#define REGEX_STEPS_MAX 100000u      /* backtracking steps from one start position */
#define REGEX_TEXT_MAX (256u * 1024) /* bytes of an expression in PCRE2's language */

#endif
