/*
 * simfra: one program, a subcommand each.
 */
#include <curl/curl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "control/api/settings.h"
#include "control/engine/images.h"
#include "control/plane/doctor.h"
#include "control/plane/explain.h"
#include "control/plane/forward_main.h"
#include "control/plane/health_check.h"
#include "control/plane/operations.h"
#include "control/plane/pid1.h"
#include "control/plane/serve.h"
#include "control/plane/snapshot.h"

#ifndef SIMFRA_VERSION
#define SIMFRA_VERSION "dev"
#endif

struct command {
	const char *name;
	int (*run)(struct arena *a, const struct settings *s, int argc, char **argv);
	const char *doc;
};

static const char *
get_env(void *arg UNUSED, const char *name)
{
	return getenv(name);
}

static int
run_serve(struct arena *a, const struct settings *s, int argc UNUSED, char **argv UNUSED)
{
	return serve(a, s);
}

static int
run_images(struct arena *a UNUSED, const struct settings *s UNUSED, int argc, char **argv)
{
	struct image_settings images = { 0 };

	image_settings_read(&images, SIMFRA_VERSION, getenv);
	return images_main(argc, argv, &images);
}

static int
run_operations(struct arena *a UNUSED, const struct settings *s UNUSED, int argc,
    char **argv)
{
	return operations_print(stdout, argc > 1 ? argv[1] : NULL);
}

static int
run_config(struct arena *a UNUSED, const struct settings *s, int argc UNUSED,
    char **argv UNUSED)
{
	settings_print(stdout, s);
	return 0;
}

static int
run_doctor(struct arena *a, const struct settings *s, int argc UNUSED, char **argv UNUSED)
{
	return doctor(a, s, stdout);
}

static int
run_health(struct arena *a UNUSED, const struct settings *s, int argc, char **argv)
{
	return health_check(s, argc > 1 ? argv[1] : NULL, stdout);
}

static int
run_ca(struct arena *a UNUSED, const struct settings *s, int argc UNUSED,
    char **argv UNUSED)
{
	return health_print_ca(s, stdout);
}

static int
run_explain(struct arena *a, const struct settings *s, int argc, char **argv)
{
	return explain_command(a, s, argc, argv, stdout);
}

static int
run_forward(struct arena *a, const struct settings *s, int argc, char **argv)
{
	return forward_main(a, s, argc, argv, stdout);
}

static int
run_snapshot(struct arena *a, const struct settings *s, int argc, char **argv)
{
	return snapshot_command(a, s, argc, argv, stdout);
}

static int
run_version(struct arena *a UNUSED, const struct settings *s UNUSED, int argc UNUSED,
    char **argv UNUSED)
{
	printf("simfra %s\n", SIMFRA_VERSION);
	return 0;
}

static const struct command commands[] = {
	{ "serve", run_serve, "run the control plane, until SIGTERM" },
	{ "images", run_images, "list, pull, save FILE, load FILE, mirror REGISTRY" },
	{ "operations", run_operations, "print every operation and its state [SERVICE]" },
	{ "config", run_config, "print what can be set, and what is" },
	{ "doctor", run_doctor, "say what is missing or wrong here, and how to mend it" },
	{ "health", run_health,
	    "ask the control plane that runs here [URL, or a redis:// one]" },
	{ "ca", run_ca, "print the certificate of the local CA, for trust stores" },
	{ "explain", run_explain, "say why a packet arrives, or does not" },
	{ "forward", run_forward,
	    "publish a port of an instance on 127.0.0.1: ID [PORT[/udp] [HOSTPORT]], --list, "
	    "--remove HOSTPORT" },
	{ "snapshot", run_snapshot,
	    "save FILE, load FILE: the whole state, objects included" },
	{ "version", run_version, "print the version" },
};

static int
usage(FILE *f)
{
	fprintf(f, "usage: simfra [COMMAND]\n\n");
	for (size_t i = 0; i < COUNT(commands); i++)
		fprintf(f, "  %-12s%s\n", commands[i].name, commands[i].doc);
	fprintf(f,
	    "\nWithout a command: serve.  `simfra config` prints the variables.\n");
	return f == stdout ? 0 : 2;
}

static const struct command *
find(const char *name)
{
	for (size_t i = 0; i < COUNT(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "serve";
	const struct command *command = find(name);
	struct arena *a;
	struct settings settings;
	enum log_level level;
	struct err err;
	int rc;

	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
	    strcmp(name, "-h") == 0)
		return usage(stdout);
	if (command == NULL)
		return usage(stderr);
	if (getpid() == 1 && command->run == run_serve)
		pid1_stay();
	a = arena_new();
	if (settings_read(a, get_env, NULL, &settings, &err) < 0) {
		fprintf(stderr, "simfra: %s\n", err.msg);
		arena_free(a);
		return 2;
	}
	if (log_level_parse(settings.log_level, &level))
		log_set_level(level);
	/* C's numbers and errors, UTF-8's characters: libarchive needs names that are text. */
	setlocale(LC_CTYPE, "C.UTF-8");
	curl_global_init(CURL_GLOBAL_DEFAULT);
	rc = command->run(a, &settings, argc > 1 ? argc - 1 : argc,
	    argc > 1 ? argv + 1 : argv);
	curl_global_cleanup();
	arena_free(a);
	return rc;
}
