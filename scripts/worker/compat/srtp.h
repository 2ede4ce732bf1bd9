/*
 * The part of libsrtp 3 that mediasoup-worker uses, on top of libsrtp 2.
 *
 * mediasoup builds against a beta of libsrtp 3, which distributions do not package yet; they all package libsrtp 2. The two
 * speak the same protocol and differ in three ways that matter here:
 *   - version 3 hides the policy behind a handle with setters, version 2 exposes a struct;
 *   - version 3 protects from one buffer into another and is told how big the other one is, version 2 works in place;
 *   - some names changed.
 * Version 2 has types and functions of the same names, so ours get names of their own and the worker's calls are redirected
 * by macro. The implementation defines PEEKABOO_SRTP_IMPLEMENTATION to see both sides.
 */
#ifndef PEEKABOO_COMPAT_SRTP_H
#define PEEKABOO_COMPAT_SRTP_H

#include <srtp2/srtp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* New in version 3. Their values there, 28 and 29, are free in version 2 and within the range of its enum. */
#define srtp_err_status_buffer_small ((srtp_err_status_t)28)
#define srtp_err_status_cryptex_err ((srtp_err_status_t)29)

typedef struct srtp3_policy *srtp3_policy_t;

srtp_err_status_t srtp3_policy_create(srtp3_policy_t *policy);
void srtp3_policy_destroy(srtp3_policy_t policy);
srtp_err_status_t srtp3_policy_set_ssrc(srtp3_policy_t policy, srtp_ssrc_t ssrc);
srtp_err_status_t srtp3_policy_set_profile(srtp3_policy_t policy, srtp_profile_t profile);
srtp_err_status_t srtp3_policy_add_key(srtp3_policy_t policy, const uint8_t *key, size_t key_len, const uint8_t *salt,
                                       size_t salt_len, const uint8_t *mki, size_t mki_len);
srtp_err_status_t srtp3_policy_set_allow_repeat_tx(srtp3_policy_t policy, bool allow);
srtp_err_status_t srtp3_policy_set_window_size(srtp3_policy_t policy, size_t packets);

srtp_err_status_t srtp3_create(srtp_t *session, srtp3_policy_t policy);

/* `out_len` holds the capacity of `out` on entry and the bytes written on success. `out` may be `in`. */
srtp_err_status_t srtp3_protect(srtp_t session, const uint8_t *in, size_t in_len, uint8_t *out, size_t *out_len, size_t mki_index);
srtp_err_status_t srtp3_protect_rtcp(srtp_t session, const uint8_t *in, size_t in_len, uint8_t *out, size_t *out_len,
                                     size_t mki_index);
srtp_err_status_t srtp3_unprotect(srtp_t session, const uint8_t *in, size_t in_len, uint8_t *out, size_t *out_len);
srtp_err_status_t srtp3_unprotect_rtcp(srtp_t session, const uint8_t *in, size_t in_len, uint8_t *out, size_t *out_len);

#ifndef PEEKABOO_SRTP_IMPLEMENTATION
#define srtp_policy_t srtp3_policy_t
#define srtp_policy_create srtp3_policy_create
#define srtp_policy_destroy srtp3_policy_destroy
#define srtp_policy_set_ssrc srtp3_policy_set_ssrc
#define srtp_policy_set_profile srtp3_policy_set_profile
#define srtp_policy_add_key srtp3_policy_add_key
#define srtp_policy_set_allow_repeat_tx srtp3_policy_set_allow_repeat_tx
#define srtp_policy_set_window_size srtp3_policy_set_window_size
#define srtp_create srtp3_create
#define srtp_protect srtp3_protect
#define srtp_protect_rtcp srtp3_protect_rtcp
#define srtp_unprotect srtp3_unprotect
#define srtp_unprotect_rtcp srtp3_unprotect_rtcp
/* Only renamed: both want the SSRC in network byte order. */
#define srtp_stream_remove srtp_remove_stream
#endif

#ifdef __cplusplus
}
#endif

#endif
