/* The quotas of Lambda and our own bounds, with their units.
 *
 * Source  Lambda Developer Guide, "Lambda quotas". */
#ifndef SLS_RUNTIME_LIMITS_H
#define SLS_RUNTIME_LIMITS_H

/* --- Lambda's --- */

#define REQUEST_LEN_MAX 6291456     /* bytes of a synchronous event */
#define RESPONSE_LEN_MAX 6291556    /* bytes a runtime may answer: 6 MiB + 100 */
#define STREAM_LEN_MAX 209715200    /* bytes of a streamed answer: 200 MiB */
#define INIT_TIMEOUT_MS 10000       /* of the first init; the second has the function's timeout */
#define LOG_TAIL_LEN 4096           /* bytes of LogType Tail */
#define ENVIRONMENT_LEN_MAX 4096    /* bytes of a customer's variables */
#define CODE_UNZIPPED_MAX 262144000 /* bytes of a function and its layers */
#define OPEN_FILES_MAX 1024         /* descriptors of one sandbox */
#define CONCURRENCY_MAX 1000        /* sandboxes of an account */

/* --- ours --- */

/* Clients send X-Ray causes of up to 1 MiB in one header line; refusing them loses the error
 * report. */
#define RUNTIME_HEAD_MAX (2 * 1024 * 1024 + 64 * 1024)
#define RUNTIME_CONNECTIONS_MAX 64 /* to one sandbox's Runtime API */
#define ASK_AGAIN_MS 100   /* a second /next while its event runs is answered with it after this */
#define NEXT_WAITERS_MAX 8 /* /next requests held at once by one sandbox */
#define INIT_ERROR_MAX (1024 * 1024)    /* bytes of a posted init error */
#define OUTPUT_LINE_MAX (256 * 1024)    /* bytes of a line of output; longer ones are cut */
#define OUTPUT_DRAIN_MAX (1024 * 1024)  /* bytes read from a sandbox's pipes in one go */
#define IDLE_DEFAULT_MS (10 * 60 * 1000)
#define MEMORY_SAMPLE_MS 100   /* while a sandbox is busy */
#define DESCENDANTS_EVERY 4    /* samples: the handler alone in between */
#define CODE_SUPERSEDED_S 1000 /* after which no invocation can run on code that was replaced */
#define PATIENCE_MS 10         /* for a sandbox that has answered to ask for the next event */
#define QUICK_RESULTS 32       /* invocations before a function may count as quick */
#define QUICK_MAX_US 500       /* what they take then, at best */
#define QUICK_NEVER_US 20000   /* one that took longer: for so many results nobody waits */
#define QUICK_WAIT_US 10000    /* what the queue may be worth by that */
#define SLOW_START_MS 300      /* an init beyond it waits rather than works */
#define PREPARE_PARALLEL 2     /* unpacking and bundling jobs at once */
#define NOTICE_DELAY_MS 1500   /* before an interpreter is asked for its version */
#define ESBUILD_TIMEOUT_MS 60000
#define ESBUILD_OUTPUT_MAX (64 * 1024) /* bytes of esbuild's messages that we keep */
#define WATCHES_MAX 8192               /* directories watched for changes */
#define WATCH_DEPTH_MAX 32
#define WATCH_QUIET_MS 30 /* without a further change, then functions are reloaded */
#define WATCH_BEGIN_MS 5  /* after a deploy, so that listening comes first */
#define SPARES_PER_KIND 2
#define SPARE_REPLACE_MS 20  /* after which a used spare is replaced */
#define SPARE_NEXT_MS 50     /* between the first spares of two interpreters, on two processors */
#define SPARE_SECOND_MS 400  /* between looks for a quiet moment to start one more */
#define SPARE_FAILURES_MAX 3 /* spares that end by themselves, then no more are tried */

#endif
