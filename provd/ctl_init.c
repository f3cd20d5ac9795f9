/* ctl_init.c - provctl init: five questions become a provd.yaml that is accepted.
 *
 * An answer is an option's, else a line of standard input, else the default; on
 * a terminal one that is wrong is asked for again. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_found.h"
#include "provctl.h"
#include "settings.h"
#include "setup.h"

#define MEDIA		"/srv/provd/media"
#define ANSWER		600u

struct talk {
	const struct ctl_opt *opt;
	bool		 tty, asks;	/* asks: standard input is read */
	const char	*media;
	struct found_if	 ifs[FOUND_MAX];
	struct found_tree trees[FOUND_MAX];
	struct found_profile profiles[FOUND_MAX];
	size_t		 n_if, n_tree, n_profile;
	const struct found_if *on;
	struct found_tree tree;
	struct found_profile profile;
	struct setup_host host;
	char		 tree_name[64];
	struct setup	 said;
};

struct question {
	const char	*text, *option;		/* the option that answers it */
	void		(*show)(const struct talk *);
	const char	*(*propose)(const struct talk *);	/* NULL: there is none */
	/* NULL: taken.  Else why not, in `why`. */
	const char	*(*take)(struct talk *, const char *answer, char why[ANSWER]);
};

static const char *refuse(char why[ANSWER], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static const char *
refuse(char why[ANSWER], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, ANSWER, fmt, ap);
	va_end(ap);
	return why;
}

static bool
is_none(const char *s)
{
	return s[0] == '\0' || strcmp(s, "none") == 0;
}

/* 1: the interface ---------------------------------------------------------------- */

static void
show_interfaces(const struct talk *t)
{
	for (size_t i = 0; i < t->n_if; i++) {
		const struct found_if *f = &t->ifs[i];
		char ip[IP4_STRLEN], net[24] = "no IPv4 address";

		if (f->os.addr != 0)
			snprintf(net, sizeof(net), "%s/%u", ip4_str(f->os.addr, ip), f->os.net.plen);
		printf("  %-15s %-18s %s", f->os.name, net, f->os.up ? "" : "is down");
		if (f->others == PROBE_OTHER)
			printf("another DHCP server answers: %s", ip4_str(f->server, ip));
		else if (f->others == PROBE_ALONE)
			printf("no DHCP server answers");
		putchar('\n');
	}
}

/* Where machines to be installed are is most often where nobody answers yet. */
static const char *
propose_interface(const struct talk *t)
{
	const char *any = NULL;

	for (size_t i = 0; i < t->n_if; i++) {
		if (t->ifs[i].os.addr == 0)
			continue;
		if (t->ifs[i].others == PROBE_ALONE)
			return t->ifs[i].os.name;
		if (any == NULL)
			any = t->ifs[i].os.name;
	}
	return any;
}

static const char *
take_interface(struct talk *t, const char *answer, char why[ANSWER])
{
	for (size_t i = 0; i < t->n_if; i++)
		if (strcmp(t->ifs[i].os.name, answer) == 0)
			t->on = &t->ifs[i];
	if (t->on == NULL || strcmp(t->on->os.name, answer) != 0)
		return refuse(why, "there is no interface %s that is up or has an address", answer);
	if (t->on->os.addr == 0)
		return refuse(why, "%s has no IPv4 address; give it one first", answer);
	t->said.interface = t->on->os.name;
	return NULL;
}

/* 2: the mode ---------------------------------------------------------------------- */

static const char *const modes[][2] = {
	{ "reservation", "hosts of the file get addresses and boot files, others silence" },
	{ "authoritative", "everybody gets an address; not where another server answers" },
	{ "proxy", "another server gives the addresses, provd says what to boot" },
	{ "observe", "nothing is sent; what would be is shown" },
	{ "off", "no DHCP" },
};
#define N_MODES	(sizeof(modes) / sizeof(modes[0]))

