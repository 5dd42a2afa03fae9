#include "cli/token_authorizer.h"

#include "cli/project.h"
#include "cli/resources.h"
#include "core/buf.h"
#include "gateway/model/model.h"

#define NAMES_LEN_MAX 65536

struct search {
    struct arena *arena;
    const char *name, *issuer; /* NULL: any */
    struct token_authorizer found;
    size_t count;     /* different ones that fit */
    struct buf names; /* of all */
};

/* "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Abc" of "arn:aws:cognito-idp:us-east-1:0:userpool/us-east-1_Abc" */
static struct slice pool_issuer(struct arena *arena, struct slice arn)
{
    struct slice parts[6] = {SLICE_NULL};
    static const struct slice kind = SLICE_INIT("userpool/");
    for (size_t i = 0; i < 5 && slice_split(&arn, ':', &parts[i]); i++) {
    }
    parts[5] = arn;
    if (!slice_is(parts[2], "cognito-idp") || !slice_starts_with(parts[5], kind)) {
        return SLICE("");
    }
    return arena_printf(arena, "https://cognito-idp.%.*s.amazonaws.com%s/%.*s", SLICE_ARG(parts[3]),
                        slice_is(parts[1], "aws-cn") ? ".cn" : "",
                        SLICE_ARG(slice_skip(parts[5], kind.len)));
}

static void consider(struct search *search, struct slice name, struct slice issuer,
                     struct slice audience)
{
    const struct token_authorizer *found = &search->found;
    if (issuer.len == 0) {
        return; /* its template has a parameter without a value there */
    }
    buf_printf(&search->names, "%s%.*s", search->names.len > 0 ? ", " : "", SLICE_ARG(name));
    if ((search->name != NULL && !slice_is(name, search->name)) ||
        (search->issuer != NULL && !slice_is(issuer, search->issuer)) ||
        (search->count > 0 && slice_eq(found->issuer, issuer) &&
         slice_eq(found->audience, audience))) {
        return;
    }
    if (search->count++ == 0) {
        search->found = (struct token_authorizer){.name = arena_copy(search->arena, name),
                                                  .issuer = arena_copy(search->arena, issuer),
                                                  .audience = arena_copy(search->arena, audience)};
    }
}

static void consider_all(struct search *search, const struct api_spec *api)
{
    for (size_t i = 0; i < api->authorizer_count; i++) {
        const struct authorizer_spec *authorizer = &api->authorizers[i];
        if (authorizer->kind == AUTHORIZER_JWT) {
            consider(search, authorizer->name, authorizer->issuer,
                     authorizer->audience.count > 0 ? authorizer->audience.items[0] : SLICE(""));
        } else if (authorizer->kind == AUTHORIZER_COGNITO && authorizer->user_pool_arns.count > 0) {
            consider(search, authorizer->name,
                     pool_issuer(search->arena, authorizer->user_pool_arns.items[0]), SLICE(""));
        }
    }
}

static enum status search_model(struct search *search, const struct deployment *deployment,
                                struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct model_options options = {.functions = NULL};
    struct model *model;
    size_t count;
    struct resource *resources = resources_of(&arena, deployment, model_takes, &count);
    enum status status = model_create(resources, count, &options, &model, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < model->api_count; i++) {
        consider_all(search, &model->apis[i]);
    }
    model_destroy(model);
    struct slice names = search->names.len > 0 ? buf_slice(&search->names) : SLICE("none");
    if (search->name != NULL && search->count == 0) {
        return fault_set(reterr, STATUS_NOT_FOUND,
                         "the template has no JWT or Cognito authorizer '%s'; its own: %.*s",
                         search->name, SLICE_ARG(names));
    }
    if (search->count > 1) {
        return fault_set(reterr, STATUS_CONFLICT,
                         "the template has several authorizers: name one with --authorizer (%.*s), "
                         "or say --issuer and --aud",
                         SLICE_ARG(names));
    }
    return STATUS_OK;
}

static enum status search_template(struct search *search, struct project *project,
                                   struct fault *reterr)
{
    struct deployment *deployment = NULL;
    enum status status = template_load(&project->options, &deployment, reterr);
    bool has_none =
        status == STATUS_NOT_FOUND && project->options.path == NULL && search->name == NULL;
    if (status == STATUS_OK) {
        status = search_model(search, deployment, reterr);
        search->found.has_template = true;
    } else if (has_none) {
        status = STATUS_OK;
    }
    deployment_destroy(deployment);
    return status;
}

enum status token_authorizer_find(struct arena *arena, const struct args *args,
                                  struct token_authorizer *ret_authorizer, struct fault *reterr)
{
    struct project project;
    struct search search = {.arena = arena,
                            .name = args_text(args, "authorizer"),
                            .issuer = args_text(args, "issuer"),
                            .names = BUF_INIT(NAMES_LEN_MAX)};
    enum status status = project_init(&project, args, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    status = search_template(&search, &project, reterr);
    project_finish(&project);
    buf_finish(&search.names);
    if (status == STATUS_OK) {
        *ret_authorizer = search.found;
    }
    return status;
}
