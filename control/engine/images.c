#include "control/engine/images.h"

#include <fnmatch.h>
#include <string.h>

#include "control/engine/image_ref.h"

#define OURS "ghcr.io/simfra-dev/"

const struct image image_table[N_IMAGES] = {
	[IMAGE_NETD] = { "netd", "SIMFRA_NETD_IMAGE", OURS "simfra-netd", NULL, 1 },
	[IMAGE_VPC] = { "vpc", "SIMFRA_VPC_IMAGE", OURS "simfra-vpc", NULL, 1 },
	[IMAGE_EDGE] = { "edge", "SIMFRA_EDGE_IMAGE", OURS "simfra-edge", NULL, 1 },
	[IMAGE_LB] = { "lb", "SIMFRA_ELBV2_IMAGE", OURS "simfra-lb", NULL, 1 },
	[IMAGE_EC2_AMAZONLINUX2] = { "ec2-amazonlinux2", "SIMFRA_EC2_IMAGE_AMAZONLINUX2",
	    "amazonlinux:2", "amzn2-*", 0 },
	[IMAGE_EC2_AMAZONLINUX2023] = { "ec2-amazonlinux2023",
	    "SIMFRA_EC2_IMAGE_AMAZONLINUX2023", "amazonlinux:2023", "al2023-*", 0 },
	[IMAGE_EC2_UBUNTU] = { "ec2-ubuntu", "SIMFRA_EC2_IMAGE_UBUNTU", "ubuntu:latest",
	    "ubuntu*", 0 },
	[IMAGE_EC2_DEBIAN] = { "ec2-debian", "SIMFRA_EC2_IMAGE_DEBIAN", "debian:latest",
	    "debian*", 0 },
	[IMAGE_EC2_DEFAULT] = { "ec2-default", "SIMFRA_EC2_DEFAULT_IMAGE",
	    "amazonlinux:2023", NULL, 0 },
	[IMAGE_RDS_POSTGRES] = { "rds-postgres", "SIMFRA_RDS_IMAGE_POSTGRES",
	    "postgres:16", NULL, 0 },
	[IMAGE_RDS_MYSQL] = { "rds-mysql", "SIMFRA_RDS_IMAGE_MYSQL", "mysql:8.0", NULL,
	    0 },
	[IMAGE_RDS_MARIADB] = { "rds-mariadb", "SIMFRA_RDS_IMAGE_MARIADB",
	    "mariadb:10.11", NULL, 0 },
	[IMAGE_ELASTICACHE_REDIS] = { "elasticache-redis",
	    "SIMFRA_ELASTICACHE_IMAGE_REDIS", "redis:7", NULL, 0 },
	[IMAGE_ELASTICACHE_VALKEY] = { "elasticache-valkey",
	    "SIMFRA_ELASTICACHE_IMAGE_VALKEY", "valkey/valkey:8", NULL, 0 },
	[IMAGE_ELASTICACHE_MEMCACHED] = { "elasticache-memcached",
	    "SIMFRA_ELASTICACHE_IMAGE_MEMCACHED", "memcached:1.6", NULL, 0 },
};

static void
clear_empty(const char **value)
{
	if (*value != NULL && (*value)[0] == '\0')
		*value = NULL;
}

void
image_settings_read(struct image_settings *s, const char *release,
    char *(*get)(const char *variable))
{
	memset(s, 0, sizeof(*s));
	s->release = release;
	s->registry = get("SIMFRA_DOCKER_IMAGE_REGISTRY");
	s->tag = get("SIMFRA_DOCKER_IMAGE_TAG");
	s->socket = get("SIMFRA_DOCKER_SOCKET");
	for (size_t i = 0; i < N_IMAGES; i++)
		s->overrides[i] = get(image_table[i].variable);
	clear_empty(&s->registry);
	clear_empty(&s->tag);
	clear_empty(&s->socket);
	for (size_t i = 0; i < N_IMAGES; i++)
		clear_empty(&s->overrides[i]);
}

int
image_ref_of(struct arena *a, const struct image_settings *s, enum image_id id,
    char **ret, struct err *err)
{
	const struct image *image = &image_table[id];
	const char *text = image->default_ref;
	struct image_ref ref;

	if (s->overrides[id] != NULL) {
		if (image_ref_parse(a, s->overrides[id], &ref, err) < 0)
			return err_wrap(err, "%s", image->variable);
		*ret = image_ref_text(a, &ref);
		return 0;
	}
	if (image->is_sidecar)
		text =
		    arena_printf(a, "%s:%s", text, s->tag != NULL ? s->tag : s->release);
	if (image_ref_parse(a, text, &ref, err) < 0)
		return err_wrap(err, "SIMFRA_DOCKER_IMAGE_TAG");
	if (s->registry == NULL)
		*ret = image_ref_text(a, &ref);
	else if (image_ref_in_registry(a, text, s->registry, ret, err) < 0)
		return err_wrap(err, "SIMFRA_DOCKER_IMAGE_REGISTRY");
	return 0;
}

enum image_id
image_of_ami(const char *ami_name)
{
	for (enum image_id id = 0; id < N_IMAGES; id++)
		if (image_table[id].ami_pattern != NULL &&
		    fnmatch(image_table[id].ami_pattern, ami_name, 0) == 0)
			return id;
	return IMAGE_EC2_DEFAULT;
}
