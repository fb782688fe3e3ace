#include "control/api/settings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum value_type { STR, BOOL, INT, WORD, RANGE };

struct setting {
	const char *name;
	enum value_type type;
	size_t offset;
	const char *def;   /* NULL: unset */
	const char *words; /* WORD: "strict relaxed" */
	int min, max;	   /* INT */
	int is_secret;
	const char *doc;
};

#define AT(field)	 offsetof(struct settings, field)
#define PORTS(use, a, b) RANGE, AT(port_ranges[use]), .def = #a "-" #b

/* facts.md, "Environment variables", and the ones of our own. */
static const struct setting table[] = {
	{ "SIMFRA_ADMIN_TOKEN", STR, AT(admin_token), .is_secret = 1,
	    .doc = "bearer token for /_simfra/*; without it only this host may call it" },
	{ "SIMFRA_APIGW_PORT_RANGE", PORTS(HOST_PORT_APIGW, 10300, 10399),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_AUTH", WORD, AT(auth), .def = "strict", .words = "strict relaxed",
	    .doc =
		"strict verifies signatures; relaxed accepts any key, a 12-digit one is "
		"that account's root" },
	{ "SIMFRA_BOOTSTRAP", WORD, AT(bootstrap), .words = "standard none",
	    .doc = "standard: each region has a default VPC and what goes with it" },
	{ "SIMFRA_CLOUDFRONT_PORT_RANGE", PORTS(HOST_PORT_CLOUDFRONT, 10800, 10899),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_CODECOMMIT_PORT_RANGE", PORTS(HOST_PORT_CODECOMMIT, 11700, 11799),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_COGNITO_AUTH_PORT_RANGE", PORTS(HOST_PORT_COGNITO_AUTH, 10700, 10799),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_DATA_DIR", STR, AT(data_dir),
	    .doc = "everything survives a restart here; unset: memory only" },
	{ "SIMFRA_DEFAULT_ACCOUNT_ID", STR, AT(default_account), .def = "000000000000",
	    .doc = "the default account" },
	{ "SIMFRA_DNS_PORT_RANGE", PORTS(HOST_PORT_DNS, 10000, 10099),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_DOCKER", BOOL, AT(docker), .def = "false",
	    .doc = "run real containers; false is API-only" },
	{ "SIMFRA_DOCKER_CLEANUP_ON_SHUTDOWN", BOOL, AT(cleanup_on_shutdown),
	    .def = "true",
	    .doc = "remove our containers and networks at a graceful stop" },
	{ "SIMFRA_DOCKER_CLEANUP_ON_START", BOOL, AT(cleanup_on_start), .def = "true",
	    .doc = "remove containers and networks that no stored resource owns" },
	{ "SIMFRA_DOCKER_IMAGE_REGISTRY", STR, AT(image_registry),
	    .doc = "replaces the registry host of every image that is pulled" },
	{ "SIMFRA_DOCKER_IMAGE_TAG", STR, AT(image_tag),
	    .doc = "tag of our own images; unset: the release" },
	{ "SIMFRA_DOCKER_SOCKET", STR, AT(docker_socket), .def = "/var/run/docker.sock",
	    .doc = "unix socket of the Docker Engine" },
	{ "SIMFRA_DSQL_PORT_RANGE", PORTS(HOST_PORT_DSQL, 11600, 11699),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_DS_PORT_RANGE", PORTS(HOST_PORT_DS, 11500, 11599),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_EDGE", WORD, AT(edge), .def = "auto", .words = "auto true false",
	    .doc =
		"publish ports of 127.0.0.1: auto when there is something to, true always, "
		"false never" },
	{ "SIMFRA_EDGE_NETWORK", WORD, AT(edge_network), .def = "auto",
	    .words = "auto host docker",
	    .doc =
		"how it does: host in the host's network, docker by published ports; auto: "
		"docker on Docker Desktop" },
	{ "SIMFRA_EFS_PORT_RANGE", PORTS(HOST_PORT_EFS, 10600, 10699),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_ELASTICACHE_PORT_RANGE", PORTS(HOST_PORT_ELASTICACHE, 10900, 10999),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_ELBV2_PORT_RANGE", PORTS(HOST_PORT_ELBV2, 10200, 10299),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_GLUE_PORT_RANGE", PORTS(HOST_PORT_GLUE, 11100, 11199),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_HOSTNAME", STR, AT(hostname), .def = "simfra.local",
	    .doc = "the name by which containers reach the control plane" },
	{ "SIMFRA_IAM", WORD, AT(iam), .def = "enforce", .words = "enforce audit",
	    .doc =
		"enforce denies what policies do not allow; audit lets everybody do it and "
		"logs what would be denied" },
	{ "SIMFRA_INIT_DIRS", STR, AT(init_dirs),
	    .def = "/etc/simfra/init:/etc/localstack/init",
	    .doc =
		"folders with boot.d, start.d, ready.d, shutdown.d: programs to run then" },
	{ "SIMFRA_INSTANCE", STR, AT(instance), .def = "simfra",
	    .doc =
		"name of this control plane on its Docker host: prefix and owner label of "
		"its containers and networks" },
	{ "SIMFRA_INTERNET_CIDR", STR, AT(internet_cidr), .def = "198.18.0.0/16",
	    .doc = "addresses of simfra-internet, public addresses among them" },
	{ "SIMFRA_INTERNET_CIDR6", STR, AT(internet_cidr6), .def = "2001:db8::/32",
	    .doc =
		"IPv6 addresses of simfra-internet, of 16 to 52 bits; each VPC's /56 is of "
		"them; none: no IPv6 between VPCs and the host" },
	{ "SIMFRA_KAFKA_PORT_RANGE", PORTS(HOST_PORT_KAFKA, 11300, 11399),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_LISTEN", STR, AT(listen),
	    .doc = "address to listen on; unset: loopback and our own bridges" },
	{ "SIMFRA_LOCALSTACK_PORT", INT, AT(localstack_port), .def = "0", .min = 0,
	    .max = 65535, .doc = "a second port, for scripts that know 4566; 0: none" },
	{ "SIMFRA_LOG", WORD, AT(log_level), .def = "info",
	    .words = "debug info warn error", .doc = "least level of what is logged" },
	{ "SIMFRA_MQ_PORT_RANGE", PORTS(HOST_PORT_MQ, 11200, 11299),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_OPENSEARCH_PORT_RANGE", PORTS(HOST_PORT_OPENSEARCH, 11400, 11499),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_PORT", INT, AT(port), .def = "4599", .min = 1, .max = 65535,
	    .doc = "port of the control plane" },
	{ "SIMFRA_PORT_FORWARD_PORT_RANGE", PORTS(HOST_PORT_FORWARD, 11800, 11899),
	    .doc = "ports of 127.0.0.1 of public instances and of port forwards" },
	{ "SIMFRA_RDS_PORT_RANGE", PORTS(HOST_PORT_RDS, 10400, 10499),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_RDS_PROXY_PORT_RANGE", PORTS(HOST_PORT_RDS_PROXY, 10500, 10599),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_REDIS_URL", STR, AT(redis_url), .is_secret = 1,
	    .doc =
		"redis://, rediss:// or unix:// of the shared store; unset: a child of ours" },
	{ "SIMFRA_REDSHIFT_PORT_RANGE", PORTS(HOST_PORT_REDSHIFT, 11000, 11099),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_ROOT_ACCESS_KEY_ID", STR, AT(root_access_key),
	    .def = "AKIAIOSFODNN7EXAMPLE",
	    .doc = "access key id of the default account's root" },
	{ "SIMFRA_ROOT_SECRET_ACCESS_KEY", STR, AT(root_secret_key),
	    .def = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", .is_secret = 1,
	    .doc = "its secret" },
	{ "SIMFRA_SMTP_PORT_RANGE", PORTS(HOST_PORT_SMTP, 10100, 10199),
	    .doc = "ports of 127.0.0.1 of the service's resources that are public" },
	{ "SIMFRA_TLS_PORT", INT, AT(tls_port), .def = SETTINGS_TLS_PORT_TEXT, .min = 0,
	    .max = 65535,
	    .doc =
		"the same behind TLS, with certificates of the local CA (`simfra ca`): port 443 "
		"of *.amazonaws.com in VPCs leads there; 0: none" },
	{ "SIMFRA_UNDERLAY_CIDR", STR, AT(underlay_cidr), .def = "198.19.0.0/16",
	    .doc = "addresses of the Docker networks of VPCs, a /28 each" },
	{ "SIMFRA_VPC_ISOLATION", BOOL, AT(vpc_isolation), .def = "true",
	    .doc =
		"VPCs are apart; false: one shared network, and every open port is published" },
	{ "SIMFRA_WORKERS", INT, AT(workers), .def = "640", .min = 4, .max = 4096,
	    .doc = "connections that are served at once" },
};

