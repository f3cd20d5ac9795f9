/* os_udp.c - UDP to one peer, and several datagrams at once. */
#include <net/if.h>
#include <errno.h>
#include <ifaddrs.h>
#include <string.h>
#include <unistd.h>

#include "os_int.h"

#define BATCH	64u

int
os_udp_connect(const struct os_dgram *d, int *ret_fd)
{
	struct sockaddr_in peer = os_sin(d->peer, d->peer_port);
	int fd, r;

	if ((r = os_udp(d->local, 0, &(const struct os_udp_opt){ 0 }, &fd)) < 0)
		return r;
	if (connect(fd, (const struct sockaddr *)&peer, sizeof(peer)) == -1) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

uint32_t
os_mtu_at(uint32_t addr)
{
	struct ifaddrs *all, *ifa;
	struct sockaddr_in sin;
	struct os_iface i;
	char name[sizeof(i.name)] = "";

	if (getifaddrs(&all) == -1)
		return 0;
	for (ifa = all; ifa != NULL && name[0] == '\0'; ifa = ifa->ifa_next) {
		if (ifa->ifa_addr == NULL || ifa->ifa_addr->sa_family != AF_INET ||
		    strlen(ifa->ifa_name) >= sizeof(name))
			continue;
		memcpy(&sin, ifa->ifa_addr, sizeof(sin));
		if (ntohl(sin.sin_addr.s_addr) == addr)
			strcpy(name, ifa->ifa_name);
	}
	freeifaddrs(all);
	name[strcspn(name, ":")] = '\0';
	return name[0] != '\0' && os_iface(name, &i) == 0 ? i.mtu : 0;
}

uint32_t
os_path_mtu(int fd)
{
#ifdef IP_MTU
	int mtu;
	socklen_t len = sizeof(mtu);

	return getsockopt(fd, IPPROTO_IP, IP_MTU, &mtu, &len) == 0 && mtu > 0 ?
	    (uint32_t)mtu : 0;
#else
	struct sockaddr_in sin = os_sin(0, 0);
	socklen_t len = sizeof(sin);

	return getsockname(fd, (struct sockaddr *)&sin, &len) == 0 ?
	    os_mtu_at(ntohl(sin.sin_addr.s_addr)) : 0;
#endif
}

static int
send_batch(int fd, struct mmsghdr *m, unsigned n)
{
	unsigned done = 0;
	ssize_t r;

	while (done < n) {
		r = sendmmsg(fd, m + done, n - done, MSG_NOSIGNAL);
		if (r > 0)
			done += (unsigned)r;
		else if (r == -1 && errno != EINTR)
			return -errno;
	}
	return 0;
}

int
os_send_each(int fd, const void *buf, size_t len, size_t seg,
    const struct os_dgram *d)
{
	struct mmsghdr m[BATCH];
	struct iovec iov[BATCH];
	const uint8_t *p = buf;
	unsigned n = 0;
	int r;

	for (size_t at = 0; at < len; at += seg) {
		size_t size = len - at < seg ? len - at : seg;

		if (d != NULL) {
			if ((r = os_send(fd, p + at, size, d)) < 0)
				return r;
			continue;
		}
		memcpy(&iov[n].iov_base, &(const void *){ p + at }, sizeof(void *));
		iov[n].iov_len = size;
		m[n] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &iov[n],
		    .msg_iovlen = 1 } };
		n++;
		if (n == BATCH || at + size == len) {
			if ((r = send_batch(fd, m, n)) < 0)
				return r;
			n = 0;
		}
	}
	return 0;
}
