/* What a mapping template and what it is given may cost. Every limit is answered with STATUS_LIMIT and its number.
 *
 * Source  API Gateway Developer Guide, "Quotas for configuring and running a REST API" (template size, iterations,
 *         payload); Velocity 1.7's velocity.properties (depths of macros and defines). The rest is ours, so that a
 *         hostile template costs bounded time and memory. */
#ifndef SLS_GATEWAY_VTL_LIMITS_H
#define SLS_GATEWAY_VTL_LIMITS_H

#define VTL_TEXT_MAX (300u * 1024) /* bytes of a template */
#define VTL_LOOPS_MAX 1000u        /* iterations of one #foreach */
/* Bytes of what is rendered, and of any one text on the way: the payload. */
#define VTL_OUTPUT_MAX (10u << 20)
/* Directives, parentheses, lists and texts in one another in a template. */
#define VTL_NESTING_MAX 64u
#define VTL_OPERATORS_MAX 200u   /* of one kind in a row: "a" + "b" + ... */
#define VTL_DEPTH_MAX 400u       /* blocks and expressions that are being rendered at once */
#define VTL_MACRO_DEPTH_MAX 20u  /* calls of macros in one another */
#define VTL_DEFINE_DEPTH_MAX 2u  /* a #define inside of itself: then it is nothing */
#define VTL_VALUE_DEPTH_MAX 256u /* maps and lists in one another when printed or compared */
#define VTL_ARGUMENTS_MAX 16u    /* of a method or a macro */
/* Of a render: one a node, and one for so many bytes copied, searched or matched. */
#define VTL_STEPS_MAX (8u << 20)
#define VTL_STEP_BYTES 32u
#define VTL_MEMORY_MAX (64u << 20) /* bytes of values of a render */

#define JSONPATH_TEXT_MAX 4096u  /* bytes of a path */
#define JSONPATH_NESTING_MAX 16u /* parentheses and negations of filters in one another */
/* Bytes of JSON looked at, each time that they are. */
#define JSONPATH_SCANNED_MAX (128u << 20)
#define JSONPATH_RESULT_MAX (10u << 20) /* bytes of the result of a path that finds several */

#endif
