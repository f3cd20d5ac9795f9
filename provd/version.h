/* version.h - what the program says of itself. */
#ifndef PROVD_VERSION_H
#define PROVD_VERSION_H

#define PROVD_VERSION	"0.1.0"

/* Set by the Makefile from PREFIX and SYSCONFDIR. */
#ifndef PROVD_CONFIG
#define PROVD_CONFIG	"/etc/provd.yaml"
#endif
#ifndef PROVD_SOCKET
#define PROVD_SOCKET	"/run/provd.sock"
#endif

#endif /* PROVD_VERSION_H */