static void
show_modes(const struct talk *t)
{
	char ip[IP4_STRLEN];

	for (size_t i = 0; i < N_MODES; i++)
		printf("  %-15s %s\n", modes[i][0], modes[i][1]);
	if (t->on->others == PROBE_OTHER)
		printf("  On %s another server answers, %s: proxy lives beside it.\n", t->on->os.name,
		    ip4_str(t->on->server, ip));
}

static const char *
propose_mode(const struct talk *t)
{
	return t->on->others == PROBE_OTHER ? "proxy" : "reservation";
}

static const char *
take_mode(struct talk *t, const char *answer, char why[ANSWER])
{
	for (size_t i = 0; i < N_MODES; i++)
		if (strcmp(modes[i][0], answer) == 0) {
			t->said.mode = modes[i][0];
			return NULL;
		}
	return refuse(why, "there is no mode %s: reservation, authoritative, proxy, observe or off", answer);
}

/* 3: the tree ------------------------------------------------------------------------ */

static void
show_trees(const struct talk *t)
{
	char text[160];

	for (size_t i = 0; i < t->n_tree; i++) {
		release_id_text(&t->trees[i].id, text);
		printf("  %-15s %s\n", t->trees[i].name, text);
	}
	printf("  One of %s, or the path of a directory or image%s; none: later.\n", t->media,
	    t->n_tree == 0 ? " (there is none yet)" : "");
}

static const char *
propose_tree(const struct talk *t)
{
	return t->n_tree > 0 ? t->trees[0].name : "none";
}

static const char *
take_tree(struct talk *t, const char *answer, char why[ANSWER])
{
	char text[200] = "";

	t->said.tree = t->said.tree_path = NULL;
	if (is_none(answer))
		return NULL;
	for (size_t i = 0; i < t->n_tree; i++)
		if (strcmp(t->trees[i].name, answer) == 0) {
			t->tree = t->trees[i];
			t->said.tree = t->tree.name;
			return NULL;
		}
	if (strlen(answer) >= sizeof(t->tree.path))
		return refuse(why, "the path is too long");
	if (answer[0] != '/')
		return refuse(why, "there is no tree %s in %s, and it is no absolute path", answer, t->media);
	if (!found_tree(answer, &t->tree, text))
		return refuse(why, "%s%s%s", strncmp(text, answer, strlen(answer)) == 0 ? "" : answer,
		    strncmp(text, answer, strlen(answer)) == 0 ? "" : ": ", text);
	t->said.tree = t->said.tree_path = t->tree.path;	/* its name: with the profile */
	return NULL;
}

/* 4: the profile ----------------------------------------------------------------------- */

static bool
fits(const struct talk *t, const struct found_profile *p)
{
	return t->said.tree == NULL ? p->tree[0] == '\0' : p->os == t->tree.id.os;
}

static void
show_profiles(const struct talk *t)
{
	for (size_t i = 0; i < t->n_profile; i++)
		if (fits(t, &t->profiles[i]))
			printf("  %-15s %s\n", t->profiles[i].name, t->profiles[i].text);
	puts("  One of these, or the path of your own; none: later.");
}

/* What suits the tree: ZFS where the release's loader knows it, the page of 6.2
 * where it has no gpart. */
static const char *
propose_profile(const struct talk *t)
{
	const char *want = t->said.tree == NULL ? "none" :
	    t->tree.id.os == RELEASE_LINUX ? "debian" :
	    t->tree.id.major >= 13 || t->tree.id.major == 0 ? "freebsd-zfs" :
	    t->tree.id.major >= 9 ? "freebsd-ufs" : "freebsd-6-ufs";

	for (size_t i = 0; i < t->n_profile; i++)
		if (strcmp(t->profiles[i].name, want) == 0 && fits(t, &t->profiles[i]))
			return t->profiles[i].name;
	return "none";
}

