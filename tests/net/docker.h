/*
 * What the Docker tests of netd stand on: the docker command, a control that
 * only says a configuration and takes a status, and netd as a child process.
 */
#ifndef TESTS_NET_DOCKER_H
#define TESTS_NET_DOCKER_H

#include <sys/types.h>

#include "base/json.h"

/* sh -c of the text; the output without its last newline in out.  The exit status. */
int shell(char *out, size_t size, const char *fmt, ...) PRINTF(3, 4);

/* As shell; any status but 0 fails the test. */
void must(const char *fmt, ...) PRINTF(1, 2);

/* Image simfra-nettest:ME of one static program, which waits for its end. */
void make_pause_image(int me);

struct fake_control;

struct fake_control *fake_control_start(void);
void fake_control_stop(struct fake_control *c);
int fake_control_port(const struct fake_control *c);

/* Takes the caller's reference; netd's poll is answered at once. */
void fake_control_set(struct fake_control *c, json_t *config);

/* Wait until a status of the newest revision makes ok(arg, status) true: 1, or 0 after 10 s. */
int fake_control_wait(struct fake_control *c,
    int (*ok)(const void *arg, const json_t *status), const void *arg);

/* As fake_control_wait: status[kind][id] has the state and the pid. */
int fake_control_wait_state(struct fake_control *c, const char *kind, const char *id,
    const char *state, long pid);

/* A copy of the last status, the caller's. */
json_t *fake_control_status(struct fake_control *c);

/* build/…/simfra-netd beside this test, with stderr to the file. */
pid_t netd_start(const struct fake_control *c, const char *log);
void netd_kill(pid_t pid, int sig);

/*
 * Rules that let everything pass: table rtb-1 of 10.0.0.0/16 and internet gateway igw-1, acl-1, and
 * a group sg-N of each VPC vpc-N.
 */
void add_open_rules(json_t *config, int n_vpcs);

#endif