static const struct err_kind bad_setting = { "BadSetting", 500 };

static int
parse_bool(const char *text, int *ret)
{
	static const struct {
		const char *text;
		int value;
	} words[] = { { "true", 1 }, { "1", 1 }, { "yes", 1 }, { "on", 1 },
		{ "false", 0 }, { "0", 0 }, { "no", 0 }, { "off", 0 } };

	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcasecmp(text, words[i].text) == 0) {
			*ret = words[i].value;
			return 1;
		}
	}
	return 0;
}

/* 1 when text is one of the words, which are divided by blanks. */
static int
is_word(const char *words, const char *text)
{
	size_t n = strlen(text);

	for (const char *w = words; *w != '\0'; w += strcspn(w, " "), w += *w == ' ') {
		if (strcspn(w, " ") == n && strncmp(w, text, n) == 0)
			return 1;
	}
	return 0;
}

/* A port's digits at *p, which goes behind them: 1, or 0. */
static int
parse_port(const char **p, int *ret)
{
	size_t n = strspn(*p, "0123456789");
	long port = n > 0 && n <= 5 ? strtol(*p, NULL, 10) : 0;

	*p += n;
	*ret = (int)port;
	return port >= 1 && port <= UINT16_MAX;
}

static int
parse_range(const char *text, struct port_range *ret)
{
	return parse_port(&text, &ret->from) && *text++ == '-' &&
	    parse_port(&text, &ret->to) && *text == '\0' && ret->from <= ret->to;
}

