#include "sidecar/agent.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"
#include "sidecar/keep.h"
#include "sidecar/privilege.h"
#include "sidecar/pull.h"

enum { LIFE_MAGIC = 0x51de, MAX_FILES = 65536 };

/* What the loop's data points to. */
struct life {
	unsigned magic;
	const struct agent *agent;
	void *self;
	uv_loop_t loop;
	uv_signal_t term, intr;
	struct keep *keep;
	struct pull *pull; /* NULL before and after */
	char *token;
};

static struct life *
life_of(uv_loop_t *loop)
{
	struct life *life = loop->data;

	assert(life != NULL && life->magic == LIFE_MAGIC);
	return life;
}

void
agent_status_changed(uv_loop_t *loop)
{
	struct life *life = life_of(loop);

	if (life->pull != NULL)
		pull_status_changed(life->pull);
}

void
agent_secret(uv_loop_t *loop, const char *label, unsigned char out[32])
{
	const struct life *life = life_of(loop);

	hmac_sha256(life->token, strlen(life->token), label, strlen(label), out);
}

static void
on_signal(uv_signal_t *handle, int signum)
{
	struct life *life = life_of(handle->loop);

	log_info(life->agent->name, "ending: %s", strsignal(signum));
	uv_stop(&life->loop);
}

static void
raise_file_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur >= MAX_FILES)
		return;
	r.rlim_cur = r.rlim_max < MAX_FILES ? r.rlim_max : MAX_FILES;
	if (setrlimit(RLIMIT_NOFILE, &r) < 0)
		log_debug("sidecar", "the limit on open files stays: %s",
		    strerror(errno));
}

static void
set_log_level(void)
{
	const char *word = getenv("SIMFRA_LOG_LEVEL");
	enum log_level level;

	if (word == NULL || word[0] == '\0')
		return;
	if (log_level_parse(word, &level))
		log_set_level(level);
	else
		log_warn("sidecar",
		    "SIMFRA_LOG_LEVEL is none of debug, info, warn, error");
}

/* The token leaves the environment, so that no child of the agent's gets it. */
static char *
take_token(void)
{
	const char *value = getenv("SIMFRA_AGENT_TOKEN");
	char *token = strdup(value != NULL ? value : "");

	if (token == NULL)
		fatal("out of memory");
	unsetenv("SIMFRA_AGENT_TOKEN");
	return token;
}

static int
open_all(struct life *life, struct err *err)
{
	int unprivileged = (life->agent->flags & AGENT_UNPRIVILEGED) != 0;
	const char *dir = getenv("SIMFRA_STATE_DIR");
	int owner = unprivileged && geteuid() == 0 ? PRIVILEGE_NOBODY : -1;

	if (keep_open(dir != NULL && dir[0] != '\0' ? dir : NULL, life->agent->name,
		owner, &life->keep, err) < 0)
		return -1;
	return pull_open(&life->loop, life->agent, life->self,
	    &(struct pull_options){ .endpoint = getenv("SIMFRA_ENDPOINT"),
		.token = life->token,
		.source = getenv("SIMFRA_SOURCE"),
		.keep = life->keep },
	    &life->pull, err);
}

static int
settle(struct life *life, struct err *err)
{
	int is_root = 0;

	if (life->agent->start(life->self, &life->loop, err) < 0)
		return err_wrap(err, "start");
	if ((life->agent->flags & AGENT_UNPRIVILEGED) != 0 &&
	    privilege_drop(&is_root, err) < 0)
		return -1;
	if (is_root)
		log_warn(life->agent->name,
		    "user id 0 stays, for want of SETUID and SETGID");
	return privilege_no_new(err);
}

static void
listen_to_signals(struct life *life)
{
	signal(SIGPIPE, SIG_IGN);
	uv_signal_init(&life->loop, &life->term);
	uv_signal_init(&life->loop, &life->intr);
	uv_signal_start(&life->term, on_signal, SIGTERM);
	uv_signal_start(&life->intr, on_signal, SIGINT);
}

static void
close_left(uv_handle_t *handle, void *arg UNUSED)
{
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void
end(struct life *life, int started)
{
	struct pull *pull = life->pull;

	life->pull = NULL;
	if (started && life->agent->stop != NULL)
		life->agent->stop(life->self);
	if (pull != NULL)
		pull_close(pull);
	uv_walk(&life->loop, close_left, NULL);
	uv_run(&life->loop, UV_RUN_DEFAULT);
	uv_loop_close(&life->loop);
	keep_close(life->keep);
	free(life->token);
	curl_global_cleanup();
}

int
agent_run(const struct agent *agent, void *self)
{
	struct life life = { .magic = LIFE_MAGIC, .agent = agent, .self = self };
	struct err err = { 0 };
	int rc = 1;

	set_log_level();
	raise_file_limit();
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || uv_loop_init(&life.loop) < 0)
		fatal("no event loop");
	life.loop.data = &life;
	life.token = take_token();
	listen_to_signals(&life);
	if (open_all(&life, &err) < 0) {
		log_err(agent->name, "%s", err.msg);
		end(&life, 0);
		return 2;
	}
	if (settle(&life, &err) < 0) {
		log_err(agent->name, "%s", err.msg);
	} else {
		pull_start(life.pull);
		uv_run(&life.loop, UV_RUN_DEFAULT);
		rc = 0;
	}
	end(&life, rc == 0);
	return rc;
}
