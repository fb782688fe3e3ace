#include "control/plane/forward_main.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"

enum { TIMEOUT_MS = 20000, ANSWER_MAX = 16 << 20, TRIES = 300, PAUSE_MS = 50 };

static const struct err_kind no_answer = { "NoAnswer", 503 };
static const struct err_kind refused = { "Refused", 400 };

struct door {
	struct arena *arena;
	const struct settings *settings;
	FILE *out;
};

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct buf *b = arg;

	buf_add(b, p, size * n);
	return buf_is_full(b) ? 0 : size * n;
}

static struct curl_slist *
headers_of(struct door *d)
{
	struct curl_slist *list =
	    curl_slist_append(NULL, "Content-Type: application/json");

	if (d->settings->admin_token != NULL)
		list = curl_slist_append(list,
		    arena_printf(d->arena, "Authorization: Bearer %s",
			d->settings->admin_token));
	return list;
}

static const char *
url_of(struct door *d, const char *rest)
{
	const char *listen = d->settings->listen;

	return arena_printf(d->arena, "http://%s:%d/_simfra/port-forwards%s",
	    listen == NULL || strcmp(listen, "0.0.0.0") == 0 ? "127.0.0.1" : listen,
	    d->settings->port, rest);
}

/* The JSON answer (NULL: none), the arena's.  0, or -1 with what the control plane says. */
static int
ask(struct door *d, const char *method, const char *rest, const char *body, json_t **ret,
    struct err *err)
{
	struct curl_slist *headers = headers_of(d);
	struct buf *answer = buf_new(d->arena, ANSWER_MAX);
	CURL *curl = curl_easy_init();
	CURLcode rc = CURLE_OUT_OF_MEMORY;
	long status = 0;

	*ret = NULL;
	if (curl != NULL) {
		curl_easy_setopt(curl, CURLOPT_URL, url_of(d, rest));
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
		curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
		curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
		if (body != NULL)
			curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
		rc = curl_easy_perform(curl);
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_cleanup(curl);
	}
	curl_slist_free_all(headers);
	if (rc != CURLE_OK)
		return err_set(err, &no_answer, "no control plane answers at port %d: %s",
		    d->settings->port, curl_easy_strerror(rc));
	if (answer->len > 0 &&
	    json_read_in(d->arena, buf_text(answer), answer->len, ret, err) < 0)
		return -1;
	if (status < 200 || status > 299)
		return err_set(err, &refused, "%s",
		    json_str_or(*ret, "message", "the control plane refuses"));
	return 0;
}

static void
print_row(struct door *d, const json_t *row)
{
	const char *public = json_str(row, "publicIp");

	fprintf(d->out, "%-17s %-4s %-22s %s:%lld  %s%s%s\n",
	    json_str_or(row, "address", ""), json_str_or(row, "protocol", ""),
	    json_str_or(row, "resource", ""),
	    public != NULL ? public : json_str_or(row, "privateIp", ""),
	    (long long)json_int(row, "port", 0), json_str_or(row, "state", ""),
	    json_str(row, "error") != NULL ? ": " : "", json_str_or(row, "error", ""));
}

static int
list(struct door *d, struct err *err)
{
	const json_t *row;
	json_t *answer;
	size_t i;

	if (ask(d, "GET", "", NULL, &answer, err) < 0)
		return -1;
	json_array_foreach(json_get(answer, "portForwards"), i, row)
		print_row(d, row);
	if (json_int(answer, "unpublished", 0) > 0)
		fprintf(d->out,
		    "%lld open public ports found no port of "
		    "SIMFRA_PORT_FORWARD_PORT_RANGE\n",
		    (long long)json_int(answer, "unpublished", 0));
	return 0;
}

/* A number of the command line: 1, or 0. */
static int
read_port(const char *text, size_t len, int64_t *ret)
{
	int64_t n = 0;

	if (len == 0 || len > 5)
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		n = n * 10 + (text[i] - '0');
	}
	*ret = n;
	return n >= 1 && n <= UINT16_MAX;
}

static int
drop(struct door *d, const char *text, struct err *err)
{
	json_t *answer;
	int64_t port;

	if (!read_port(text, strlen(text), &port))
		return err_set(err, &refused, "'%s' is not a port", text);
	return ask(d, "DELETE", arena_printf(d->arena, "/%lld", (long long)port), NULL,
	    &answer, err);
}

/*
 * Ask for the same until it listens: a port that another program has taken meanwhile is
 * replaced, unless it is the one that was asked for.
 */
static int
wait_for(struct door *d, const char *body, json_t **row, struct err *err)
{
	const struct timespec pause = { 0, PAUSE_MS * 1000L * 1000L };

	for (int i = 0; i < TRIES; i++) {
		if (ask(d, "POST", "", body, row, err) < 0)
			return -1;
		if (strcmp(json_str_or(*row, "state", ""), "listening") == 0)
			return 0;
		nanosleep(&pause, NULL);
	}
	return err_set(err, &no_answer, "%s does not listen yet: %s",
	    json_str_or(*row, "address", ""),
	    json_str_or(*row, "error", "edge has not said so"));
}

static int
make(struct door *d, int argc, char **argv, struct err *err)
{
	const char *text = argc > 2 ? argv[2] : "22";
	size_t n = strcspn(text, "/");
	json_t *in = json_own(d->arena, json_new_object()), *row;
	int64_t port;

	if (!read_port(text, n, &port) ||
	    (text[n] == '/' && strcmp(text + n, "/udp") != 0 &&
		strcmp(text + n, "/tcp") != 0))
		return err_set(err, &refused, "'%s' is not a port, as 22 or 53/udp",
		    text);
	json_set_str(in, "resource", argv[1]);
	json_set_int(in, "port", port);
	json_set_str(in, "protocol", strcmp(text + n, "/udp") == 0 ? "udp" : "tcp");
	if (argc > 3) {
		if (!read_port(argv[3], strlen(argv[3]), &port))
			return err_set(err, &refused, "'%s' is not a port", argv[3]);
		json_set_int(in, "hostPort", port);
	}
	if (wait_for(d, json_text(d->arena, in), &row, err) < 0)
		return -1;
	fprintf(d->out, "%s\n", json_str_or(row, "address", ""));
	return 0;
}

static int
usage(void)
{
	fprintf(stderr,
	    "usage: simfra forward ARN|i-...|eni-... [PORT[/udp] [HOSTPORT]]\n"
	    "       simfra forward --list\n"
	    "       simfra forward --remove HOSTPORT\n");
	return 2;
}

int
forward_main(struct arena *a, const struct settings *s, int argc, char **argv, FILE *out)
{
	struct door d = { .arena = a, .settings = s, .out = out };
	struct err err;
	int rc;

	if (argc == 2 && strcmp(argv[1], "--list") == 0)
		rc = list(&d, &err);
	else if (argc == 3 && strcmp(argv[1], "--remove") == 0)
		rc = drop(&d, argv[2], &err);
	else if (argc >= 2 && argc <= 4 && argv[1][0] != '-')
		rc = make(&d, argc, argv, &err);
	else
		return usage();
	if (rc < 0)
		fprintf(stderr, "simfra: %s\n", err.msg);
	return rc < 0 ? 1 : 0;
}
