/*
 * RDS: an instance's engine is made what the document wants.
 */
#ifndef CONTROL_SERVICES_RDS_CONVERGE_H
#define CONTROL_SERVICES_RDS_CONVERGE_H

#include "control/api/converge.h"

int rds_instance_converge(struct converge *cv, struct err *err);

/* Of a struct watch: a parameter group, a snapshot has changed. */
int rds_parameters_changed(struct converge *cv, struct err *err);
int rds_snapshot_changed(struct converge *cv, struct err *err);

/* The engine runs in the instance's container and answers: 1; 0 not yet, and cv->again_ms; -1. */
struct rds_engine;
int rds_engine_run(struct converge *cv, const struct rds_engine *e, struct err *err);

/* One of its commands, with NAME=value more: 1 it ended well, 0 not (ret_said has why), -1. */
int rds_engine_do(struct converge *cv, const char *command, const char *const *env,
    const char **ret_said, struct err *err);

/*
 * Tell it the parameters that differ from what it has (_set), those that wait for a reboot too if
 * `all`.  *ret_set is what it has now, *ret_waiting how many wait.  0 or -1.
 */
int rds_engine_set(struct converge *cv, const struct rds_engine *e, int all,
    json_t **ret_set, size_t *ret_waiting, size_t *ret_static, struct err *err);

#endif
