/* AWS::S3::Bucket and AWS::S3::BucketPolicy of a template. A bucket that leaves the template stays with its objects; its
 * notifications go. */
#include "scheduler/s3/deploy_bucket.h"

#include "core/mem.h"
#include "scheduler/deploy.h"
#include "scheduler/property.h"
#include "scheduler/s3/bucket_write.h"
#include "scheduler/s3/cfn_xml.h"
#include "scheduler/s3/config.h"

static void refuse_with(struct resource_run *run, const struct refusal *refusal)
{
    resource_refuse(run, STATUS_INVALID, "%s: %.*s", refusal->code, SLICE_ARG(refusal->message));
}

/* --- AWS::S3::Bucket --- */

static bool set_versioning(struct arena *arena, struct bucket *bucket, struct slice properties)
{
    struct slice status =
        json_text_member(arena, json_raw_member(properties, "VersioningConfiguration"), "Status");
    enum versioning wanted = bucket->versioning;
    bool has_lock = property_bool(properties, "ObjectLockEnabled", false);
    if (status.ptr != NULL) {
        wanted = slice_is(status, "Enabled")              ? VERSIONING_ENABLED
                 : bucket->versioning == VERSIONING_NEVER ? VERSIONING_NEVER
                                                          : VERSIONING_SUSPENDED;
    }
    wanted = has_lock ? VERSIONING_ENABLED : wanted;
    bool has_changed = wanted != bucket->versioning || (has_lock && !bucket->has_lock);
    bucket->versioning = wanted;
    bucket->has_lock = bucket->has_lock || has_lock;
    return has_changed;
}

/* A configuration that the template set and no longer has goes; one that only the API set stays. */
static const struct refusal *set_config(struct arena *arena, struct bucket *bucket,
                                        enum bucket_config config, struct slice properties,
                                        bool *has_changed)
{
    struct slice json, text = SLICE_NULL;
    uint32_t bit = 1U << config;
    bool has_property = json_raw_find(properties, cfn_property(config), &json);
    if (has_property) {
        text = cfn_xml(arena, config, json);
    }
    if (text.ptr != NULL) {
        const struct refusal *refusal = config_check(arena, bucket, config, text, &text);
        if (refusal != NULL) {
            return refusal;
        }
    } else if (!has_property && (bucket->deployed & bit) == 0) {
        return NULL;
    }
    bucket->deployed = has_property ? bucket->deployed | bit : bucket->deployed & ~bit;
    if (!slice_eq(bucket->configs[config], text) ||
        (bucket->configs[config].ptr == NULL) != (text.ptr == NULL)) {
        bucket_set_config(bucket, config, text);
        *has_changed = true;
    }
    return NULL;
}

static void deploy_bucket(struct scheduler *scheduler, const struct resource *resource,
                          struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct s3 *s3 = scheduler->s3;
    struct bucket *bucket = name_index_find(&s3->buckets, resource->physical_id);
    bool has_changed = bucket == NULL;
    if (!bucket_name_is_valid(resource->physical_id)) {
        resource_refuse(run, STATUS_INVALID, "this is no name for a bucket");
        return;
    }
    if (bucket == NULL) {
        bucket = bucket_create(s3, resource->physical_id, slice_from(scheduler->options.region));
    }
    has_changed = set_versioning(&arena, bucket, resource->properties) || has_changed;
    const struct refusal *refusal = NULL;
    for (int i = 0; i < CONFIG_COUNT && refusal == NULL; i++) {
        if (cfn_property((enum bucket_config)i) != NULL) {
            refusal = set_config(&arena, bucket, (enum bucket_config)i, resource->properties,
                                 &has_changed);
        }
    }
    if (refusal != NULL && bucket->is_new) {
        buckets_remove(&s3->buckets, bucket);
        refuse_with(run, refusal);
    } else if (refusal != NULL) { /* what was changed before is in memory */
        bucket_save(s3, bucket, NULL, NULL);
        refuse_with(run, refusal);
    } else if (has_changed) {
        bucket_save(s3, bucket, resource_written, run);
    } else {
        resource_done(run);
    }
}

static void withdraw_bucket(struct scheduler *scheduler, const struct resource *resource,
                            struct resource_run *run)
{
    struct bucket *bucket = name_index_find(&scheduler->s3->buckets, resource->physical_id);
    uint32_t bit = 1U << CONFIG_NOTIFICATION;
    if (bucket == NULL || (bucket->deployed & bit) == 0) {
        resource_done(run);
        return;
    }
    bucket->deployed &= ~bit;
    bucket_set_config(bucket, CONFIG_NOTIFICATION, SLICE_NULL);
    bucket_save(scheduler->s3, bucket, resource_written, run);
}

/* --- AWS::S3::BucketPolicy --- */

static struct bucket *policy_bucket(struct scheduler *scheduler, struct arena *arena,
                                    const struct resource *resource)
{
    struct slice name = json_text_member(arena, resource->properties, "Bucket");
    return name_index_find(&scheduler->s3->buckets, name);
}

static void deploy_policy(struct scheduler *scheduler, const struct resource *resource,
                          struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct bucket *bucket = policy_bucket(scheduler, &arena, resource);
    struct slice policy;
    if (bucket == NULL || !json_raw_find(resource->properties, "PolicyDocument", &policy) ||
        slice_eq(bucket->configs[CONFIG_POLICY], policy)) {
        resource_done(run); /* of a bucket elsewhere, or the same */
        return;
    }
    const struct refusal *refusal = config_check(&arena, bucket, CONFIG_POLICY, policy, &policy);
    if (refusal != NULL) {
        refuse_with(run, refusal);
        return;
    }
    bucket_set_config(bucket, CONFIG_POLICY, policy);
    bucket_save(scheduler->s3, bucket, resource_written, run);
}

static void withdraw_policy(struct scheduler *scheduler, const struct resource *resource,
                            struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct bucket *bucket = policy_bucket(scheduler, &arena, resource);
    if (bucket == NULL || bucket->configs[CONFIG_POLICY].ptr == NULL) {
        resource_done(run);
        return;
    }
    bucket_set_config(bucket, CONFIG_POLICY, SLICE_NULL);
    bucket_save(scheduler->s3, bucket, resource_written, run);
}

const struct resource_type bucket_resources[] = {
    {"AWS::S3::Bucket", PHASE_THINGS, deploy_bucket, withdraw_bucket},
    {"AWS::S3::BucketPolicy", PHASE_WIRING, deploy_policy, withdraw_policy},
    {NULL, PHASE_THINGS, NULL, NULL},
};
