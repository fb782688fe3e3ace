/*
 * The local CA in the machine's trust store, so that its SDKs trust *.amazonaws.com here.
 *
 * Control puts the certificate into TRUST_CA.  At each boot it goes where the distribution has
 * certificates of its administrator, and behind its bundle, unless it is there; a machine
 * without a bundle is left as it is.  TRUST_BUNDLE is the system's bundle with ours, for programs
 * that have one of their own (AWS_CA_BUNDLE); control makes it of ours alone, for the time before.
 *
 * Not emulated: Java's key store.
 */
#ifndef AGENTS_INIT_TRUST_H
#define AGENTS_INIT_TRUST_H

#define TRUST_CA     "/.simfra/ca.pem"
#define TRUST_BUNDLE "/.simfra/ca-bundle.pem"

/*
 * `root` is "" (tests have another); hash the name's of the certificate, as OpenSSL has it for
 * folders ("1a2b3c4d"), or NULL.  0; or -1 and errno: something could not be written.
 */
int trust_install(const char *root, const char *hash);

#endif
