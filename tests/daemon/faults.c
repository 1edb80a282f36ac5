/* Calls to a disk that fail or hang, as the file that FAULTS names says at that moment: lines of
   "CALL WHAT", such as "pwrite 28" for an errno, "fsync hang" for as long as the line stands, or
   "pwrite short". Only files whose paths contain FAULTY are concerned. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define FILES 65536
#define SHORT -1
#define REAL(name) real_##name = dlsym(RTLD_NEXT, #name)

static char watched[FILES];
static int (*real_open)(const char *, int, ...);
static int (*real_open64)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_openat64)(int, const char *, int, ...);
static int (*real_close)(int);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_ftruncate64)(int, off64_t);
static ssize_t (*real_read)(int, void *, size_t);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_pwrite64)(int, const void *, size_t, off64_t);

__attribute__((constructor)) static void begin(void) {
    REAL(open); REAL(open64); REAL(openat); REAL(openat64); REAL(close); REAL(fsync);
    REAL(fdatasync); REAL(ftruncate); REAL(ftruncate64); REAL(read); REAL(write); REAL(pwrite);
    REAL(pwrite64);
}

static int said(const char *call, char *what) {
    char text[1024], *line, *rest = text;
    int file = real_open(getenv("FAULTS"), O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? 0 : real_read(file, text, sizeof text - 1);
    if (file >= 0) real_close(file);
    text[size > 0 ? size : 0] = 0;
    while ((line = strsep(&rest, "\n"))) {
        size_t length = strlen(call);
        if (!strncmp(line, call, length) && line[length] == ' ')
            return sscanf(line + length, "%15s", what);
    }
    return 0;
}

static int fault(const char *call) {
    char what[16];
    while (said(call, what) == 1) {
        if (!strcmp(what, "short")) return SHORT;
        if (strcmp(what, "hang")) return atoi(what);
        usleep(10000);
    }
    return 0;
}

static int is_faulty(const char *path) {
    return real_open && getenv("FAULTS") && strstr(path, getenv("FAULTY"));
}

static int opened(const char *path, int file) {
    if (file >= 0 && file < FILES) watched[file] = is_faulty(path) != 0;
    return file;
}

static int is_watched(int file) { return file >= 0 && file < FILES && watched[file]; }

#define FAIL(call, condition) \
    do { int wrong = (condition) ? fault(call) : 0; if (wrong > 0) { errno = wrong; return -1; } } while (0)
#define OPEN(name, ...) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
    FAIL("open", is_faulty(path)); \
    return opened(path, real_##name(__VA_ARGS__, flags, mode))

int open(const char *path, int flags, ...) { OPEN(open, path); }
int open64(const char *path, int flags, ...) { OPEN(open64, path); }
int openat(int folder, const char *path, int flags, ...) { OPEN(openat, folder, path); }
int openat64(int folder, const char *path, int flags, ...) { OPEN(openat64, folder, path); }

int close(int file) {
    int wrong = is_watched(file) ? fault("close") : 0;
    int result = real_close(file);
    if (file >= 0 && file < FILES) watched[file] = 0;
    if (wrong > 0) { errno = wrong; return -1; }
    return result;
}

int fsync(int file) { FAIL("fsync", is_watched(file)); return real_fsync(file); }
int fdatasync(int file) { FAIL("fsync", is_watched(file)); return real_fdatasync(file); }
int ftruncate(int file, off_t size) { FAIL("ftruncate", is_watched(file)); return real_ftruncate(file, size); }
int ftruncate64(int file, off64_t size) { FAIL("ftruncate", is_watched(file)); return real_ftruncate64(file, size); }

#define WRITE(call, ...) \
    int wrong = is_watched(file) ? fault("pwrite") : 0; \
    if (wrong > 0) { errno = wrong; return -1; } \
    if (wrong == SHORT && size > 1) size /= 2; \
    return call(file, data, size, ##__VA_ARGS__)

ssize_t write(int file, const void *data, size_t size) { WRITE(real_write); }
ssize_t pwrite(int file, const void *data, size_t size, off_t at) { WRITE(real_pwrite, at); }
ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) { WRITE(real_pwrite64, at); }
