/* os_usage.c - see os_usage.h. */
#include <sys/resource.h>
#ifdef __FreeBSD__
#include <sys/types.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#endif
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "os_usage.h"

#ifdef __FreeBSD__

static void
now(struct os_usage *u)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PID, getpid() }, n = 0;
	struct kinfo_proc kp;
	size_t len = sizeof(kp);

	if (sysctl(mib, 4, &kp, &len, NULL, 0) == 0)
		u->rss = (uint64_t)kp.ki_rssize * (uint64_t)getpagesize();
#ifdef KERN_PROC_NFDS
	mib[2] = KERN_PROC_NFDS;
	mib[3] = 0;
	len = sizeof(n);
	if (sysctl(mib, 4, &n, &len, NULL, 0) == 0)
		u->descriptors = (unsigned)n;
#else
	(void)n;
#endif
}

#else

static void
now(struct os_usage *u)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	DIR *d = opendir("/proc/self/fd");

	if (f != NULL) {
		if (fscanf(f, "%*u %lu", &pages) == 1)
			u->rss = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
		fclose(f);
	}
	if (d == NULL)
		return;
	while (readdir(d) != NULL)
		u->descriptors++;
	u->descriptors -= 3;		/* ".", "..", and this one */
	closedir(d);
}

#endif

void
os_usage(struct os_usage *ret)
{
	struct rusage ru;

	*ret = (struct os_usage){ 0 };
	now(ret);
	if (getrusage(RUSAGE_SELF, &ru) == 0)
		ret->rss_peak = (uint64_t)ru.ru_maxrss * 1024;	/* KiB on all systems */
	if (ret->rss_peak < ret->rss)
		ret->rss_peak = ret->rss;
}
