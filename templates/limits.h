/* Limits of the template language, and ours where AWS has none that fits a local tool. */
#ifndef SLS_TEMPLATES_LIMITS_H
#define SLS_TEMPLATES_LIMITS_H

#define TEMPLATE_FILE_MAX (8u * 1024 * 1024) /* bytes of one file; CloudFormation: 1 MB from S3 */
#define TEMPLATE_FILES_MAX 256               /* includes, ${file()}, nested templates */
#define TEMPLATE_DEPTH_MAX 100               /* nesting of maps and lists */
#define TEMPLATE_NODES_MAX 2000000           /* values after alias expansion ("billion laughs") */
#define TEMPLATE_DIAGNOSTICS_MAX 500         /* then one line says that there are more */
#define TEMPLATE_EVAL_DEPTH_MAX 100     /* intrinsics inside intrinsics, references to references */
#define TEMPLATE_EVAL_STEPS_MAX 4000000 /* intrinsics evaluated in one load */
#define TEMPLATE_TEXT_MAX (1024 * 1024) /* bytes that one Join or Sub makes */
#define TEMPLATE_TEXTS_MAX (256u * 1024 * 1024) /* and all of them together */
#define TEMPLATE_PARAMETERS_MAX 200             /* CloudFormation quota */
#define TEMPLATE_RESOURCES_MAX 50000            /* CloudFormation: 500 */

/* Not a limit: the label in the ARN of a table's stream. AWS takes the time the stream was enabled;
 * here it follows from nothing, because names are deterministic. */
#define TEMPLATE_STREAM_LABEL "2020-01-01T00:00:00.000"

#endif
