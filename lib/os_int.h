/* os_int.h - what the os_*.c files have for each other and for their tests.
 * Errors: negative errno.  Layer: lib.
 */
#ifndef LIB_OS_INT_H
#define LIB_OS_INT_H

#include "os.h"

/* os_open_beneath() component by component, for systems that cannot do it in
 * one call. */
int	os_walk_beneath(int dirfd, const char *path, int flags);
/* -EXDEV for a path that is absolute or has a "..", -ENOENT for "". */
int	os_check_beneath(const char *path);

/* An Ethernet frame around an IPv4 UDP datagram (RFC 791, RFC 768).  Pure.
 * Gives its length, or -EMSGSIZE when it does not fit. */
#define OS_FRAME_OVERHEAD	(14 + 20 + 8)
ssize_t	os_frame_udp(void *buf, size_t cap, struct mac dst_mac, struct mac src_mac,
	    uint32_t src, uint16_t sport, uint32_t dst, uint16_t dport,
	    const void *payload, size_t len);

/* The program of the kernel's packet filter behind os_tap_open(): the same on
 * both systems, but for the struct's name. */
#define OS_TAP_PROGRAM	12
struct os_tap_insn { uint16_t code; uint8_t jt, jf; uint32_t k; };
void	os_tap_program(uint16_t udp_port, struct os_tap_insn ret[OS_TAP_PROGRAM]);

/* Is this a link-layer address, and if so, which MAC? */
bool	os_link_mac(const struct sockaddr *, struct mac *ret);
int	os_set_reuseport(int fd);
/* What is best for answers on a network nearby; every connection accepted has
 * it too.  Where it is not to be had, the system's own choice stays. */
void	os_set_tcp(int fd);
/* Tell the address that was asked; keep to the interface. */
int	os_set_udp(int fd, const struct os_udp_opt *);
struct sockaddr_in os_sin(uint32_t addr, uint16_t port);
/* os_send_many() without the kernel's help. */
int	os_send_each(int fd, const void *buf, size_t len, size_t seg,
	    const struct os_dgram *);
/* Of the interface that has the address; 0: none. */
uint32_t os_mtu_at(uint32_t addr);

#endif /* LIB_OS_INT_H */
