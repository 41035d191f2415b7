/* Stands between a process and the files below SHIM_DIRECTORY, which must be on Linux.
 *
 * Counts every open, write, truncation and sync; at number SHIM_AT it fails with the error number SHIM_ERROR, writing
 * half of what a write was given, and so does every later one if SHIM_FOREVER is set. Without SHIM_ERROR the process
 * ends there, as at a power cut. With SHIM_OPENS opening never fails. What succeeded is noted in SHIM_TRACE, a line
 * each, and so is what is printed. A sync copies what was written into SHIM_DISK, and one of the directory removes from
 * there what was removed: what a disk would hold that keeps nothing it was not told to keep. For files up to 32 MiB. */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Held for each operation as a whole: threads take turns, so that none writes to a file while another syncs it. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static long operations;

/* The file's name if it is below SHIM_DIRECTORY, "." for the directory itself, else NULL. */
static const char *watched(const char *path)
{
    const char *directory = getenv("SHIM_DIRECTORY");
    size_t length = directory ? strlen(directory) : 0;
    if (!length || strncmp(path, directory, length))
        return NULL;
    return path[length] == '/' ? path + length + 1 : path[length] ? NULL : ".";
}

static const char *watched_fd(int fd, char path[PATH_MAX])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return watched(path);
}

static void trace(const char *what, const char *text, size_t length)
{
    char line[PATH_MAX + 64];
    if (!getenv("SHIM_TRACE"))
        return;
    snprintf(line, sizeof line - 1, "%s %.*s", what, (int)length, text);
    size_t end = strcspn(line, "\n");
    line[end] = '\n';
    int fd = syscall(SYS_openat, AT_FDCWD, getenv("SHIM_TRACE"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    syscall(SYS_write, fd, line, end + 1);
    syscall(SYS_close, fd);
}

/* Whether the operation that is about to happen fails; errno says how. */
static int fails(void)
{
    long number = ++operations, at = getenv("SHIM_AT") ? atol(getenv("SHIM_AT")) : 0;
    if (!at || number < at || (number > at && !getenv("SHIM_FOREVER")))
        return 0;
    if (!getenv("SHIM_ERROR"))
        syscall(SYS_exit_group, 9);
    errno = atoi(getenv("SHIM_ERROR"));
    return 1;
}

/* Removes from SHIM_DISK what is no longer in the directory. */
static void keep_directory(const char *path)
{
    char file[PATH_MAX], kept[PATH_MAX];
    DIR *disk = opendir(getenv("SHIM_DISK"));
    for (struct dirent *entry; (entry = readdir(disk));) {
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        snprintf(kept, sizeof kept, "%s/%s", getenv("SHIM_DISK"), entry->d_name);
        if (access(file, F_OK))
            unlink(kept);
    }
    closedir(disk);
}

/* What was written to a file since it was last synced, a bit per sector. A sync that fails forgets it, as some systems
 * do: such sectors reach the disk only if they are written once more. */
#define SECTOR 512
#define SECTORS (1 << 16)
static struct file { char name[256]; unsigned char unsynced[SECTORS]; } files[8];

static struct file *file_of(const char *name)
{
    struct file *file = files;
    while (file->name[0] && strcmp(file->name, name))
        file++;
    if (!file->name[0])
        snprintf(file->name, sizeof file->name, "%s", name);
    return file;
}

static void wrote(const char *name, off_t offset, ssize_t count)
{
    if (count > 0)
        memset(file_of(name)->unsynced + offset / SECTOR, 1, (offset + count - 1) / SECTOR - offset / SECTOR + 1);
}

static void keep(const char *path, const char *name)
{
    char kept[PATH_MAX], bytes[SECTOR];
    struct file *file = file_of(name);
    if (!getenv("SHIM_DISK"))
        return;
    if (!strcmp(name, "."))
        return keep_directory(path);
    snprintf(kept, sizeof kept, "%s/%s", getenv("SHIM_DISK"), name);
    int from = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
    int to = syscall(SYS_openat, AT_FDCWD, kept, O_WRONLY | O_CREAT, 0600);
    for (long sector = 0; sector < SECTORS; sector++)
        if (file->unsynced[sector])
            syscall(SYS_pwrite64, to, bytes, pread(from, bytes, SECTOR, sector * SECTOR), sector * SECTOR);
    syscall(SYS_ftruncate, to, lseek(from, 0, SEEK_END));
    syscall(SYS_close, from);
    syscall(SYS_close, to);
}

static ssize_t writing(long call, int fd, const void *bytes, size_t count, off_t offset)
{
    char path[PATH_MAX];
    const char *name = watched_fd(fd, path);
    if (fd == STDOUT_FILENO)
        trace("print", bytes, count);
    if (!name)
        return syscall(call, fd, bytes, count, offset);
    pthread_mutex_lock(&turn);
    int failing = fails(), error = errno;
    ssize_t written = syscall(call, fd, bytes, failing ? count / 2 : count, offset);
    wrote(name, offset, written);
    trace("write", name, strlen(name));
    errno = failing ? error : errno;
    pthread_mutex_unlock(&turn);
    return failing ? -1 : written;
}

ssize_t write(int fd, const void *bytes, size_t count) { return writing(SYS_write, fd, bytes, count, 0); }
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return writing(SYS_pwrite64, fd, bytes, count, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) { return writing(SYS_pwrite64, fd, bytes, count, offset); }

static int syncing(long call, int fd)
{
    char path[PATH_MAX];
    const char *name = watched_fd(fd, path);
    if (!name)
        return syscall(call, fd);
    pthread_mutex_lock(&turn);
    int failing = fails(), error = errno;
    int result = failing ? -1 : syscall(call, fd);
    if (!result) {
        keep(path, name);
        trace("sync", name, strlen(name));
    }
    memset(file_of(name)->unsynced, 0, SECTORS);
    errno = failing ? error : errno;
    pthread_mutex_unlock(&turn);
    return result;
}

int fsync(int fd) { return syncing(SYS_fsync, fd); }
int fdatasync(int fd) { return syncing(SYS_fdatasync, fd); }

static int truncating(int fd, off_t length)
{
    char path[PATH_MAX];
    const char *name = watched_fd(fd, path);
    if (!name)
        return syscall(SYS_ftruncate, fd, length);
    pthread_mutex_lock(&turn);
    int result = fails() ? -1 : syscall(SYS_ftruncate, fd, length);
    if (!result)
        trace("truncate", name, strlen(name));
    pthread_mutex_unlock(&turn);
    return result;
}

int ftruncate(int fd, off_t length) { return truncating(fd, length); }
int ftruncate64(int fd, off_t length) { return truncating(fd, length); }

static int opening(const char *path, int flags, va_list rest)
{
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    const char *name = flags & (O_WRONLY | O_RDWR) ? watched(path) : NULL;
    if (!name)
        return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    pthread_mutex_lock(&turn);
    int failing = !getenv("SHIM_OPENS") && fails();
    int fd = failing ? -1 : syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (!failing)
        trace("open", name, strlen(name));
    pthread_mutex_unlock(&turn);
    return fd;
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    int fd = opening(path, flags, rest);
    va_end(rest);
    return fd;
}

int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    int fd = opening(path, flags, rest);
    va_end(rest);
    return fd;
}
