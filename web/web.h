/* web.h - the files of the web page, as `embed` puts them into the program, so
 * that nothing is opened at run time.  Layer: web.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include <stddef.h>

struct web_file {
	const char	*name;		/* "index.html" */
	const char	*type;		/* Content-Type */
	const char	*etag;		/* with its quotes */
	const unsigned char *data;
	size_t		 len;
};
extern const struct web_file web_files[];
extern const size_t n_web_files;

#endif /* WEB_WEB_H */
