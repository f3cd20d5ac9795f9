/* plan_jail_trim.c - what a jail can do without, by the names that make.conf(5)
 * had for it: NO_TOOLCHAIN is "toolchain".
 *
 * Paths of all releases with jails; what a release does not have is not there
 * to be taken away.  What is left must still start and be of use, so locales,
 * time zones, terminals and shared libraries stay.
 */
#include "plan_jails.h"

#include <string.h>

static const struct { const char *name, *paths; } trims[] = {
	{ "acpi", "/usr/sbin/acpi* /usr/sbin/iasl" },
	{ "atm", "/sbin/atm /sbin/atmconfig /sbin/fore_dnld /sbin/ilmid /usr/sbin/atmarpd /usr/sbin/scspd /usr/bin/sscop" },
	{ "authpf", "/usr/sbin/authpf*" },
	{ "bind", "/usr/sbin/named* /usr/sbin/rndc* /usr/sbin/lwresd /usr/sbin/dnssec-* /usr/bin/dig /usr/bin/nslookup "
	    "/usr/bin/nsupdate /etc/namedb /var/named" },
	{ "bluetooth", "/usr/sbin/hccontrol /usr/sbin/hcsecd /usr/sbin/hcseriald /usr/sbin/l2control /usr/sbin/l2ping "
	    "/usr/sbin/rfcomm_pppd /usr/sbin/sdpcontrol /usr/sbin/sdpd /usr/sbin/bt3cfw /usr/sbin/bcmfw /usr/sbin/bthid* "
	    "/usr/sbin/bluetooth-config /usr/sbin/ath3kfw /usr/sbin/iwmbtfw /usr/bin/bthost /usr/bin/btsockstat "
	    "/usr/bin/rfcomm_sppd /etc/bluetooth" },
	{ "boot", "/boot/*" },
	{ "cvs", "/usr/bin/cvs* /usr/share/examples/cvs*" },
	{ "cxx", "/usr/bin/c++* /usr/bin/g++* /usr/bin/CC /usr/bin/clang++ /usr/include/c++ /usr/libexec/cc1plus" },
	{ "fortran", "/usr/bin/f77 /usr/bin/g77 /usr/libexec/f771 /usr/lib/libg2c* /usr/include/g2c.h" },
	{ "games", "/usr/games /usr/share/games /var/games /usr/bin/fortune /usr/bin/strfile /usr/bin/unstr" },
	{ "gdb", "/usr/bin/gdb* /usr/bin/kgdb /usr/libexec/gdb /usr/libexec/kgdb /usr/bin/lldb* /usr/lib/liblldb*" },
	{ "gpib", "/usr/lib/libgpib* /usr/include/gpib" },
	{ "i4b", "/usr/sbin/isdn* /usr/sbin/ispppcontrol /etc/isdn" },
	{ "info", "/usr/share/info" },
	{ "ipfilter", "/sbin/ipf /sbin/ipfs /sbin/ipfstat /sbin/ipftest /sbin/ipmon /sbin/ipnat /sbin/ippool /sbin/ipresend" },
	{ "lpr", "/usr/bin/lp /usr/bin/lpq /usr/bin/lpr /usr/bin/lprm /usr/bin/lptest /usr/sbin/lpc /usr/sbin/lpd "
	    "/usr/sbin/lptcontrol /usr/sbin/chkprintcap /usr/sbin/pac /usr/libexec/lpr" },
	{ "mailwrapper", "/usr/sbin/mailwrapper /usr/sbin/sendmail /usr/bin/mailq /usr/bin/newaliases /usr/bin/hoststat "
	    "/usr/bin/purgestat /usr/sbin/hoststat /usr/sbin/purgestat /etc/mail/mailer.conf" },
	{ "man", "/usr/share/man /usr/share/openssl/man" },
	{ "netcat", "/usr/bin/nc" },
	{ "nis", "/usr/bin/ypcat /usr/bin/ypmatch /usr/bin/ypwhich /usr/sbin/yp* /usr/sbin/rpc.yp* /usr/libexec/yp* /var/yp" },
	{ "pf", "/sbin/pfctl /sbin/pflogd /usr/sbin/ftp-proxy /usr/libexec/ftp-proxy /usr/libexec/tftp-proxy /usr/share/examples/pf" },
	{ "sendmail", "/usr/libexec/sendmail /usr/libexec/mail.local /usr/libexec/smrsh /usr/share/sendmail /usr/sbin/editmap "
	    "/usr/sbin/mailstats /usr/sbin/makemap /usr/sbin/praliases /usr/bin/vacation" },
	{ "share", "/usr/share/calendar /usr/share/dict /usr/share/examples /usr/share/groff_font /usr/share/me /usr/share/mk "
	    "/usr/share/pcvt /usr/share/snmp /usr/share/syscons /usr/share/tmac /usr/share/vt" },
	{ "sharedocs", "/usr/share/doc" },
	{ "toolchain", "/usr/bin/cc /usr/bin/gcc* /usr/bin/gcpp /usr/bin/cpp* /usr/bin/c89 /usr/bin/c99 /usr/bin/c17 /usr/bin/clang* "
	    "/usr/bin/llvm-* /usr/bin/as /usr/bin/ld /usr/bin/ld.* /usr/bin/lld* /usr/bin/ar /usr/bin/ranlib /usr/bin/nm "
	    "/usr/bin/objdump /usr/bin/objcopy /usr/bin/strip /usr/bin/size /usr/bin/strings /usr/bin/readelf "
	    "/usr/bin/addr2line /usr/bin/elf* /usr/bin/gprof /usr/bin/gcov* /usr/bin/gasp /usr/libexec/cc1* "
	    "/usr/libexec/elf /usr/include /usr/lib/*.a /usr/lib/*.o /usr/lib/clang" },
	{ "usb", "/usr/sbin/usbd /usr/sbin/usbdevs /usr/sbin/usbdump /usr/sbin/usbconfig /usr/sbin/uhsoctl "
	    "/usr/bin/usbhid* /etc/usbd.conf" },
	{ "vinum", "/sbin/gvinum /sbin/vinum" },
};
#define N_TRIM	(sizeof(trims) / sizeof(trims[0]))

