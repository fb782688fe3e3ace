/*
 * netd alone, with a Docker daemon and a control that only says configurations: how long a
 * change of rules takes from there to its status, when it is in force, and netd's memory.
 *
 *	bench_netd [containers [interfaces of each]]
 *
 * One VPC; each interface is in one group, of 60 rules and one that refers to a group of
 * 500 members, 500 with those that are on nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/net/docker.h"

enum { N_RULES = 60, N_MEMBERS = 500, N_ROUNDS = 9 };

struct bench {
	struct fake_control *control;
	pid_t netd;
	int me, slot, n, each;
	int port, own_port, n_members; /* of what is said next */
};

static json_t *
rule(int id, int from, int to, const char *who, const char *value)
{
	return json_make("{s:o, s:i, s:i, s:i, s:s}", "id", json_new_fmt("sgr-%d", id),
	    "protocol", 6, "from", from, "to", to, who, value);
}

/* Group 0 is that of all; the first container's first interface has its own, too. */
static json_t *
groups(const struct bench *b)
{
	json_t *all = json_new_array(), *rules = json_new_array();

	for (int i = 0; i < N_RULES; i++)
		json_add(rules, rule(i, b->port + i, b->port + i, "cidr", "10.0.0.0/16"));
	json_add(rules, rule(N_RULES, 443, 443, "group", "sg-many"));
	json_add(all,
	    json_make("{s:s, s:s, s:o}", "id", "sg-all", "vpc", "vpc-1", "ingress",
		rules));
	json_add(all,
	    json_make("{s:s, s:s, s:[o]}", "id", "sg-own", "vpc", "vpc-1", "ingress",
		rule(1000, b->own_port, b->own_port, "cidr", "10.0.0.0/16")));
	json_add(all, json_make("{s:s, s:s}", "id", "sg-many", "vpc", "vpc-1"));
	return all;
}

static json_t *
interface(const struct bench *b, int i, int k)
{
	int n = i * b->each + k;
	json_t *e = json_make("{s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:[o], s:s, s:[s]}",
	    "id", json_new_fmt("eni-%d", n), "kind", "container", "vpc", "vpc-1",
	    "subnet", "subnet-1", "container", json_new_fmt("netdbench-%d-%d", b->me, i),
	    "device", json_new_fmt("eth%d", k), "mac",
	    json_new_fmt("0a:58:0a:00:%02x:%02x", (unsigned)n / 256, (unsigned)n % 256),
	    "addresses", json_new_fmt("10.0.%d.%d/16", 1 + n / 250, 1 + n % 250),
	    "gateway", "10.0.0.1", "groups", "sg-all");

	if (n == 0)
		json_add_str(json_get(e, "groups"), "sg-own");
	return e;
}

static void
say(const struct bench *b)
{
	json_t *enis = json_new_array(), *c;

	for (int i = 0; i < b->n; i++) {
		for (int k = 0; k < b->each; k++)
			json_add(enis, interface(b, i, k));
	}
	for (int i = 0; i < b->n_members; i++)
		json_add(enis,
		    json_make("{s:o, s:s, s:s, s:s, s:[o], s:[s]}", "id",
			json_new_fmt("eni-m%d", i), "kind", "none", "vpc", "vpc-1",
			"subnet", "subnet-1", "addresses",
			json_new_fmt("10.0.%d.%d/16", 100 + i / 250, 1 + i % 250),
			"groups", "sg-many"));
	c = json_make("{s:o, s:b, s:[{s:s, s:o, s:[s], s:[{s:s, s:s, s:s}], s:s, s:o}],"
		      "s:o, s:o}",
	    "label", json_new_fmt("dev.simfra.owner=netdbench-%d", b->me), "isolation", 1,
	    "vpcs", "id", "vpc-1", "container", json_new_fmt("netdbench-%d-r", b->me),
	    "cidrs", "10.0.0.0/16", "subnets", "id", "subnet-1", "cidr", "10.0.0.0/16",
	    "gateway", "10.0.0.1", "resolver", "10.0.0.2", "underlay",
	    json_new_fmt("198.19.%d.0/28", b->slot), "enis", enis, "groups", groups(b));
	fake_control_set(b->control, c);
}