static int
take(struct arena *a, const struct setting *s, const char *text, struct settings *out,
    struct err *err)
{
	char *base = (char *)out + s->offset, *end;
	struct port_range range;
	const char *copy;
	long n;
	int on;

	switch (s->type) {
	case WORD:
		if (!is_word(s->words, text))
			return err_set(err, &bad_setting, "%s: '%s' is not one of: %s",
			    s->name, text, s->words);
		FALLTHROUGH;
	case STR:
		copy = arena_strdup(a, text);
		memcpy(base, &copy, sizeof(copy));
		return 0;
	case BOOL:
		if (!parse_bool(text, &on))
			return err_set(err, &bad_setting, "%s: '%s' is not true or false",
			    s->name, text);
		memcpy(base, &on, sizeof(on));
		return 0;
	case INT:
		n = strtol(text, &end, 10);
		if (end == text || *end != '\0' || n < s->min || n > s->max)
			return err_set(err, &bad_setting,
			    "%s: '%s' is not a number from %d to %d", s->name, text,
			    s->min, s->max);
		on = (int)n;
		memcpy(base, &on, sizeof(on));
		return 0;
	case RANGE:
		if (!parse_range(text, &range))
			return err_set(err, &bad_setting,
			    "%s: '%s' is not a range of ports, as 11800-11899", s->name,
			    text);
		memcpy(base, &range, sizeof(range));
		return 0;
	}
	return 0;
}

static int
is_account(const char *s)
{
	return strlen(s) == 12 && strspn(s, "0123456789") == 12;
}

/* The name goes into those of containers and networks. */
static int
is_instance_name(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= 32 && s[0] != '-' &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

int
settings_read(struct arena *a, settings_get_fn *get, void *arg, struct settings *ret,
    struct err *err)
{
	struct settings s = { 0 };

	for (size_t i = 0; i < COUNT(table); i++) {
		const char *text = get(arg, table[i].name);

		if (text == NULL || text[0] == '\0')
			text = table[i].def;
		if (text != NULL && take(a, &table[i], text, &s, err) < 0)
			return -1;
	}
	if (s.bootstrap != NULL && strcmp(s.bootstrap, "none") == 0)
		s.bootstrap = NULL;
	if (!is_account(s.default_account))
		return err_set(err, &bad_setting,
		    "SIMFRA_DEFAULT_ACCOUNT_ID: '%s' is not 12 digits",
		    s.default_account);
	if (!is_instance_name(s.instance))
		return err_set(err, &bad_setting,
		    "SIMFRA_INSTANCE: '%s' is not of lower-case letters, digits and '-'",
		    s.instance);
	*ret = s;
	return 0;
}

static void
print_value(FILE *f, const struct setting *row, const struct settings *s)
{
	const char *base = (const char *)s + row->offset, *text;
	struct port_range range;
	int n;

	if (row->type == STR || row->type == WORD) {
		memcpy(&text, base, sizeof(text));
		fprintf(f, "%s", text == NULL ? "" : row->is_secret ? "(set)" : text);
	} else if (row->type == RANGE) {
		memcpy(&range, base, sizeof(range));
		fprintf(f, "%d-%d", range.from, range.to);
	} else {
		memcpy(&n, base, sizeof(n));
		if (row->type == BOOL)
			fprintf(f, "%s", n ? "true" : "false");
		else
			fprintf(f, "%d", n);
	}
}

void
settings_print(FILE *f, const struct settings *s)
{
	fprintf(f, "| variable | default | now | meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < COUNT(table); i++) {
		fprintf(f, "| %s | %s | ", table[i].name,
		    table[i].def != NULL ? table[i].def : "");
		print_value(f, &table[i], s);
		fprintf(f, " | %s |\n", table[i].doc);
	}
}