/* Who names a tree in his profile means it by that name. */
static void
name_tree(struct talk *t)
{
	const char *own = t->said.profile != NULL ? t->profile.tree : "";

	if (own[0] == '\0' && t->tree.name[0] != '\0' && !t->tree.iso)
		snprintf(t->tree_name, sizeof(t->tree_name), "%s", t->tree.name);
	else if (own[0] == '\0')
		setup_tree_name(t->tree.path, t->tree_name);
	else
		snprintf(t->tree_name, sizeof(t->tree_name), "%s", own);
	t->said.tree = t->tree_name;
	t->said.tree_path = !t->tree.iso && strcmp(t->tree_name, t->tree.name) == 0 ?
	    NULL : t->tree.path;
	t->said.iso = t->tree.iso;
	t->said.name_tree = own[0] == '\0';
}

static const char *
take_profile(struct talk *t, const char *answer, char why[ANSWER])
{
	char mistake[512], text[160];

	t->said.profile = t->said.profile_path = NULL;
	memset(&t->profile, 0, sizeof(t->profile));
	for (size_t i = 0; i < t->n_profile; i++)
		if (strcmp(t->profiles[i].name, answer) == 0)
			t->profile = t->profiles[i];
	if (!is_none(answer) && t->profile.name[0] == '\0') {
		if (answer[0] != '/')
			return refuse(why, "there is no profile %s in %s, and it is no absolute path",
			    answer, PROVD_DATA "/profiles");
		if (!found_profile(answer, &t->profile, mistake))
			return refuse(why, "%s", mistake);
	}
	if (!is_none(answer) && t->said.tree == NULL && t->profile.tree[0] != '\0')
		return refuse(why, "profile %s installs from a tree: say which", t->profile.name);
	if (!is_none(answer) && t->said.tree != NULL && t->profile.os != t->tree.id.os) {
		release_id_text(&t->tree.id, text);
		return refuse(why, "profile %s installs %s, and the tree is %s", t->profile.name,
		    t->profile.os == RELEASE_LINUX ? "Linux" : "FreeBSD", text);
	}
	if (!is_none(answer)) {
		t->said.profile = t->profile.name;
		t->said.profile_path = t->profile.path;
	}
	if (t->said.tree != NULL)
		name_tree(t);
	return NULL;
}

/* 5: a host ------------------------------------------------------------------------------- */

static void
show_host(const struct talk *t)
{
	(void)t;
	puts("  NAME MAC, or NAME MAC ADDRESS, as: web1 52:54:00:12:34:56; none: later.");
}

static const char *
propose_host(const struct talk *t)
{
	(void)t;
	return "none";
}

static const char *
take_host(struct talk *t, const char *answer, char why[ANSWER])
{
	char text[160], net[NET4_STRLEN];

	t->said.host = NULL;
	if (is_none(answer))
		return NULL;
	if (!setup_host(answer, &t->host, text))
		return refuse(why, "%s", text);
	if (t->host.addr != 0 && !net4_is_host(t->on->os.net, t->host.addr))
		return refuse(why, "the address is none of %s's network %s", t->on->os.name,
		    net4_str(t->on->os.net, net));
	t->said.host = &t->host;
	return NULL;
}

static const struct question questions[] = {
	{ "Interface", "interface", show_interfaces, propose_interface, take_interface },
	{ "Mode", "mode", show_modes, propose_mode, take_mode },
	{ "Tree", "tree", show_trees, propose_tree, take_tree },
	{ "Profile", "profile", show_profiles, propose_profile, take_profile },
	{ "First host", "host", show_host, propose_host, take_host },
};
#define N_QUESTIONS	(sizeof(questions) / sizeof(questions[0]))

/* The conversation ----------------------------------------------------------------------- */

/* Without the blanks around it; false: standard input has ended. */
static bool
read_line(char ret[ANSWER])
{
	char line[ANSWER];
	size_t n, from;

	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	if (strchr(line, '\n') == NULL)		/* the rest of a line that is too long */
		for (int c = getchar(); c != '\n' && c != EOF; c = getchar())
			;
	from = strspn(line, " \t\r\n");
	for (n = strlen(line); n > from && strchr(" \t\r\n", line[n - 1]) != NULL; n--)
		;
	snprintf(ret, ANSWER, "%.*s", (int)(n - from), line + from);
	return true;
}

