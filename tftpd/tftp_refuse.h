/* tftp_refuse.h - which requests are refused, and how that is said.
 *
 * Firmware shows the text of an ERROR on the screen, so it names the cause.
 * Pure.  Layer: tftpd, policy.
 */
#ifndef TFTPD_TFTP_REFUSE_H
#define TFTPD_TFTP_REFUSE_H

#include <stdbool.h>

#include "tftp_msg.h"

struct tftp_refusal {
	uint16_t	 code;		/* enum tftp_code */
	const char	*text;
};

/* A request that no file could satisfy: false. */
bool	tftp_acceptable(const struct tftp_msg *, struct tftp_refusal *ret);
/* What to say when finding, opening or reading gave this negative errno. */
struct tftp_refusal tftp_refusal_of(int r);
/* A name that boot programs try by habit and do not miss. */
bool	tftp_expected_miss(const char *file);

#endif /* TFTPD_TFTP_REFUSE_H */
