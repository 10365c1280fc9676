/* Preloaded into a process, makes chosen calls on files below a folder fail, and moves its clock.

   fault_arm() says which calls; nothing fails before. Calls are counted from then on. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { SHORT = -1, KILL = -2 }; /* instead of an errno: write half of it, and then die of it */

static char below[PATH_MAX], wanted[32], mounts[PATH_MAX], during[PATH_MAX];
static atomic_long seen, struck;
static long first_struck, last_struck;
static int code;
static double clock_is_ahead_by;

void fault_arm(const char *folder, const char *call, long first, long last, int with)
{
    snprintf(below, sizeof below, "%s", folder);
    first_struck = first, last_struck = last, code = with;
    seen = struck = 0;
    snprintf(wanted, sizeof wanted, "%s", call);
}

void fault_disarm(void) { wanted[0] = 0; }
long fault_seen(void) { return seen; }
long fault_struck(void) { return struck; }
void fault_clock(double seconds) { clock_is_ahead_by = seconds; }
void fault_mounts(const char *table) { snprintf(mounts, sizeof mounts, "%s", table); }

/* Of a program that calls none of the above, such as git, the environment says what fails, and
   may name a file whose end is the end of the fault. */
__attribute__((constructor)) static void fault_arm_from_environment(void)
{
    const char *folder = getenv("FAULT_FOLDER"), *call = getenv("FAULT_CALL");
    const char *while_there = getenv("FAULT_WHILE");
    if (while_there)
        snprintf(during, sizeof during, "%s", while_there);
    if (folder && call)
        fault_arm(folder, call, atol(getenv("FAULT_FIRST")), atol(getenv("FAULT_LAST")),
                  atoi(getenv("FAULT_CODE")));
}

/* Of such a program nobody asks fault_struck(): a file of the environment's choice is told. */
static void tell(const char *call)
{
    const char *into = getenv("FAULT_TOLD");
    int fd = into ? (int)syscall(SYS_openat, AT_FDCWD, into, O_WRONLY | O_APPEND | O_CREAT, 0666) : -1;
    if (fd < 0)
        return;
    syscall(SYS_write, fd, call, strlen(call));
    syscall(SYS_write, fd, "\n", 1);
    syscall(SYS_close, fd);
}

static int is_below(const char *path)
{
    char whole[PATH_MAX * 2];
    size_t length = strlen(below);
    if (path[0] != '/') { /* as git names most */
        if (syscall(SYS_getcwd, whole, PATH_MAX) < 0)
            return 0;
        strcat(strcat(whole, "/"), path);
        path = whole;
    }
    return strncmp(path, below, length) == 0 && (!path[length] || path[length] == '/');
}

static int strikes(const char *call, const char *path)
{
    if (strcmp(call, wanted) || !is_below(path))
        return 0;
    if (during[0] && syscall(SYS_faccessat, AT_FDCWD, during, F_OK) < 0)
        return 0;
    long number = ++seen;
    if (number < first_struck || number > last_struck)
        return 0;
    struck++;
    tell(call);
    errno = code;
    return 1;
}

static int strikes_at(const char *call, int fd)
{
    char link[32], path[PATH_MAX];
    if (!wanted[0])
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long length = syscall(SYS_readlink, link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return strikes(call, path);
}

/* Of a path that is relative to an open folder. */
static int strikes_in(const char *call, int folder, const char *path)
{
    char link[32], whole[PATH_MAX * 2];
    if (!wanted[0] || path[0] == '/' || folder == AT_FDCWD)
        return strikes(call, path);
    if (!path[0])
        return strikes_at(call, folder);
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    long length = syscall(SYS_readlink, link, whole, PATH_MAX);
    if (length < 0)
        return 0;
    snprintf(whole + length, sizeof whole - (size_t)length, "/%s", path);
    return strikes(call, whole);
}

#define REAL(name) __typeof__(name) *real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *bytes, size_t size)
{
    REAL(write);
    if (!strikes_at("write", fd))
        return real(fd, bytes, size);
    if (code > 0)
        return -1;
    ssize_t written = real(fd, bytes, size / 2);
    if (code == KILL)
        raise(SIGKILL);
    return written;
}

ssize_t read(int fd, void *bytes, size_t size)
{
    REAL(read);
    if (!strikes_at("read", fd))
        return real(fd, bytes, size);
    return code == SHORT ? real(fd, bytes, size / 2) : -1;
}

int close(int fd) /* the descriptor is gone even where it fails */
{
    REAL(close);
    int failed = strikes_at("close", fd), because = errno, result = real(fd);
    if (!failed)
        return result;
    errno = because;
    return -1;
}

#define OPEN(name)                                                             \
    int name(const char *path, int flags, ...)                                 \
    {                                                                          \
        REAL(name);                                                            \
        va_list more;                                                          \
        va_start(more, flags);                                                 \
        mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;              \
        va_end(more);                                                          \
        if (mounts[0] && strcmp(path, "/proc/self/mountinfo") == 0)    \
            return real(mounts, flags, mode);                                  \
        return strikes("open", path) ? -1 : real(path, flags, mode);           \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                           \
    int name(int folder, const char *path, int flags, ...)                     \
    {                                                                          \
        REAL(name);                                                            \
        va_list more;                                                          \
        va_start(more, flags);                                                 \
        mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;              \
        va_end(more);                                                          \
        return strikes_in("open", folder, path) ? -1 : real(folder, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

#define OF_PATH(name, call, declared, given)                                   \
    int name declared                                                          \
    {                                                                          \
        REAL(name);                                                            \
        return strikes(call, path) ? -1 : real given;                          \
    }
OF_PATH(mkdir, "mkdir", (const char *path, mode_t mode), (path, mode))
OF_PATH(rmdir, "rmdir", (const char *path), (path))
OF_PATH(unlink, "unlink", (const char *path), (path))
OF_PATH(rename, "rename", (const char *path, const char *to), (path, to))
OF_PATH(stat, "stat", (const char *path, struct stat *found), (path, found))
OF_PATH(stat64, "stat", (const char *path, struct stat64 *found), (path, found))
OF_PATH(lstat, "stat", (const char *path, struct stat *found), (path, found))
OF_PATH(lstat64, "stat", (const char *path, struct stat64 *found), (path, found))
OF_PATH(access, "access", (const char *path, int mode), (path, mode))

#define OF_PATH_IN(name, call, declared, given)                                \
    int name declared                                                          \
    {                                                                          \
        REAL(name);                                                            \
        return strikes_in(call, folder, path) ? -1 : real given;               \
    }
OF_PATH_IN(fstatat, "stat", (int folder, const char *path, struct stat *found, int flags),
           (folder, path, found, flags))
OF_PATH_IN(fstatat64, "stat", (int folder, const char *path, struct stat64 *found, int flags),
           (folder, path, found, flags))

#define OF_FD(name, call, declared, given)                                     \
    int name declared                                                          \
    {                                                                          \
        REAL(name);                                                            \
        return strikes_at(call, fd) ? -1 : real given;                         \
    }
OF_FD(fsync, "sync", (int fd), (fd))
OF_FD(fdatasync, "sync", (int fd), (fd))
OF_FD(fstat, "stat", (int fd, struct stat *found), (fd, found))
OF_FD(fstat64, "stat", (int fd, struct stat64 *found), (fd, found))

int clock_gettime(clockid_t clock, struct timespec *now)
{
    long result = syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME && clock_is_ahead_by)
        now->tv_sec += (time_t)clock_is_ahead_by;
    return (int)result;
}

time_t time(time_t *into)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into)
        *into = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}
