#include "control/plane/tls_certs.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "control/api/aws_names.h"

enum { CERTS_MAGIC = 0x63657274, COMMON_NAME_MAX = 64 };

/* A certificate is made anew long before it ends. */
#define FRESH_MS ((int64_t)30 * 24 * 3600 * 1000)

struct slot {
	char name[TLS_NAME_MAX + 1]; /* "" is who asks for no name */
	X509 *cert;		     /* NULL: free */
	int64_t made_ms;
	uint64_t used;
};

struct tls_certs {
	int magic;
	const struct ca *ca;
	const struct clock *clock;
	char *hostname, *addresses;
	EVP_PKEY *key; /* of all of them */
	SSL_CTX *context;
	struct slot slots[TLS_CERTS];
	uint64_t turn;
};

static const struct err_kind no_tls = { "NoTls", 500 };

static struct tls_certs *
certs_of(void *arg)
{
	struct tls_certs *t = arg;

	if (t->magic != CERTS_MAGIC)
		fatal("tls: not our certificates");
	return t;
}

/* Letters, digits, '-', '_' and dots, each between others: it goes into an extension's text. */
static int
is_host(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > TLS_NAME_MAX || name[0] == '.' || name[n - 1] == '.' ||
	    strstr(name, "..") != NULL)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)name[i]) && strchr("-_.", name[i]) == NULL)
			return 0;
	}
	return 1;
}

int
tls_certs_has(const struct tls_certs *t, const char *name)
{
	return name != NULL && is_host(name) &&
	    (aws_name_is(name) || name_is_in(name, t->hostname) ||
		name_is_in(name, "localhost"));
}

/* What the certificate is of: "DNS:a.b", or all that we are. */
static void
add_names(const struct tls_certs *t, const char *name, struct buf *out)
{
	const char *at = t->addresses;

	if (name[0] != '\0') {
		buf_printf(out, "DNS:%s", name);
		return;
	}
	buf_printf(out, "DNS:localhost,DNS:*.localhost,IP:::1");
	if (is_host(t->hostname))
		buf_printf(out, ",DNS:%s,DNS:*.%s", t->hostname, t->hostname);
	while (*at != '\0') {
		int n = (int)strcspn(at, ",");

		buf_printf(out, ",IP:%.*s", n, at);
		at += n;
		at += *at == ',';
	}
}

static X509 *
make(struct tls_certs *t, const char *name)
{
	const char *title = name[0] != '\0' ? name : "localhost";
	struct buf names;
	X509 *cert = NULL;
	struct err err;

	buf_init(&names, 0);
	add_names(t, name, &names);
	if (strlen(title) > COMMON_NAME_MAX)
		title = "simfra";
	if (ca_issue(t->ca, t->key, title, buf_text(&names), t->clock->now_ms(t->clock),
		&cert, &err) < 0)
		log_warn("tls", "%s: %s", name, err.msg);
	buf_done(&names);
	return cert;
}

/* The name's slot, or else the one that was used longest ago. */
static struct slot *
slot_of(struct tls_certs *t, const char *name)
{
	struct slot *oldest = &t->slots[0];

	for (size_t i = 0; i < TLS_CERTS; i++) {
		struct slot *s = &t->slots[i];

		if (s->cert != NULL && strcmp(s->name, name) == 0)
			return s;
		if (s->used < oldest->used)
			oldest = s;
	}
	return oldest;
}

/* Borrowed; NULL when it cannot be made.  name is in lower case. */
static X509 *
find(struct tls_certs *t, const char *name)
{
	struct slot *s = slot_of(t, name);
	int64_t now_ms = t->clock->now_ms(t->clock);

	s->used = ++t->turn;
	if (s->cert != NULL && strcmp(s->name, name) == 0 &&
	    now_ms - s->made_ms < FRESH_MS)
		return s->cert;
	X509_free(s->cert);
	s->cert = make(t, name);
	s->made_ms = now_ms;
	snprintf(s->name, sizeof(s->name), "%s", name);
	return s->cert;
}

/* Called in the handshake, also when no name is asked for. */
static int
on_name(SSL *ssl, int *alert, void *arg)
{
	struct tls_certs *t = certs_of(arg);
	const char *asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	char name[TLS_NAME_MAX + 1] = "";
	X509 *cert;

	*alert = SSL_AD_UNRECOGNIZED_NAME;
	if (asked != NULL) {
		if (!tls_certs_has(t, asked))
			return SSL_TLSEXT_ERR_ALERT_FATAL;
		for (size_t i = 0; asked[i] != '\0'; i++)
			name[i] = (char)tolower((unsigned char)asked[i]);
	}
	cert = find(t, name);
	if (cert == NULL || SSL_use_certificate(ssl, cert) != 1 ||
	    SSL_use_PrivateKey(ssl, t->key) != 1) {
		*alert = SSL_AD_INTERNAL_ERROR;
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	}
	return asked != NULL ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/* Only HTTP/1.1 is spoken behind it. */
static int
on_alpn(SSL *ssl UNUSED, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned in_len, void *arg UNUSED)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static int
open_context(struct tls_certs *t, struct err *err)
{
	t->context = SSL_CTX_new(TLS_server_method());
	if (t->context == NULL ||
	    !SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION))
		return err_set(err, &no_tls, "OpenSSL has no TLS");
	SSL_CTX_set_options(t->context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(t->context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_tlsext_servername_callback(t->context, on_name);
	SSL_CTX_set_tlsext_servername_arg(t->context, t);
	SSL_CTX_set_alpn_select_cb(t->context, on_alpn, NULL);
	return 0;
}

struct tls_certs *
tls_certs_new(const struct ca *ca, const struct clock *clock, const char *hostname,
    const char *addresses, struct err *err)
{
	struct tls_certs *t = calloc(1, sizeof(*t));

	if (t == NULL)
		fatal("out of memory");
	t->magic = CERTS_MAGIC;
	t->ca = ca;
	t->clock = clock;
	t->hostname = strdup(hostname);
	t->addresses = strdup(addresses);
	if (t->hostname == NULL || t->addresses == NULL)
		fatal("out of memory");
	if (ca_new_key(&t->key, err) < 0 || open_context(t, err) < 0) {
		tls_certs_free(t);
		return NULL;
	}
	return t;
}

void
tls_certs_free(struct tls_certs *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < TLS_CERTS; i++)
		X509_free(t->slots[i].cert);
	SSL_CTX_free(t->context);
	EVP_PKEY_free(t->key);
	free(t->hostname);
	free(t->addresses);
	free(t);
}

SSL_CTX *
tls_certs_context(struct tls_certs *t)
{
	return t->context;
}
