/* The options that name a template, shared by up, validate and invoke, and the load they cause. */
#ifndef SLS_CLI_PROJECT_H
#define SLS_CLI_PROJECT_H

#include "cli/args.h"
#include "cli/bucket_folders.h"
#include "templates/deployment.h"

#define PROJECT_OPTIONS                                                                            \
    {"template", 't', OPTION_TEXT, "FILE",                                                         \
     "SAM, CloudFormation or serverless.yml file; default: .aws-sam/build/template.yaml,\n"        \
     "template.yaml, .yml, .json or serverless.yml in the current directory"},                     \
        {"parameter-overrides", 0, OPTION_WORDS, "K=V...",                                         \
         "values of the template's parameters (also ParameterKey=K,ParameterValue=V)"},            \
        {"stage", 0, OPTION_TEXT, "STAGE", "serverless.yml: ${opt:stage}, ${sls:stage}"},          \
        {"param", 0, OPTION_LIST, "K=V", "serverless.yml: ${param:K}; may be repeated"},           \
        {"bucket", 0, OPTION_LIST, "NAME=DIR",                                                     \
         "show the bucket as a folder: what is put becomes a file, a file that is dropped an\n"    \
         "upload; what the template takes out of it (s3://NAME/...) is read there"},               \
        {"region", 0, OPTION_TEXT, "REGION", "region the application sees; default: us-east-1"},   \
        {"stack-name", 0, OPTION_TEXT, "NAME", "default: the directory's name"},                   \
    {                                                                                              \
        "strict", 0, OPTION_FLAG, NULL, "what is not emulated is an error"                         \
    }

struct project {
    struct arena arena;
    struct bucket_folders folders;
    struct template_options options;
};

/* Turns arguments into template_options; on success finish with project_finish(). */
MUST_CHECK enum status project_init(struct project *project, const struct args *args,
                                    struct fault *reterr);
void project_finish(struct project *project);

/* One line per diagnostic from `least` on, to stderr, coloured on a terminal. A reader of stderr that is
 * behind is given `wait_ms`, then lines are lost; -1: all the time it needs. */
void project_print_diagnostics(const struct deployment *deployment, enum severity least,
                               int wait_ms);
/* The same for one warning: "warning: POSITION: TEXT". */
void project_print_warning(struct slice position, struct slice text, int wait_ms);

#endif