/* The answer to a question that no option answers; NULL: there is none. */
static const char *
ask(struct talk *t, const struct question *q, char line[ANSWER])
{
	const char *proposal = q->propose(t);

	if (t->tty) {
		printf("%s%s%s%s: ", q->text, proposal != NULL ? " [" : "",
		    proposal != NULL ? proposal : "", proposal != NULL ? "]" : "");
		fflush(stdout);
	}
	if (t->asks && !read_line(line)) {
		t->asks = false;
		if (t->tty) {
			putchar('\n');
			return NULL;
		}
	}
	if (t->asks && line[0] != '\0')
		return line;
	if (proposal == NULL)
		fprintf(stderr, "provctl: %s: nothing can be proposed here; say --%s\n", q->text,
		    q->option);
	return proposal;
}

static bool
settle(struct talk *t, size_t i, const char *option)
{
	const struct question *q = &questions[i];
	char line[ANSWER], why[ANSWER];
	const char *answer = option;

	if (t->tty && option == NULL) {
		printf("\n%zu of %zu: %s\n", i + 1, N_QUESTIONS, q->text);
		q->show(t);
	}
	for (;;) {
		if (option == NULL && (answer = ask(t, q, line)) == NULL)
			return false;
		if (q->take(t, answer, why) == NULL)
			return true;
		if (option != NULL || !t->tty) {
			fprintf(stderr, "provctl: --%s: %s\n", q->option, why);
			return false;
		}
		printf("  %s\n", why);
	}
}

/* Writing -------------------------------------------------------------------------------- */

enum there { THERE_NOT, THERE_UNTOUCHED, THERE_OWN };

static enum there
what_is_there(const char *file)
{
	char line[sizeof(SETUP_UNTOUCHED)] = "";
	FILE *f = fopen(file, "r");

	if (f == NULL)
		return errno == ENOENT ? THERE_NOT : THERE_OWN;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	fclose(f);
	return strcmp(line, SETUP_UNTOUCHED) == 0 ? THERE_UNTOUCHED : THERE_OWN;
}

/* Before the first question: whoever has answered five wants to keep that. */
static bool
may_write(const struct talk *t, const char *file)
{
	char line[ANSWER];

	if (t->opt->replace || what_is_there(file) != THERE_OWN)
		return true;
	if (t->tty) {
		printf("%s is there; it would be kept as %s.old.  Replace it? [y/N] ", file, file);
		fflush(stdout);
		if (read_line(line) && (line[0] == 'y' || line[0] == 'Y'))
			return true;
	}
	fprintf(stderr, "provctl: %s is there; --replace replaces it and keeps it as %s.old\n", file,
	    file);
	return false;
}

static int
write_new(const char *file, const struct buf *b)
{
	int fd, r = 0;

	(void)unlink(file);
	if ((fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) == -1)
		return -errno;
	errno = EIO;
	if (write(fd, b->p, b->len) != (ssize_t)b->len || fsync(fd) == -1)
		r = -errno;
	if (close(fd) == -1 && r == 0)
		r = -errno;
	return r;
}

/* What was there stays as FILE.old, unless it was the package's. */
static int
put_in_place(const char *new, const char *file)
{
	struct buf old = { 0 };
	int r = 0;

	buf_printf(&old, "%s.old", file);
	if (old.err != 0)
		r = old.err;
	else if (what_is_there(file) == THERE_OWN) {
		(void)unlink(old.p);
		if (link(file, old.p) == -1)
			r = -errno;
	}
	if (r == 0 && rename(new, file) == -1)
		r = -errno;
	buf_free(&old);
	return r;
}

