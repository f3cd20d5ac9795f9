/* why_boot.c - reasons: from the boot program to the installed system. */
#include <inttypes.h>
#include <string.h>

#include "why.h"

/* Seconds without a sign of life.  An emulated machine, or a large server that
 * looks at its disks, is slow; nobody is served by a warning that goes away. */
#define QUIET_MISS	20	/* after a file that is not there */
#define QUIET_FIRMWARE	30	/* firmware is never silent for so long */
#define QUIET_STALL	60	/* while a file is read: a packet that is lost is sent again */
#define QUIET_PROGRAM	45
#define QUIET_LOADER	90
#define QUIET_KERNEL	120
#define QUIET_SYSTEM	150
#define QUIET_STEP	180
#define SLOW_TIMES	3
#define SLOW_S		120
#define RETURN_S	900
#define RETURN_SHOWN_S	(6 * 3600)
#define DISK_SHOWN_S	1800
#define BLOCKS_MAX	65535

static int64_t
quiet(const struct why_in *in)
{
	return in->now - in->seen->heard;
}

static bool
is_uefi(const struct seen *s)
{
	enum fw_arch a = firmware_arch(why_fw(s->ack_fw));

	return fw_arch_key(a) != NULL && a != FA_BIOS && a != FA_RPI;
}

/* Its firmware (or what that loaded) has an address, and nothing of a kernel. */
static bool
in_firmware(const struct why_in *in)
{
	return in->seen->kernel_at == 0 && in->seen->root_at == 0;
}

/* The boot program -------------------------------------------------------- */

bool
why_no_file(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return in_firmware(in) && s->fetch_at == 0 && s->boot_file[0] == '\0' &&
	    s->loader_at == 0 && s->mount_at == 0 && s->ack_at >= s->boot_at &&
	    firmware_kind(why_fw(s->ack_fw)) != FK_RPI &&
	    firmware_is_first(why_fw(s->ack_fw)) && quiet(in) >= QUIET_FIRMWARE &&
	    why_say(text, "its firmware (%s) was told no boot file (boot rule %s)",
	    firmware_name(why_fw(s->ack_fw)), s->boot_rule);
}

/* The last that was heard of it: a transfer that came to nothing. */
static bool
failed_last(const struct why_in *in, enum event_cause c, int64_t q)
{
	const struct seen *s = in->seen;

	return s->fail_at != 0 && s->fail_at >= s->boot_at && s->fail_cause == (int64_t)c &&
	    s->fail_at >= s->got_at && s->fail_at >= s->heard && in_firmware(in) &&
	    quiet(in) >= q;
}

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), len = strlen(end);

	return n >= len && strcmp(s + n - len, end) == 0;
}

bool
why_bios_only(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return in->installs && in->bios && !in->uefi && ends_in(s->fail_file, ".efi") &&
	    failed_last(in, EC_NOT_FOUND, 0) && why_say(text,
	    "asked for %s: this profile has BIOS only", s->fail_file);
}

bool
why_uefi_only(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return in->installs && in->uefi && !in->bios && (ends_in(s->fail_file, "pxeboot") ||
	    ends_in(s->fail_file, ".0") || ends_in(s->fail_file, "kpxe")) &&
	    failed_last(in, EC_NOT_FOUND, 0) && why_say(text,
	    "asked for %s: this profile has UEFI only", s->fail_file);
}

bool
why_rollover(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;
	int64_t blocks = s->fail_block > 0 ? s->fail_done / s->fail_block : 0;

	return (blocks == BLOCKS_MAX || blocks == BLOCKS_MAX + 1) &&
	    (failed_last(in, EC_LOST, 0) || failed_last(in, EC_REFUSED, 0)) && why_say(text,
	    "the transfer of %s ended after %" PRId64 " blocks of %" PRId64 " bytes: its firmware "
	    "cannot count further", s->fail_file, blocks, s->fail_block);
}

bool
why_first_block(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return s->fail_done == 0 && failed_last(in, EC_LOST, 0) && why_say(text,
	    "asked for %s, and no block that was sent came back acknowledged (%" PRId64 " times): "
	    "the answers do not reach it", s->fail_file, s->fails);
}

bool
why_same_block(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return failed_last(in, EC_LOST, 0) && (s->fails > 1 ? why_say(text,
	    "the transfer of %s was given up at byte %" PRId64 ", %" PRId64 " times the same (blocks "
	    "of %" PRId64 "): the MTU, or a firewall", s->fail_file, s->fail_done, s->fails,
	    s->fail_block) : why_say(text,
	    "the transfer of %s was given up at byte %" PRId64 ": it answers no more", s->fail_file,
	    s->fail_done));
}

bool
why_tftp_error(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return failed_last(in, EC_REFUSED, QUIET_MISS) && why_say(text,
	    "ended the transfer of %s at byte %" PRId64 " (blocks of %" PRId64 "): \"%s\"", s->fail_file,
	    s->fail_done, s->fail_block, s->fail_why);
}

