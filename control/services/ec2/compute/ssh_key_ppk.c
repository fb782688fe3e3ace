#include "control/services/ec2/compute/ssh_key_ppk.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/enc.h"

enum { LINE = 64, MAX_FILE = 16384 };

static void
put_string(struct buf *b, const void *p, size_t n)
{
	const unsigned char len[] = { (unsigned char)(n >> 24), (unsigned char)(n >> 16),
		(unsigned char)(n >> 8), (unsigned char)n };

	buf_add(b, len, sizeof(len));
	buf_add(b, p, n);
}

static void
put_lines(struct arena *a, struct buf *b, const char *name, const void *p, size_t n)
{
	const char *text = base64_encode(a, p, n);
	size_t len = strlen(text);

	buf_printf(b, "%s: %zu\n", name, (len + LINE - 1) / LINE);
	for (size_t i = 0; i < len; i += LINE)
		buf_printf(b, "%.*s\n", LINE, text + i);
}

/* HMAC-SHA-1 with a key that is the hash of a constant and the passphrase, which is empty. */
static int
put_mac(struct buf *b, const struct buf *data)
{
	static const char constant[] = "putty-private-key-file-mac-key";
	unsigned char key[SHA_DIGEST_LENGTH], mac[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	SHA1((const unsigned char *)constant, sizeof(constant) - 1, key);
	if (HMAC(EVP_sha1(), key, sizeof(key), (const unsigned char *)data->data,
		data->len, mac, &n) == NULL)
		return 0;
	buf_str(b, "Private-MAC: ");
	for (unsigned i = 0; i < n; i++)
		buf_printf(b, "%02x", mac[i]);
	buf_str(b, "\n");
	return 1;
}

const char *
ssh_key_ppk(struct arena *a, const struct ssh_key *key, const char *comment)
{
	const char *space = strchr(key->public_key, ' ');
	struct buf *file = buf_new(a, MAX_FILE), *data = buf_new(a, MAX_FILE);
	size_t name_len = (size_t)(space - key->public_key), n;
	unsigned char *blob;

	if (!base64_decode(a, space + 1, strlen(space + 1), &blob, &n))
		return NULL;
	put_string(data, key->public_key, name_len);
	put_string(data, "none", 4);
	put_string(data, comment, strlen(comment));
	put_string(data, blob, n);
	put_string(data, key->secret, key->secret_len);
	buf_printf(file, "PuTTY-User-Key-File-2: %.*s\nEncryption: none\nComment: %s\n",
	    (int)name_len, key->public_key, comment);
	put_lines(a, file, "Public-Lines", blob, n);
	put_lines(a, file, "Private-Lines", key->secret, key->secret_len);
	return put_mac(file, data) ? buf_text(file) : NULL;
}
