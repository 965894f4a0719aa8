#pragma once
// The low-level SHA-256 calls are deprecated in OpenSSL 3 but still the fastest for short inputs,
// and a context of theirs may be copied: that is what makes a keyed prefix free.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
