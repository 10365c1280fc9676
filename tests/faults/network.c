/* Preloaded into a process, makes a folder what it is on a network file system.

   The folder lies on a local disk, and what is in its files is what the writing machine knows. A
   table that all processes share says what the server knows: how long each file was when it was
   synced or closed. A reader on another machine sees that and nothing more, and of that what it
   asked for last: at its last open() of the file, or when it had forgotten what it knew. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { LOCAL, WRITER, READER, RIVAL }; /* a rival writes, too, from another machine */
enum { MOST_VERSIONS = 1 << 17, MOST_FILES = 1 << 14, MOST_DESCRIPTORS = 1 << 12 };

typedef struct {
    _Atomic ino_t file; /* set last */
    off_t size;
    struct timespec written;
    double shown_from;
} Version;

typedef struct {
    atomic_long count;
    Version of[MOST_VERSIONS];
} Server;

typedef struct {
    ino_t file;
    off_t size;
    struct timespec written;
    double asked;
} Known;

static Server *server;
static char below[PATH_MAX];
static int role, stale_one_in;
static double delay, remembers; /* seconds */
static unsigned drawn;
static Known known[MOST_FILES];
static int files;
static off_t ends[MOST_DESCRIPTORS]; /* of files opened to append to: where this machine thinks */
static char appends[MOST_DESCRIPTORS];
static atomic_long overwritten; /* bytes that another machine had written there */
static atomic_long stale_reads, lagging;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) __typeof__(name) *real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static double now(void)
{
    struct timespec at;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static int one_in(int count) { return count && rand_r(&drawn) % count == 0; }

static int is_below(const char *path)
{
    size_t length = strlen(below);
    return strncmp(path, below, length) == 0 && (!path[length] || path[length] == '/');
}

static int is_far(int fd)
{
    char link[32], path[PATH_MAX];
    if (role == LOCAL)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long length = syscall(SYS_readlink, link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    return is_below(path);
}

static int is_far_at(int fd, const char *path)
{
    return role != LOCAL && (path[0] == '/' || fd == AT_FDCWD ? is_below(path) : is_far(fd));
}

static int look(int fd, struct stat *found) { return (int)syscall(SYS_fstat, fd, found); }

static void publish(ino_t file, off_t size, double after)
{
    long number = atomic_fetch_add(&server->count, 1);
    if (number >= MOST_VERSIONS)
        abort(); /* or a reader would be told too little */
    Version *version = &server->of[number];
    version->size = size;
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &version->written);
    version->shown_from = now() + after;
    version->file = file;
}

static void publish_all(int fd)
{
    struct stat found;
    if ((role == WRITER || role == RIVAL) && is_far(fd) && !look(fd, &found) && S_ISREG(found.st_mode))
        publish(found.st_ino, found.st_size, delay);
}

static void ask_server(Known *what, double when)
{
    long count = server->count;
    what->asked = when;
    for (long number = (count > MOST_VERSIONS ? MOST_VERSIONS : count) - 1; number >= 0; number--) {
        Version *version = &server->of[number];
        if (version->file != what->file || version->shown_from > when)
            continue;
        if (version->size < what->size)
            continue; /* of two machines that wrote it */
        what->size = version->size;
        what->written = version->written;
        return;
    }
}

/* What this machine knows of a file, asked for anew where it is opened, or was forgotten. */
static Known what_is_known(const struct stat *found, int is_opened)
{
    double when = now();
    int number = 0;
    pthread_mutex_lock(&lock);
    while (number < files && known[number].file != found->st_ino)
        number++;
    if (number == MOST_FILES)
        abort();
    if (number == files) {
        known[files++] = (Known){found->st_ino, 0, found->st_mtim, when};
        if (S_ISREG(found->st_mode))
            known[number].written.tv_nsec = 0; /* not what the server does not know */
        is_opened = 1;
    }
    Known *what = &known[number];
    if (is_opened || when - what->asked >= remembers) {
        if (S_ISREG(found->st_mode))
            ask_server(what, when);
        else {
            what->written = found->st_mtim;
            what->asked = when;
        }
    }
    Known answer = *what;
    pthread_mutex_unlock(&lock);
    return answer;
}

static int is_elsewhere(void) { return role == READER || role == RIVAL; }

/* A machine knows what it wrote itself, whatever the server says. */
static void know(int fd, off_t size)
{
    struct stat found;
    if (look(fd, &found))
        return;
    what_is_known(&found, 0);
    pthread_mutex_lock(&lock);
    for (int number = 0; number < files; number++)
        if (known[number].file == found.st_ino && known[number].size < size)
            known[number].size = size;
    pthread_mutex_unlock(&lock);
}

static void as_known(struct stat *found)
{
    if (!is_elsewhere())
        return;
    Known what = what_is_known(found, 0);
    found->st_mtim = found->st_ctim = what.written;
    if (!S_ISREG(found->st_mode))
        return;
    lagging += what.size < found->st_size;
    found->st_size = what.size;
}

/* fault_network() says what the folder is to this process from now on. */
void fault_network(const char *table, const char *folder, int as, double delayed, double remembered,
                   int stale, unsigned seed)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, table, O_RDWR | O_CREAT, 0666);
    if (fd < 0 || ftruncate(fd, sizeof *server))
        abort();
    server = mmap(NULL, sizeof *server, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (server == MAP_FAILED)
        abort();
    syscall(SYS_close, fd);
    snprintf(below, sizeof below, "%s", folder);
    delay = delayed, remembers = remembered, stale_one_in = stale, drawn = seed;
    role = as;
}

