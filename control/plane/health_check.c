#include "control/plane/health_check.h"

#include <curl/curl.h>
#include <string.h>

#include "control/store/store.h"

enum { TIMEOUT_MS = 4000 };

/* The answer goes to stdout, where `docker inspect` keeps it. */
static int
ask_control(const char *url, FILE *out, FILE *complaints)
{
	CURL *curl = curl_easy_init();
	CURLcode rc;
	long status = 0;

	if (curl == NULL)
		return 1;
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
	rc = curl_easy_perform(curl);
	if (rc == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	if (rc != CURLE_OK)
		fprintf(complaints, "%s: %s", url, curl_easy_strerror(rc));
	return status == 200 ? 0 : 1;
}

static int
ask_redis(const char *url, FILE *out)
{
	const struct store_redis_options options = { .url = url };
	struct store *store;
	struct err err;
	int rc;

	store = store_open_redis(&options, &err);
	rc = store == NULL ? -1 : store_ping(store, &err);
	fprintf(out, "%s", rc < 0 ? err.msg : store_name(store));
	if (store != NULL)
		store_close(store);
	return rc < 0 ? 1 : 0;
}

static const char *
own_url(struct arena *a, const struct settings *s, const char *what)
{
	int is_any = s->listen == NULL || strcmp(s->listen, "0.0.0.0") == 0;

	return arena_printf(a, "http://%s:%d/_simfra/%s",
	    is_any ? "127.0.0.1" : s->listen, s->port, what);
}

int
health_check(const struct settings *s, const char *url, FILE *out)
{
	struct arena *a = arena_new();
	int rc;

	if (url == NULL)
		url = own_url(a, s, "health");
	if (strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0)
		rc = ask_control(url, out, out);
	else
		rc = ask_redis(url, out);
	fputc('\n', out);
	arena_free(a);
	return rc;
}

int
health_print_ca(const struct settings *s, FILE *out)
{
	struct arena *a = arena_new();
	int rc = ask_control(own_url(a, s, "ca"), out, stderr);

	if (rc != 0)
		fputc('\n', stderr);

	arena_free(a);
	return rc;
}