bool
why_not_found(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	if (!failed_last(in, EC_NOT_FOUND, QUIET_MISS))
		return false;
	if (s->boot_file[0] == '\0' || strcmp(s->boot_file, s->fail_file) == 0)
		return why_say(text, "asked for %s: there is no such file", s->fail_file);
	return why_say(text, "asked for %s: there is no such file; it was told to load %s",
	    s->fail_file, s->boot_file);
}

bool
why_denied(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return failed_last(in, EC_DENIED, QUIET_MISS) && why_say(text, "asked for %s: %s",
	    s->fail_file, s->fail_why[0] != '\0' ? s->fail_why : "access denied");
}

bool
why_stalled(const struct why_in *in, char text[WHY_TEXT])
{
	return in->seen->root_at == 0 && in->file[0] != '\0' && in->percent >= 0 &&
	    in->percent < 100 && quiet(in) >= QUIET_STALL && why_say(text,
	    "reading %s stopped at %d %%, %" PRId64 " s ago", in->file, in->percent, quiet(in));
}

bool
why_no_fetch(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;
	char a[2][IP4_STRLEN];

	return in_firmware(in) && s->fetch_at == 0 && s->boot_file[0] != '\0' &&
	    s->loader_at == 0 && s->mount_at == 0 && s->ack_at >= s->boot_at &&
	    firmware_is_first(why_fw(s->ack_fw)) && quiet(in) >= QUIET_FIRMWARE && why_say(text,
	    "got %s and was told to load %s from %s, and never asked for it", why_ip(s->ack, a[0]),
	    s->boot_file, why_ip(s->next_server, a[1]));
}

/* It has one file, and what that should do did not happen. */
static bool
has_program_alone(const struct why_in *in)
{
	const struct seen *s = in->seen;

	return in_firmware(in) && s->gots == 1 && s->got_at >= s->boot_at && s->fetches <= 1 &&
	    s->getport_at == 0 && s->mount_at == 0 && s->loader_at == 0 &&
	    (s->ack_at <= s->got_at || firmware_kind(why_fw(s->ack_fw)) != FK_IPXE);
}

bool
why_secure_boot(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	if (!is_uefi(s))
		return false;
	if (s->again > 0 && s->gots <= 1 && in_firmware(in) && s->mount_at == 0)
		return why_say(text, "UEFI loaded %s %" PRId64 " time%s and began anew: it does not "
		    "start it, as with Secure Boot", s->again_file, s->again,
		    s->again == 1 ? "" : "s");
	return has_program_alone(in) && quiet(in) >= QUIET_PROGRAM && why_say(text,
	    "UEFI loaded %s %" PRId64 " s ago, and nothing was heard since: Secure Boot does not "
	    "start what is not signed", s->got_file, quiet(in));
}

bool
why_program_again(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return s->again > 0 && s->gots <= 1 && in_firmware(in) && s->mount_at == 0 &&
	    why_say(text, "loaded %s %" PRId64 " time%s and began its network boot anew",
	    s->again_file, s->again, s->again == 1 ? "" : "s");
}

bool
why_program_silent(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return in_firmware(in) && s->got_at != 0 && s->getport_at == 0 && s->mount_at == 0 &&
	    s->loader_at == 0 && quiet(in) >= QUIET_PROGRAM && why_say(text,
	    "loaded %s %" PRId64 " s ago, and nothing was heard since", s->got_file,
	    quiet(in));
}

/* The loader, the kernel -------------------------------------------------- */

bool
why_mount_refused(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return s->nomount_at != 0 && s->nomount_at >= s->mount_at && s->root_at == 0 &&
	    quiet(in) >= 5 && why_say(text, "the mount of /%s was refused: %s", s->nomount,
	    s->nomount_why);
}

bool
why_stale(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return s->stales >= 2 && s->stale_at > s->root_at && s->stale_at >= s->step_at &&
	    in->now - s->stale_at < QUIET_SYSTEM && why_say(text,
	    "used a file handle %" PRId64 " times that is not of this server or tree", s->stales);
}

bool
why_portmap_only(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return in_firmware(in) && s->getport_at != 0 && s->mount_at == 0 && s->nomount_at == 0 &&
	    s->getport != SEEN_NFS && quiet(in) >= QUIET_FIRMWARE && why_say(text,
	    "asked portmap (port 111) for %s, and never came there: firewalled?",
	    s->getport == SEEN_MOUNTD ? "mountd" : "a program");
}

bool
why_loader_no_root(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;
	char a[IP4_STRLEN];

	return in_firmware(in) && s->loader_at != 0 && s->getport_at == 0 && s->mount_at == 0 &&
	    s->fetch_at <= s->loader_at && quiet(in) >= QUIET_FIRMWARE && why_say(text,
	    "FreeBSD's loader got %s %" PRId64 " s ago, and asked neither portmap nor MOUNT",
	    why_ip(s->ack, a), in->now - s->loader_at);
}