static int
write_checked(const char *file, const struct buf *yaml)
{
	struct buf new = { 0 }, errors = { 0 };
	struct settings *set = NULL;
	int r;

	buf_printf(&new, "%s.new", file);
	if ((r = new.err) == 0 && (r = write_new(new.p, yaml)) == 0) {
		r = settings_load(new.p, NULL, 0, &set, &errors);
		if (r < 0 && errors.p != NULL)
			fputs(errors.p, stderr);
		settings_unref(set);
		if (r == 0)
			r = put_in_place(new.p, file);
		if (r < 0)
			(void)unlink(new.p);
	}
	if (r < 0)
		fprintf(stderr, "provctl: %s: %s; nothing was changed\n", file,
		    errors.p != NULL ? "provd would not accept it" : strerror(-r));
	buf_free(&new);
	buf_free(&errors);
	return r;
}

static void
say_next(const struct talk *t, const char *file)
{
	const struct setup *s = &t->said;
	bool own = strcmp(file, PROVD_CONFIG) != 0;
	const char *user = getpwnam("provd") != NULL ? "" :
#ifdef __FreeBSD__
	    "pw useradd provd && ";
#else
	    "useradd --system provd && ";
#endif

	printf("%s is written, and provd accepts it.  Next:\n", file);
	if (s->tree == NULL)
		puts("  provctl media add DISC.iso NAME    # a release; then name it in the file");
	else if (t->tree.id.os == RELEASE_LINUX && s->boot_programs == NULL)
		puts("  get pxelinux.0, ldlinux.c32, ipxe.efi # for Linux; their directory is `boot-programs`");
	else
		printf("  provd -T%s%s    # the same with every default\n", own ? " -f " : "", own ? file : "");
	if (own)
		printf("  %sprovd -f %s\n", user, file);
	else
#ifdef __FreeBSD__
		printf("  %ssysrc provd_enable=YES && service provd start\n", user);
#else
		printf("  %ssystemctl enable --now provd\n", user);
#endif
	if (s->host != NULL && s->profile != NULL && s->tree != NULL)
		printf("  provctl plan %s; provctl arm %s; provctl watch    # then turn it on\n",
		    s->host->name, s->host->name);
	else
		puts("  provctl watch    # machines that ask are shown, and why they get no answer");
}

static int
talk(struct talk *t)
{
	const struct ctl_opt *opt = t->opt;
	const char *given[N_QUESTIONS] = { opt->interface, opt->mode, opt->tree, opt->profile, opt->host };
	struct buf yaml = { 0 };
	int r = -EINVAL;

	t->n_if = found_interfaces(t->ifs);
	t->n_tree = found_trees(t->media, t->trees);
	t->n_profile = found_profiles(PROVD_DATA "/profiles", t->profiles);
	if (opt->interface == NULL || opt->mode == NULL) {
		if (t->tty)
			puts("Looking for other DHCP servers (3 seconds)...");
		found_servers(t->ifs, t->n_if);
	}
	for (size_t i = 0; i < N_QUESTIONS; i++)
		if (!settle(t, i, given[i]))
			return USAGE;
	t->said.media = t->media;
	t->said.boot_programs = found_boot_programs();
	setup_yaml(&t->said, &yaml);
	if (yaml.err == 0 && (r = write_checked(opt->config, &yaml)) == 0)
		say_next(t, opt->config);
	buf_free(&yaml);
	return r == 0 ? DONE : REFUSED;
}

int
ctl_init(const struct ctl_opt *opt, int n, char **arg)
{
	struct talk *t = calloc(1, sizeof(*t));
	int r = REFUSED;

	(void)n;
	(void)arg;
	if (t == NULL)
		return r;
	t->opt = opt;
	t->asks = !opt->yes;
	t->tty = t->asks && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	t->media = opt->dir != NULL ? opt->dir : MEDIA;
	if (t->media[0] != '/')
		fprintf(stderr, "provctl: --dir: say an absolute path\n");
	else if (may_write(t, opt->config))
		r = talk(t);
	free(t);
	return r;
}
