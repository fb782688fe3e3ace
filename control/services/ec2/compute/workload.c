#include "control/services/ec2/compute/workload.h"

#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/api/container.h"
#include "control/engine/tar.h"
#include "control/services/ec2/compute/attachment.h"
#include "control/services/ec2/compute/machine.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/host.h"
#include "control/services/ec2/network/vpc_names.h"

enum {
	WAIT_MS = 60 * 1000,
	PIDS = 4096,
	ATTACH_CHECK_MS = 100,
	BRIEF_MS = 5000, /* who fails so soon is not started again so soon */
	LAST_WORDS = 400,
};

static const struct err_kind not_ready = { "NotReady", 500 };
static const struct err_kind has_ended = { "Ended", 500 };

/* The VPC of its first interface, as it stands in the store. */
static int
find_vpc(struct converge *cv, const char *interface, struct store_txn *t, json_t **ret,
    struct err *err)
{
	json_t *eni;
	int rc =
	    store_get(t, cv->scope, ec2_network_interface.kind, interface, &eni, err);

	if (rc > 0)
		rc = store_get(t, cv->scope, ec2_vpc.kind, json_str_or(eni, "VpcId", ""),
		    ret, err);
	if (rc == 0)
		return err_set(err, &not_ready, "interface %s is gone", interface);
	return rc < 0 ? -1 : 0;
}

static int
set_host(struct converge *cv, const struct workload *w, json_t *config, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	json_t *host = json_need_object(config, "HostConfig"), *info, *vpc;
	struct resolv resolv;
	int64_t cpus;

	if (find_vpc(cv, w->interfaces[0], t, &vpc, err) < 0 ||
	    vpc_resolv(t, cv->arena, cv->scope, vpc, &resolv, err) < 0)
		return -1;
	json_set_str(host, "NetworkMode", "none");
	machine_set_names(cv, host, vpc, &resolv);
	json_set(host, "CapDrop", json_make("[s, s]", "NET_RAW", "MKNOD"));
	json_set(host, "LogConfig",
	    json_make("{s:s, s:{s:s, s:s}}", "Type", "json-file", "Config", "max-size",
		"4m", "max-file", "2"));
	if (w->mounts != NULL)
		json_set(host, "Mounts", json_copy_deep(w->mounts));
	json_set_int(host, "PidsLimit", PIDS);
	if (w->memory != 0)
		json_set_int(host, "Memory", w->memory);
	if (w->vcpus == 0)
		return 0;
	if (engine_info(cv->env->engine, cv->arena, &info, err) < 0)
		return -1;
	cpus = json_int(info, "NCPU", 1);
	json_set_int(host, "NanoCpus", (w->vcpus < cpus ? w->vcpus : cpus) * 1000000000);
	return 0;
}

static void
add_words(json_t *argv, const json_t *words)
{
	const json_t *word;
	size_t i;

	json_array_foreach(words, i, word)
		json_add_str(argv, json_string_value(word));
}

/* What the image would run, behind the script. */
static int
set_argv(struct converge *cv, const struct workload *w, json_t *init, struct err *err)
{
	json_t *argv = json_need_array(init, "argv"), *image;

	if (container_need_image(cv, w->image, &image, err) < 0)
		return -1;
	if (w->start != NULL) {
		json_add_str(argv, "/bin/sh");
		json_add_str(argv, "/.simfra/start");
	}
	add_words(argv, json_path(image, "Config.Entrypoint"));
	add_words(argv, json_path(image, "Config.Cmd"));
	return 0;
}

static int
make_files(struct converge *cv, const struct workload *w, struct tar *tar,
    struct err *err)
{
	json_t *init = json_own(cv->arena, json_new_object());
	const char *text;
	char device[16];