bool
why_no_kernel(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return in_firmware(in) && s->mount_at != 0 && quiet(in) >= QUIET_LOADER && why_say(text,
	    "the loader mounted its root and read no kernel; nothing was heard for %" PRId64 " s",
	    quiet(in));
}

/* FreeBSD's loader mounts for the kernel, which comes with the loader's handle; a
 * Linux asks portmap and MOUNT itself, when its kernel and driver are at work. */
bool
why_nfs_blocked(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;
	bool since = s->getport_at > s->kernel_at || s->mount_at > s->kernel_at;

	if (s->kernel_at == 0 || s->root_at != 0 || quiet(in) < QUIET_LOADER)
		return false;
	if (since || s->os_at > s->kernel_at)
		return why_say(text, "the kernel runs (it asked %s), and never came to TCP 2049: "
		    "firewalled?", s->mount_at > s->kernel_at ? "MOUNT" :
		    since ? "portmap" : "for its address");
	return s->mount_at != 0 && quiet(in) >= QUIET_KERNEL && why_say(text,
	    "loader asked portmap and mounted, %s was read, and the kernel never came to TCP 2049: "
	    "firewalled? or no driver for its network card", s->kernel);
}

bool
why_kernel_silent(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return s->kernel_at != 0 && s->root_at == 0 && quiet(in) >= QUIET_KERNEL && why_say(text,
	    "%s was read %" PRId64 " s ago, and nothing was heard since", s->kernel,
	    in->now - s->kernel_at);
}

bool
why_claim_refused(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return s->noclaim_at != 0 && s->noclaim_at >= s->step_at && why_say(text,
	    "its script asked to begin, and was refused: %s", s->noclaim_why);
}

bool
why_no_script(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return s->root_at != 0 && quiet(in) >= QUIET_SYSTEM && (s->step[0] == '\0' ?
	    why_say(text, "its root was mounted %" PRId64 " s ago, and the script never asked to "
	    "begin", in->now - s->root_at) : why_say(text,
	    "the script stopped in %s %" PRId64 " s ago, before it asked to begin", s->step,
	    quiet(in)));
}

bool
why_boots_again(const struct why_in *in, char text[WHY_TEXT])
{
	return in->attempts > 1 && why_say(text,
	    "network boot %u of %u since it was armed, and the installation never began",
	    in->attempts, in->max_attempts);
}

/* Installing, and after --------------------------------------------------- */

bool
why_dist_stalled(const struct why_in *in, char text[WHY_TEXT])
{
	return in->file[0] != '\0' && in->percent >= 0 && in->percent < 100 &&
	    quiet(in) >= QUIET_STALL && why_say(text,
	    "reading %s stopped at %d %%, %" PRId64 " s ago (step %u of %u, %s)", in->file,
	    in->percent, quiet(in), in->step_no, in->steps, in->seen->step);
}

bool
why_step_silent(const struct why_in *in, char text[WHY_TEXT])
{
	int64_t usual = in->usual > 0 ? in->usual : 0;

	return quiet(in) >= QUIET_STEP + SLOW_TIMES * usual && why_say(text,
	    "nothing heard for %" PRId64 " s in step %u of %u, %s", quiet(in), in->step_no, in->steps,
	    in->seen->step);
}

bool
why_step_slow(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return s->step_at != 0 && in->usual >= 0 &&
	    in->now - s->step_at >= SLOW_TIMES * in->usual + SLOW_S && why_say(text,
	    "step %u of %u, %s, runs for %" PRId64 " s; it used to take %" PRId64 " s", in->step_no,
	    in->steps, s->step, in->now - s->step_at, in->usual);
}

bool
why_restarted(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return s->restarted != 0 && why_say(text,
	    "the machine restarted in step %" PRId64 " of %u, %s", s->restarted, in->steps, s->step);
}

bool
why_step_failed(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return s->failed_at != 0 && why_say(text, "stopped in step %" PRId64 " of %u, %s%s%.170s",
	    s->step_no, in->steps, in->reason + (strncmp(in->reason, "step ", 5) == 0 ? 5 : 0),
	    s->last_lines[0] != '\0' ? "; last lines: " : "", s->last_lines);
}

bool
why_looped(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return s->looped != 0 && why_say(text, "booted from the network %" PRId64 " times without "
	    "starting the installation: disarmed%s%s", s->looped, s->again_file[0] != '\0' ?
	    "; each time it loaded " : "", s->again_file);
}

bool
why_disk_loop(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return strcmp(s->boot_rule, "disk-loop") == 0 && in->now - s->heard < DISK_SHOWN_S &&
	    why_say(text, "was sent to its disk several times within minutes, and came back");
}

bool
why_no_return(const struct why_in *in, char text[WHY_TEXT])
{
	int64_t s = in->now - in->since;

	return in->seen->heard <= in->since + 60 && s >= RETURN_S && s < RETURN_SHOWN_S &&
	    why_say(text, "installed %" PRId64 " min ago, and not heard of since", s / 60);
}
