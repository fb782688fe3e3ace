/*
 * Bytes from a client before it is anybody: the handshake, and the certificate that it asks for.
 *
 * The first record is given whole to our side of TLS, once as it is and once with the bytes as
 * the name of a well-formed client hello.  No certificate may be of a name that is not ours.
 */
#include <openssl/err.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cc.h"
#include "control/api/aws_names.h"
#include "control/plane/tls_certs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int holds)
{
	if (!holds)
		abort();
}

static struct tls_certs *
certs(void)
{
	static struct tls_certs *c;
	struct store *store;
	struct err err;
	struct ca *ca;

	if (c == NULL) {
		store = store_open_mem();
		ca = ca_open(store, clock_system.now_ms(&clock_system), &err);
		must(ca != NULL);
		c = tls_certs_new(ca, &clock_system, "simfra.local", "127.0.0.1", &err);
		must(c != NULL);
	}
	return c;
}

static void
give(const uint8_t *data, size_t size)
{
	SSL *ssl = SSL_new(tls_certs_context(certs()));
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	must(ssl != NULL && in != NULL && out != NULL);
	SSL_set_bio(ssl, in, out);
	SSL_set_accept_state(ssl);
	BIO_write(in, data, (int)size);
	must(SSL_do_handshake(ssl) != 1);
	ERR_clear_error();
	SSL_free(ssl);
}

/* What a client of OpenSSL's own says first, asking for the name. */
static void
ask_for(char *name)
{
	static SSL_CTX *context;
	uint8_t hello[8192];
	BIO *in, *out;
	SSL *client;
	int n;

	if (context == NULL)
		context = SSL_CTX_new(TLS_client_method());
	client = SSL_new(context);
	in = BIO_new(BIO_s_mem());
	out = BIO_new(BIO_s_mem());
	must(client != NULL && in != NULL && out != NULL);
	SSL_set_bio(client, in, out);
	SSL_set_connect_state(client);
	if (SSL_set_tlsext_host_name(client, name)) {
		SSL_do_handshake(client);
		n = BIO_read(out, hello, sizeof(hello));
		if (n > 0)
			give(hello, (size_t)n);
	}
	ERR_clear_error();
	SSL_free(client);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[300];

	if (size > 16384)
		return 0;
	give(data, size);
	if (size < sizeof(name)) {
		memcpy(name, data, size);
		name[size] = '\0';
		if (tls_certs_has(certs(), name)) {
			must(strpbrk(name, ",:*/ \t\r\n") == NULL);
			must(aws_name_is(name) || name_is_in(name, "simfra.local") ||
			    name_is_in(name, "localhost"));
		}
		ask_for(name);
	}
	return 0;
}