/* From the jail's root, and neither all of it nor out of it. */
static bool
is_pattern(const char *s)
{
	size_t plain = strcspn(s, "*?[]");

	if (s[0] != '/' || strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "._+@/-*?[]") != strlen(s) || strstr(s, "/..") != NULL || strstr(s, "//") != NULL)
		return false;
	return plain > 1 && strlen(s) < 256;
}

static bool
is_trim(const char *s)
{
	for (size_t i = 0; i < N_TRIM; i++)
		if (strcmp(trims[i].name, s) == 0)
			return true;
	return *s == '/' ? is_pattern(s) : strcmp(s, "all") == 0;
}

static const char *
one(struct pb *b, const struct jail *j, size_t no)
{
	return pb_value(b, j->c->head.mark, j->where, j->c->trim[no], is_trim,
	    "a path below the jail's root, nor one of the names that provd-profile(5) has for trim");
}

bool
jail_trims(struct pb *b, const struct jail *j, const char *name)
{
	const char *s;

	for (size_t i = 0; i < j->c->n_trim; i++) {
		s = one(b, j, i);
		if (strcmp(s, name) == 0 || strcmp(s, "all") == 0)
			return true;
	}
	return false;
}

const char *
jail_trim(struct pb *b, const struct jail *j, const char **ret_note)
{
	struct buf t = { 0 }, note = { 0 };
	const char *s;

	for (size_t i = 0; i < j->c->n_trim; i++) {
		s = one(b, j, i);
		buf_printf(&note, " %s", s);
		if (*s == '/')
			buf_printf(&t, " %s", s);
		for (size_t k = 0; k < N_TRIM; k++)
			if (strcmp(s, trims[k].name) == 0 || strcmp(s, "all") == 0)
				buf_printf(&t, " %s", trims[k].paths);
	}
	*ret_note = pb_keep(b, &note);
	return pb_keep(b, &t);
}