static int
is_whole(const void *arg, const json_t *status)
{
	const struct bench *b = arg;
	const char *id;
	json_t *one;

	json_object_foreach(json_get(status, "enis"), id, one) {
		if (strcmp(json_str_or(one, "state", ""), "attached") != 0)
			return 0;
	}
	return json_object_size(json_get(status, "enis")) ==
	    (size_t)b->n * (size_t)b->each;
}

/* Milliseconds until the configuration is in force. */
static double
take(const struct bench *b)
{
	struct timespec begin, end;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	say(b);
	if (!fake_control_wait(b->control, is_whole, b))
		fatal("bench: not in force after 10 s");
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (double)(end.tv_sec - begin.tv_sec) * 1e3 +
	    (double)(end.tv_nsec - begin.tv_nsec) / 1e6;
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
measure(struct bench *b, const char *what, int *changed)
{
	double ms[N_ROUNDS];

	for (int i = 0; i < N_ROUNDS; i++) {
		*changed += i % 2 == 0 ? 1 : -1;
		ms[i] = take(b);
	}
	qsort(ms, N_ROUNDS, sizeof(ms[0]), by_size);
	printf("%-44s %8.1f ms   worst %8.1f ms\n", what, ms[N_ROUNDS / 2],
	    ms[N_ROUNDS - 1]);
}

static void
print_memory(const struct bench *b)
{
	char out[64];

	shell(out, sizeof(out), "awk '/VmRSS/ { print $2 / 1024 }' /proc/%d/status",
	    b->netd);
	printf("%-44s %8s MB\n", "memory of netd", out);
}

static void
make_containers(struct bench *b)
{
	char label[64];

	snprintf(label, sizeof(label), "dev.simfra.owner=netdbench-%d", b->me);
	b->slot = 176 + b->me % 16;
	make_pause_image(b->me);
	must("docker network create --label %s --subnet 198.19.%d.0/28 netdbench-%d",
	    label, b->slot, b->me);
	must("docker run -d --label %s --name netdbench-%d-r --network netdbench-%d "
	     "--ip 198.19.%d.2 --cap-drop ALL simfra-nettest:%d",
	    label, b->me, b->me, b->slot, b->me);
	must("for i in $(seq 0 %d); do docker run -d --label %s --name netdbench-%d-$i "
	     "--network none --cap-drop ALL simfra-nettest:%d >/dev/null || exit 1; done",
	    b->n - 1, label, b->me, b->me);
}

static void
clean(const struct bench *b)
{
	char out[4096];

	shell(out, sizeof(out),
	    "docker ps -aq --filter label=dev.simfra.owner=netdbench-%d | xargs -r docker rm -f >/dev/null; "
	    "docker network rm netdbench-%d; docker rmi simfra-nettest:%d",
	    b->me, b->me, b->me);
}

int
main(int argc, char **argv)
{
	struct bench b = { .n = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 1,
		.each = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 1,
		.me = getpid(),
		.port = 2000,
		.own_port = 80,
		.n_members = N_MEMBERS };

	b.control = fake_control_start();
	make_containers(&b);
	b.netd = netd_start(b.control, "/dev/null");
	printf("%d containers, %d interfaces; a group of %d rules, one of %d members\n",
	    b.n, b.n * b.each, N_RULES, N_MEMBERS);
	printf("%-44s %8.1f ms\n", "all attached, from nothing", take(&b));
	measure(&b, "nothing that concerns rules", &(int){ 0 });
	measure(&b, "a rule of one interface's group", &b.own_port);
	measure(&b, "a rule of the group of all", &b.port);
	measure(&b, "a member of the group that all refer to", &b.n_members);
	print_memory(&b);
	netd_kill(b.netd, SIGTERM);
	clean(&b);
	fake_control_stop(b.control);
	return 0;
}
