/*
 * The images that we launch: which, and under what name.
 *
 * One table.  An image's name is, first that applies:
 *	its own variable, as written
 *	its default in SIMFRA_DOCKER_IMAGE_REGISTRY, which replaces a registry
 *	its default
 * A sidecar's tag is SIMFRA_DOCKER_IMAGE_TAG, or the release.
 */
#ifndef CONTROL_ENGINE_IMAGES_H
#define CONTROL_ENGINE_IMAGES_H

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "control/engine/engine.h"

enum image_id {
	IMAGE_NETD,
	IMAGE_VPC,
	IMAGE_EDGE,
	IMAGE_LB,
	IMAGE_EC2_AMAZONLINUX2,
	IMAGE_EC2_AMAZONLINUX2023,
	IMAGE_EC2_UBUNTU,
	IMAGE_EC2_DEBIAN,
	IMAGE_EC2_DEFAULT,
	IMAGE_RDS_POSTGRES,
	IMAGE_RDS_MYSQL,
	IMAGE_RDS_MARIADB,
	IMAGE_ELASTICACHE_REDIS,
	IMAGE_ELASTICACHE_VALKEY,
	IMAGE_ELASTICACHE_MEMCACHED,
	N_IMAGES,
};

/* A row for each id, in their order. */
struct image {
	const char *name;	 /* "ec2-ubuntu" */
	const char *variable;	 /* "SIMFRA_EC2_IMAGE_UBUNTU" */
	const char *default_ref; /* "ubuntu:latest"; of a sidecar without tag */
	const char *ami_pattern; /* names of AMIs that it runs ("ubuntu*"), or NULL */
	int is_sidecar;
};

extern const struct image image_table[N_IMAGES];

/* Strings are borrowed from whoever set them.  NULL: unset. */
struct image_settings {
	const char *release;  /* "0.1.0" */
	const char *registry; /* SIMFRA_DOCKER_IMAGE_REGISTRY */
	const char *tag;      /* SIMFRA_DOCKER_IMAGE_TAG */
	const char *socket;   /* of the engine, for images_main(); SIMFRA_DOCKER_SOCKET */
	const char *overrides[N_IMAGES]; /* of each image's variable */
};

/* From variables; `get` is getenv() or alike.  An empty value is none. */
void image_settings_read(struct image_settings *s, const char *release,
    char *(*get)(const char *variable));

/* The reference to pull and to create containers from, never without tag or digest. */
int image_ref_of(struct arena *a, const struct image_settings *s, enum image_id id,
    char **ret, struct err *err);

/* The image that runs an AMI of the name ("al2023-ami-2023.5-x86_64"). */
enum image_id image_of_ami(const char *ami_name);

/*
 * `simfra images …`, argv[0] being "images"; the result is the exit status.
 *	list [--table]	  the exact set, a reference a line
 *	pull		  those that are not there
 *	save FILE	  all into a tar ("-": stdout)
 *	load FILE	  from such a tar ("-": stdin)
 *	mirror REGISTRY	  all into another registry
 */
int images_main(int argc, char **argv, const struct image_settings *s);

/* The same with an engine, for tests; out is where it prints. */
int images_run(struct engine *e, int argc, char **argv, const struct image_settings *s,
    FILE *out);

#endif