	json_set_str(init, "mode", "exec");
	json_set_int(init, "wait_ms", WAIT_MS);
	for (int i = 0; w->interfaces[i] != NULL; i++) {
		snprintf(device, sizeof(device), "eth%d", i);
		json_add_str(json_need_array(init, "devices"), device);
	}
	if (set_argv(cv, w, init, err) < 0)
		return -1;
	text = json_text(cv->arena, init);
	tar_add_dir(tar, ".simfra", 0755, 0, 0);
	tar_add_file(tar, ".simfra/init", 0755, 0, 0, cv->env->init, cv->env->init_len);
	tar_add_file(tar, ".simfra/init.json", 0644, 0, 0, text, strlen(text));
	if (w->start != NULL)
		tar_add_file(tar, ".simfra/start", 0644, 0, 0, w->start,
		    strlen(w->start));
	for (size_t i = 0; i < w->n_files; i++)
		tar_add_file(tar, arena_printf(cv->arena, ".simfra/%s", w->files[i].name),
		    w->files[i].mode, 0, 0, w->files[i].text, strlen(w->files[i].text));
	return tar_finish(tar, err);
}

static int
run(struct converge *cv, const struct workload *w, json_t **ret, struct err *err)
{
	struct container_spec spec = { .name = converge_name(cv, cv->id),
		.image = w->image,
		.config = json_own(cv->arena, json_new_object()) };
	struct tar tar;
	int rc;

	json_set(spec.config, "Entrypoint", json_make("[s]", "/.simfra/init"));
	json_set(spec.config, "Cmd", json_new_array());
	if (w->env != NULL)
		json_set(spec.config, "Env", json_copy_deep(w->env));
	if (w->stop_s != 0)
		json_set_int(spec.config, "StopTimeout", w->stop_s);
	if (set_host(cv, w, spec.config, err) < 0)
		return -1;
	tar_init(&tar, 0);
	rc = make_files(cv, w, &tar, err);
	spec.files = &tar;
	if (rc == 0)
		rc = container_run(cv, &spec, ret, err);
	tar_done(&tar);
	return rc;
}

static int
fails_at_once(struct converge *cv, const json_t *state)
{
	int64_t started, ended;

	return !json_bool(state, "Running", 0) && json_int(state, "ExitCode", 0) != 0 &&
	    clock_parse_iso8601(json_str_or(state, "StartedAt", ""), &started) &&
	    clock_parse_iso8601(json_str_or(state, "FinishedAt", ""), &ended) &&
	    ended - started < BRIEF_MS && cv->now_ms - ended < BRIEF_MS;
}

/* 0, or -1 with its last words when it failed at once, just now. */
static int
check_end(struct converge *cv, const char *name, struct err *err)
{
	const json_t *state;
	struct buf *said = buf_new(cv->arena, 2 * LAST_WORDS);
	struct err ignored;
	json_t *container;
	int rc =
	    engine_container_inspect(cv->env->engine, cv->arena, name, &container, err);

	if (rc <= 0)
		return rc;
	state = json_get(container, "State");
	if (!fails_at_once(cv, state))
		return 0;
	engine_logs(cv->env->engine, name, LAST_WORDS, said, &ignored);
	return err_set(err, &has_ended, "the container ended with %lld: %s",
	    (long long)json_int(state, "ExitCode", 0),
	    utf8_is_valid(buf_text(said), said->len) ? buf_text(said) : "(no text)");
}

int
workload_run(struct converge *cv, const struct workload *w, json_t **ret, struct err *err)
{
	const char *name = converge_name(cv, cv->id);
	int rc = check_end(cv, name, err) < 0 ? -1 : host_may_run(cv, name, err);

	if (rc <= 0)
		return rc;
	if (cv->env->init == NULL)
		return err_set(err, &not_ready,
		    "simfra-init is not beside simfra, nor in SIMFRA_LIB");
	if (run(cv, w, ret, err) < 0)
		return -1;
	for (size_t i = 0; w->interfaces[i] != NULL; i++) {
		rc = attachment_is_made(cv, w->interfaces[i], *ret, err);
		if (rc == 0)
			cv->again_ms = ATTACH_CHECK_MS;
		if (rc <= 0)
			return rc;
	}
	return 1;
}

int
workload_stop(struct converge *cv, int timeout_s, struct err *err)
{
	if (engine_container_stop(cv->env->engine, converge_name(cv, cv->id), timeout_s,
		err) < 0 &&
	    err->kind != &engine_not_found)
		return err_wrap(err, "stop container");
	return 0;
}

int
workload_remove(struct converge *cv, struct err *err)
{
	if (cv->env->engine == NULL)
		return 0;
	return engine_container_remove(cv->env->engine, converge_name(cv, cv->id), err) <
		0 ?
	    err_wrap(err, "remove container") :
	    0;
}
