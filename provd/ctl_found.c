/* ctl_found.c - what provctl init finds on this machine. */
#include <sys/stat.h>
#include <dirent.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../dhcpd/dhcp_frame.h"
#include "../lib/clock.h"
#include "../profiles/profile.h"
#include "../tree/tree.h"
#include "ctl_found.h"

#define LISTEN_MS	3000	/* some look for a second whether the address is free */

/* Interfaces ------------------------------------------------------------------ */

static bool
is_known(const struct found_if *f, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(f[i].os.name, name) == 0)
			return true;
	return false;
}

size_t
found_interfaces(struct found_if ret[FOUND_MAX])
{
	struct ifaddrs *all = NULL;
	size_t n = 0;

	if (getifaddrs(&all) == -1)
		return 0;
	for (const struct ifaddrs *a = all; a != NULL && n < FOUND_MAX; a = a->ifa_next) {
		struct found_if *f = &ret[n];

		if ((a->ifa_flags & IFF_LOOPBACK) != 0 || is_known(ret, n, a->ifa_name))
			continue;
		memset(f, 0, sizeof(*f));
		(void)os_iface(a->ifa_name, &f->os);
		f->others = PROBE_DEAF;
		if (f->os.name[0] != '\0' && (f->os.addr != 0 || f->os.up))
			n++;
	}
	freeifaddrs(all);
	return n;
}

struct asked {
	struct dhcp_probe probe;
	struct os_tap	*tap;
	int		 raw;
};

static void
ask(struct asked *a, const struct found_if *f)
{
	static const struct mac everybody = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	uint8_t packet[DHCP_MSG_MAX];
	int len = probe_packet(&a->probe, f->os.mac, packet);

	if (len > 0)
		(void)os_raw_udp(a->raw, &f->os, everybody, 0, 68, 0xffffffff, 67, packet, (size_t)len);
}

static void
hear(struct asked *a, struct found_if *f, struct dhcp_msg *m)
{
	struct dhcp_frame frame;
	const uint8_t *p;
	uint32_t id;
	ssize_t n;

	while ((n = os_tap_read(a->tap, &p)) >= 0) {
		if (dhcp_frame_read(p, (size_t)n, &frame) < 0 || frame.kind != FRAME_UDP ||
		    frame.dport != 68 || dhcp_parse(frame.payload, frame.len, m) < 0)
			continue;
		id = frame.addr;
		(void)dhcp_opt_u32(m, DHO_DHCP_SERVER_IDENTIFIER, &id);
		if (probe_heard(&a->probe, clock_ms(), m, f->os.mac, id, frame.mac))
			f->server = id;
	}
}

void
found_servers(struct found_if *f, size_t n)
{
	struct asked a[FOUND_MAX] = { 0 };
	struct pollfd fds[FOUND_MAX] = { 0 };
	struct dhcp_msg *m = malloc(sizeof(*m));
	int64_t end = clock_ms() + LISTEN_MS, now;
	uint32_t xid = 0;
	size_t open = 0;

	if (m == NULL)
		return;
	(void)os_random(&xid, sizeof(xid));
	for (size_t i = 0; i < n; i++) {
		a[i].raw = fds[i].fd = -1;
		if (!f[i].os.up || mac_is_zero(f[i].os.mac) ||
		    os_tap_open(f[i].os.name, 68, &a[i].tap) < 0 ||
		    os_raw_open(f[i].os.name, &a[i].raw) < 0)
			continue;
		fds[i] = (struct pollfd){ .fd = os_tap_fd(a[i].tap), .events = POLLIN };
		probe_start(&a[i].probe, clock_ms(), LISTEN_MS, xid + (uint32_t)i * 16);
		open++;
	}
	while (open > 0 && (now = clock_ms()) < end) {
		for (size_t i = 0; i < n; i++)
			if (a[i].raw != -1 && probe_run(&a[i].probe, now))
				ask(&a[i], &f[i]);
		(void)poll(fds, (nfds_t)n, (int)(end - now < 100 ? end - now : 100));
		for (size_t i = 0; i < n; i++)
			if ((fds[i].revents & POLLIN) != 0)
				hear(&a[i], &f[i], m);
	}
	for (size_t i = 0; i < n; i++) {
		if (a[i].raw != -1) {
			f[i].others = a[i].probe.heard ? PROBE_OTHER : PROBE_ALONE;
			close(a[i].raw);
		}
		os_tap_close(a[i].tap);
	}
	free(m);
}

