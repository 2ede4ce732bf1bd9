#define PEEKABOO_SRTP_IMPLEMENTATION
#include "srtp.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* Version 2 reads the master key and the salt as one string, and keeps no copy of it until srtp_create(). */
struct srtp3_policy {
    srtp_policy_t v2;
    uint8_t master[SRTP_MAX_KEY_LEN];
};

/* RFC 3711, section 3.4: SRTCP ends with a 4 byte index besides the authentication tag. */
enum { SRTCP_INDEX_LEN = 4 };

srtp_err_status_t srtp3_policy_create(srtp3_policy_t *policy)
{
    if (policy == NULL)
        return srtp_err_status_bad_param;
    *policy = calloc(1, sizeof(**policy));
    return *policy == NULL ? srtp_err_status_alloc_fail : srtp_err_status_ok;
}

void srtp3_policy_destroy(srtp3_policy_t policy)
{
    if (policy == NULL)
        return;
    /* Not memset(), which the compiler drops before free(): the key would stay in memory. */
    OPENSSL_cleanse(policy->master, sizeof(policy->master));
    free(policy);
}

srtp_err_status_t srtp3_policy_set_ssrc(srtp3_policy_t policy, srtp_ssrc_t ssrc)
{
    if (policy == NULL)
        return srtp_err_status_bad_param;
    policy->v2.ssrc = ssrc;
    return srtp_err_status_ok;
}

srtp_err_status_t srtp3_policy_set_profile(srtp3_policy_t policy, srtp_profile_t profile)
{
    if (policy == NULL)
        return srtp_err_status_bad_param;
    srtp_err_status_t status = srtp_crypto_policy_set_from_profile_for_rtp(&policy->v2.rtp, profile);
    if (status != srtp_err_status_ok)
        return status;
    return srtp_crypto_policy_set_from_profile_for_rtcp(&policy->v2.rtcp, profile);
}

srtp_err_status_t srtp3_policy_add_key(srtp3_policy_t policy, const uint8_t *key, size_t key_len, const uint8_t *salt,
                                       size_t salt_len, const uint8_t *mki, size_t mki_len)
{
    if (policy == NULL || key == NULL || salt == NULL)
        return srtp_err_status_bad_param;
    /* mediasoup never sends a master key identifier, and takes one key per policy. */
    if (mki != NULL || mki_len != 0 || policy->v2.key != NULL)
        return srtp_err_status_bad_param;
    if (key_len > sizeof(policy->master) || salt_len > sizeof(policy->master) - key_len)
        return srtp_err_status_bad_param;
    memcpy(policy->master, key, key_len);
    memcpy(policy->master + key_len, salt, salt_len);
    policy->v2.key = policy->master;
    return srtp_err_status_ok;
}

srtp_err_status_t srtp3_policy_set_allow_repeat_tx(srtp3_policy_t policy, bool allow)
{
    if (policy == NULL)
        return srtp_err_status_bad_param;
    policy->v2.allow_repeat_tx = allow ? 1 : 0;
    return srtp_err_status_ok;
}

srtp_err_status_t srtp3_policy_set_window_size(srtp3_policy_t policy, size_t packets)
{
    if (policy == NULL || packets > ULONG_MAX)
        return srtp_err_status_bad_param;
    policy->v2.window_size = packets;
    return srtp_err_status_ok;
}

srtp_err_status_t srtp3_create(srtp_t *session, srtp3_policy_t policy)
{
    /* Without a key version 2 would read through a null pointer. */
    if (session == NULL || policy == NULL || policy->v2.key == NULL)
        return srtp_err_status_bad_param;
    return srtp_create(session, &policy->v2);
}

typedef srtp_err_status_t (*in_place_fn)(srtp_t session, void *packet, int *len);

/*
 * Runs a version 2 function, which works in place, from `in` to `out`. Version 2 trusts the caller to leave room for what it
 * appends, so the room is checked here: `growth` is the most it can append.
 */
static srtp_err_status_t run(in_place_fn fn, srtp_t session, const uint8_t *in, size_t in_len, uint8_t *out, size_t *out_len,
                             size_t growth)
{
    if (session == NULL || in == NULL || out == NULL || out_len == NULL || in_len > INT_MAX - growth)
        return srtp_err_status_bad_param;
    if (*out_len < in_len + growth)
        return srtp_err_status_buffer_small;
    if (out != in)
        memmove(out, in, in_len);

    int len = (int)in_len;
    srtp_err_status_t status = fn(session, out, &len);
    if (status == srtp_err_status_ok)
        *out_len = (size_t)len;
    return status;
}

srtp_err_status_t srtp3_protect(srtp_t session, const uint8_t *in, size_t in_len, uint8_t *out, size_t *out_len, size_t mki_index)
{
    if (mki_index != 0)
        return srtp_err_status_bad_mki;
    return run(srtp_protect, session, in, in_len, out, out_len, SRTP_MAX_TRAILER_LEN);
}

srtp_err_status_t srtp3_protect_rtcp(srtp_t session, const uint8_t *in, size_t in_len, uint8_t *out, size_t *out_len,
                                     size_t mki_index)
{
    if (mki_index != 0)
        return srtp_err_status_bad_mki;
    return run(srtp_protect_rtcp, session, in, in_len, out, out_len, SRTP_MAX_TRAILER_LEN + SRTCP_INDEX_LEN);
}

srtp_err_status_t srtp3_unprotect(srtp_t session, const uint8_t *in, size_t in_len, uint8_t *out, size_t *out_len)
{
    return run(srtp_unprotect, session, in, in_len, out, out_len, 0);
}

srtp_err_status_t srtp3_unprotect_rtcp(srtp_t session, const uint8_t *in, size_t in_len, uint8_t *out, size_t *out_len)
{
    return run(srtp_unprotect_rtcp, session, in, in_len, out, out_len, 0);
}
