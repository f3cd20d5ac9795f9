/* storm_boot.c - the way of a machine from its power switch to its install script. */
#include <sys/socket.h>

#include "storm.h"

#define READ_SIZE	65536u		/* the kernel's */
#define FLIGHT		4u
#define TEXT_MAX	(128u << 10)
#define NOENT		2u
#define DISTRIBUTIONS	"usr/freebsd-dist/"

static bool
ends(const char *s, const char *with)
{
	size_t n = strlen(s), k = strlen(with);

	return n >= k && strcmp(s + n - k, with) == 0;
}

static bool
begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* Component by component; NULL: it is not there. */
const struct fh *
storm_walk(struct machine *m, struct conn *c, const struct fh *root, const char *path,
    struct fh *ret)
{
	const struct fh *at = root;
	uint32_t status;

	while (*path != '\0') {
		size_t n = strcspn(path, "/");

		if ((status = nfs_lookup(c, at, path, n, ret)) == NOENT)
			return NULL;
		if (status != 0)
			storm_fail(m, "LOOKUP %s: status %u", path, status);
		at = ret;
		path += n + (path[n] == '/');
	}
	return at;
}

/* Firmware --------------------------------------------------------------------- */

static void
firmware(struct machine *m)
{
	static const char root[] = "/root/";
	const char *path;
	char file[129];

	storm_dora(m, WHO_FIRMWARE);
	storm_stage(m, ST_DHCP);
	while (begins(m->dhcp.file, ".provd/local/")) {
		m->stage = ST_TURN;
		snprintf(file, sizeof(file), "%s", m->dhcp.file);
		storm_tftp(m, file, NULL);
		if (ends(file, "wait.ipxe")) {
			storm.waited++;
			storm_sleep(m, storm.ask_again_ms * MS);
		}
		storm_dora(m, WHO_IPXE);
	}
	if (m->stage == ST_TURN)
		storm_stage(m, ST_TURN);
	snprintf(file, sizeof(file), "%s", m->dhcp.file);
	if (!begins(file, ".provd/") || (path = strstr(file, root)) == NULL)
		storm_fail(m, "told to boot \"%s\"", file);
	storm_tftp(m, file, storm_original(path + sizeof(root) - 1));
	storm_stage(m, ST_TFTP);
}

/* The loader --------------------------------------------------------------------- */

struct loader { struct machine *m; uint16_t nfsd, mountd, port; uint32_t xid, size; };

/* A socket and a MOUNT for every file that is opened. */
static bool
loader_read(struct loader *l, const char *path, struct fh *ret_root)
{
	const struct original *o = storm_original(path);
	char own[64], text[1024];
	struct conn c;
	struct fh fh;
	bool there;

	if (--l->port < 600)
		l->port = 1023;
	conn_udp(&c, l->m, l->port, l->mountd);
	c.xid = l->xid;
	snprintf(own, sizeof(own), "/.provd/%s/root", l->m->token);
	nfs_mount(&c, own, ret_root);
	c.port = l->nfsd;
	there = storm_walk(l->m, &c, ret_root, path, &fh) != NULL;
	if (there)
		nfs_read_file(&c, &fh, path, l->size, 1, o, text, sizeof(text));
	else if (o != NULL)
		storm_fail(l->m, "%s is not there", path);
	l->xid = c.xid;
	conn_end(&c);
	return there;
}

static void
loader(struct machine *m, struct fh *ret_root)
{
	static const char *const file[] = { "boot/loader.rc", "boot/defaults/loader.conf",
		"boot/loader.conf", "boot/loader.conf.local", "boot/device.hints",
		"boot/kernel/kernel" };
	struct loader l = { .m = m, .port = 1023, .size = 1024 };
	const char *size = strstr(m->dhcp.vars, "nfs.read_size=");
	char path[64];

	if (size != NULL && m->kind != KIND_IPXE_OLD)
		l.size = (uint32_t)strtoul(strchr(size, '=') + 1, NULL, 10);
	l.mountd = conn_getport(m, MOUNT, 17);
	l.nfsd = conn_getport(m, NFS, 17);
	for (size_t i = 0; i < sizeof(file) / sizeof(file[0]); i++) {
		snprintf(path, sizeof(path), "%s.gz", file[i]);
		if (loader_read(&l, path, ret_root))
			continue;
		snprintf(path, sizeof(path), "%s.bz2", file[i]);
		if (!loader_read(&l, path, ret_root) &&
		    !loader_read(&l, file[i], ret_root) && ends(file[i], "/kernel"))
			storm_fail(m, "there is no kernel");
	}
}

/* The kernel ------------------------------------------------------------------------ */

static void
kernel_read(struct machine *m, struct conn *c, const struct fh *root, const char *path,
    char *text, size_t cap)
{
	struct fh fh;

	if (storm_walk(m, c, root, path, &fh) == NULL)
		storm_fail(m, "%s is not there", path);
	nfs_simple(c, 4, &fh);
	nfs_simple(c, 1, &fh);
	nfs_read_file(c, &fh, path, READ_SIZE, FLIGHT, storm_original(path), text, cap);
}

/* Its root by the loader's handle, init and what that runs. */
static void
kernel(struct machine *m, struct conn *c, const struct fh *root, char *text)
{
	static const uint32_t first[] = { 1, 19, 18, 4 };
	char path[96];
	struct fh fh;

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		nfs_simple(c, first[i], root);
	if (storm_walk(m, c, root, ".mount.conf", &fh) != NULL)
		storm_fail(m, ".mount.conf should not be there");
	for (size_t i = 0; i < storm.n_file; i++)
		if (!begins(storm.file[i].path, "boot/") &&
		    !begins(storm.file[i].path, DISTRIBUTIONS))
			kernel_read(m, c, root, storm.file[i].path, NULL, 0);
	snprintf(path, sizeof(path), ".provd/%s/init", m->token);
	kernel_read(m, c, root, path, text, TEXT_MAX);
	snprintf(path, sizeof(path), ".provd/%s/install", m->token);
	memset(text, 0, TEXT_MAX);
	kernel_read(m, c, root, path, text, TEXT_MAX - 1);
}

void
storm_boot(struct machine *m)
{
	char *text = calloc(1, TEXT_MAX);
	struct fh root;
	struct conn c;
	char *own;

	if (text == NULL)
		err(1, "memory");
	firmware(m);
	storm_dora(m, WHO_LOADER);
	own = strstr(m->dhcp.root, ":/.provd/");
	if (own == NULL || strspn(own + 9, "0123456789abcdef") != 32 ||
	    !ends(m->dhcp.root, "/root"))
		storm_fail(m, "root path \"%s\"", m->dhcp.root);
	memcpy(m->token, own + 9, 32);
	storm_stage(m, ST_DHCP2);
	loader(m, &root);
	storm_stage(m, ST_LOADER);
	conn_tcp(&c, m, 1021, 2049);
	kernel(m, &c, &root, text);
	storm_stage(m, ST_ROOT);
	storm_script(m, &c, &root, text);
	conn_end(&c);
	free(text);
}