/* Trees ------------------------------------------------------------------------ */

bool
found_tree(const char *path, struct found_tree *ret, char why[200])
{
	static const uint8_t key[16];
	const struct tree_source src = { path };
	struct view v = { .key = key };
	struct tree *t = NULL;
	struct stat st;
	bool good;

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->path, sizeof(ret->path), "%s", path);
	if (tree_open("tree", &src, 1, &t, why) < 0)
		return false;
	ret->iso = stat(path, &st) == 0 && S_ISREG(st.st_mode);
	v.tree = t;
	if ((good = release_identify(&v, &ret->id, why) == 0 && ret->id.os != RELEASE_NONE) == false &&
	    why[0] == '\0')
		snprintf(why, 200, "cannot be read");
	tree_unref(t);
	return good;
}

/* What of dir has that ending goes to take; a hidden name is not complete. */
static size_t
each(const char *dir, bool (*take)(void *arg, size_t i, const char *path, const char *name), void *arg)
{
	struct dirent **e = NULL;
	int found = scandir(dir, &e, NULL, alphasort);
	size_t n = 0;

	for (int i = 0; i < found; i++) {
		char path[512];

		if (e[i]->d_name[0] != '.' && n < FOUND_MAX &&
		    (size_t)snprintf(path, sizeof(path), "%s/%s", dir, e[i]->d_name) < sizeof(path) &&
		    take(arg, n, path, e[i]->d_name))
			n++;
		free(e[i]);
	}
	free(e);
	return n;
}

static bool
take_tree(void *arg, size_t i, const char *path, const char *name)
{
	struct found_tree *t = (struct found_tree *)arg + i;
	size_t len = strlen(name);
	struct stat st;
	char why[200] = "";

	if (len > 63 || stat(path, &st) == -1 || !(S_ISDIR(st.st_mode) ||
	    (S_ISREG(st.st_mode) && len > 4 && strcmp(name + len - 4, ".iso") == 0)) ||
	    !found_tree(path, t, why))
		return false;
	memcpy(t->name, name, len + 1);
	return true;
}

size_t
found_trees(const char *media, struct found_tree ret[FOUND_MAX])
{
	return each(media, take_tree, ret);
}

/* Profiles ---------------------------------------------------------------------- */

static void
first_mistake(void *arg, const char *text)
{
	char *why = arg;

	if (why[0] == '\0')
		snprintf(why, 512, "%s", text);
}

bool
found_profile(const char *path, struct found_profile *ret, char why[512])
{
	struct profile *p;

	why[0] = '\0';
	memset(ret, 0, sizeof(*ret));
	if (profile_load(path, &p, first_mistake, why) < 0)
		return false;
	snprintf(ret->path, sizeof(ret->path), "%s", path);
	snprintf(ret->name, sizeof(ret->name), "%s", p->p.name);
	snprintf(ret->text, sizeof(ret->text), "%s", p->p.text != NULL ? p->p.text : "");
	snprintf(ret->tree, sizeof(ret->tree), "%s", p->p.tree != NULL ? p->p.tree : "");
	ret->os = p->p.os == PROFILE_LINUX ? RELEASE_LINUX : RELEASE_FREEBSD;
	profile_unref(p);
	return true;
}

static bool
take_profile(void *arg, size_t i, const char *path, const char *name)
{
	size_t len = strlen(name);
	char why[512];

	return len > 5 && strcmp(name + len - 5, ".yaml") == 0 &&
	    found_profile(path, (struct found_profile *)arg + i, why);
}

size_t
found_profiles(const char *dir, struct found_profile ret[FOUND_MAX])
{
	return each(dir, take_profile, ret);
}

const char *
found_boot_programs(void)
{
	static const char *const dir[] = { "/srv/provd/boot", "/srv/boot", "/srv/tftp",
	    "/usr/local/share/provd/boot" };
	static const char *const file[] = { "pxelinux.0", "ipxe.efi", "undionly.kpxe" };
	char path[128];

	for (size_t i = 0; i < sizeof(dir) / sizeof(dir[0]); i++)
		for (size_t k = 0; k < sizeof(file) / sizeof(file[0]); k++) {
			snprintf(path, sizeof(path), "%s/%s", dir[i], file[k]);
			if (access(path, R_OK) == 0)
				return dir[i];
		}
	return NULL;
}