long fault_stale_reads(void) { return stale_reads; }
long fault_lagging(void) { return lagging; }
long fault_overwritten(void) { return overwritten; }

static void was_opened(int fd, int flags)
{
    struct stat found;
    if (fd < 0 || !is_far(fd) || look(fd, &found))
        return;
    if (is_elsewhere())
        what_is_known(&found, 1);
    if (role != READER && S_ISREG(found.st_mode) && flags & O_CREAT && !found.st_size)
        publish(found.st_ino, 0, 0); /* a name is made at the server */
    if (role != RIVAL || !(flags & O_APPEND) || fd >= MOST_DESCRIPTORS)
        return;
    appends[fd] = 1; /* the end is where this machine thinks it is */
    ends[fd] = what_is_known(&found, 1).size;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_APPEND);
}

#define MODE                                                                   \
    va_list more;                                                              \
    va_start(more, flags);                                                     \
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;                  \
    va_end(more)

#define OPEN(name)                                                             \
    int name(const char *path, int flags, ...)                                 \
    {                                                                          \
        REAL(name);                                                            \
        MODE;                                                                  \
        int fd = real(path, flags, mode);                                      \
        was_opened(fd, flags);                                                 \
        return fd;                                                             \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                           \
    int name(int folder, const char *path, int flags, ...)                     \
    {                                                                          \
        REAL(name);                                                            \
        MODE;                                                                  \
        int fd = real(folder, path, flags, mode);                              \
        was_opened(fd, flags);                                                 \
        return fd;                                                             \
    }
OPENAT(openat)
OPENAT(openat64)

#define STAT(name, declared, given, far)                                       \
    int name declared                                                          \
    {                                                                          \
        REAL(name);                                                            \
        int failed = real given;                                               \
        if (!failed && is_elsewhere() && far)                                  \
            as_known((struct stat *)found);                                    \
        return failed;                                                         \
    }
STAT(stat, (const char *path, struct stat *found), (path, found), is_below(path))
STAT(stat64, (const char *path, struct stat64 *found), (path, found), is_below(path))
STAT(lstat, (const char *path, struct stat *found), (path, found), is_below(path))
STAT(lstat64, (const char *path, struct stat64 *found), (path, found), is_below(path))
STAT(fstat, (int fd, struct stat *found), (fd, found), is_far(fd))
STAT(fstat64, (int fd, struct stat64 *found), (fd, found), is_far(fd))
STAT(fstatat, (int fd, const char *path, struct stat *found, int flags), (fd, path, found, flags),
     is_far_at(fd, path))
STAT(fstatat64, (int fd, const char *path, struct stat64 *found, int flags),
     (fd, path, found, flags), is_far_at(fd, path))

ssize_t read(int fd, void *bytes, size_t size)
{
    REAL(read);
    struct stat found;
    if (!is_elsewhere() || !is_far(fd) || look(fd, &found) || !S_ISREG(found.st_mode))
        return real(fd, bytes, size);
    if (one_in(stale_one_in)) {
        stale_reads++;
        errno = ESTALE;
        return -1;
    }
    off_t left = what_is_known(&found, 0).size - lseek(fd, 0, SEEK_CUR);
    if (left <= 0)
        return 0;
    return real(fd, bytes, size < (size_t)left ? size : (size_t)left);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    REAL(write);
    if ((role != WRITER && role != RIVAL) || !is_far(fd))
        return real(fd, bytes, size);
    if (fd < MOST_DESCRIPTORS && appends[fd]) {
        struct stat before;
        off_t end = look(fd, &before) ? 0 : before.st_size;
        overwritten += end > ends[fd] ? end - ends[fd] : 0;
        ssize_t written = pwrite(fd, bytes, size, ends[fd]);
        ends[fd] += written > 0 ? written : 0;
        know(fd, ends[fd]);
        return written;
    }
    ssize_t written = real(fd, bytes, size);
    if (role == RIVAL && written > 0)
        know(fd, lseek(fd, 0, SEEK_CUR));
    struct stat found;
    if (written > 0 && one_in(10) && !look(fd, &found)) /* memory is short: a part goes out now */
        publish(found.st_ino, found.st_size - rand_r(&drawn) % written, delay);
    return written;
}

#define SYNC(name)                                                             \
    int name(int fd)                                                           \
    {                                                                          \
        REAL(name);                                                            \
        if ((role != WRITER && role != RIVAL) || !is_far(fd))                  \
            return real(fd);                                                   \
        publish_all(fd); /* this machine's disk is no matter */                \
        return 0;                                                              \
    }
SYNC(fsync)
SYNC(fdatasync)

int close(int fd)
{
    REAL(close);
    if (role != LOCAL && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
        publish_all(fd);
    if (fd >= 0 && fd < MOST_DESCRIPTORS)
        appends[fd] = 0;
    return real(fd);
}
