/*
 * The Linux guest: pid 1 of a small virtual machine, and its only process. Keeps the same heartbeat ledger on its disk as
 * the boot-sector guest; the format is described in the package documentation of io.holdfast.lab.ledger. With each of its own
 * beats it also says through its virtio-serial port that it is healthy (docs/guest-heartbeat.md).
 *
 *   gcc -static -O2 -Wall -o init init.c
 *
 * It asks to be watched and answers challenges, too.
 *
 * Kernel command line: beat=MILLISECONDS (default 200), panicat=SEQ (crash the kernel there), hangat=SEQ (stop there);
 * and, counted in beats since this boot: offat=N (shut down), biteat=N (start a watchdog and never pet it), sickat=N (unhealthy from there
 * on), muteat=N (say and answer nothing more, but keep the ledger), byeat=N (say goodbye, then nothing).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SECTOR = 512, CURRENT = 2, SPLIT = 3, BOOTS = 64, BOOTS_SIZE = 64, RING = 128, RING_SIZE = 1024 };
#define BEAT 0x54414542u
#define BOOT 0x544f4f42u
#define SPLT 0x544c5053u

struct record {
    uint32_t magic, count;
    uint64_t id, seq, first, foreign_id, foreign_seq;
    uint32_t detections;
    uint8_t unused[SECTOR - 60];
    uint64_t trailer;
} __attribute__((packed));
_Static_assert(sizeof(struct record) == SECTOR, "a record is a sector");

static struct record own __attribute__((aligned(4096)));
static struct record seen __attribute__((aligned(4096)));
static int disk;

static void pause_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
    nanosleep(&t, NULL);
}

/* A disk that fails for a while is tried again: that is what a guest with storage trouble does. */
static void read_sector(int lba)
{
    while (pread(disk, &seen, SECTOR, (off_t)lba * SECTOR) != SECTOR) pause_ms(50);
}

static void write_sector(int lba, uint32_t magic)
{
    own.magic = magic;
    own.trailer = own.id ^ own.seq ^ (uint64_t)magic << 32;
    while (pwrite(disk, &own, SECTOR, (off_t)lba * SECTOR) != SECTOR) pause_ms(50);
}

static void load_modules(void)
{
    char path[32];
    for (int i = 0; i < 32; i++) {
        snprintf(path, sizeof path, "/modules/%02d.ko", i);
        int module = open(path, O_RDONLY | O_CLOEXEC);
        if (module < 0) break;
        if (syscall(SYS_finit_module, module, "", 0) != 0) printf("HOLDFAST cannot load %s: %m\n", path);
        close(module);
    }
}

/* The port by its name; -1 when this guest has none. Never waits: a host that does not listen must not hold up the ledger. */
static int open_port(void)
{
    DIR *ports = opendir("/sys/class/virtio-ports");
    struct dirent *entry;
    int port = -1;
    while (ports && port < 0 && (entry = readdir(ports))) {
        char path[300], name[64] = "";
        snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", entry->d_name);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0) continue;
        ssize_t length = read(file, name, sizeof name - 1);
        close(file);
        if (length <= 0 || strcmp(name, "io.holdfast.heartbeat.0\n")) continue;
        snprintf(path, sizeof path, "/dev/%s", entry->d_name);
        port = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    }
    if (ports) closedir(ports);
    return port;
}

static void tell(int port, const char *text)
{
    size_t length = strlen(text);
    if (port >= 0 && write(port, text, length) != (ssize_t)length) return;
}

/* What does not fit now is not said; the next beat says the same. */
static void say(int port, const char *word, unsigned long number, const char *how)
{
    char text[64];
    int length = snprintf(text, sizeof text, "%s %lu %s\n", word, number, how);
    if (port >= 0 && write(port, text, length) != length) return;
}

/* Answers what was asked since; half a line is kept for the next call. */
static void answer(int port)
{
    static char text[256];
    static size_t length;
    ssize_t count;
    if (port < 0) return;
    while ((count = read(port, text + length, sizeof text - 1 - length)) > 0) {
        length += count;
        text[length] = 0;
        char *line = text, *end;
        while ((end = strchr(line, '\n'))) {
            *end = 0;
            if (!strncmp(line, "challenge ", 10) && strlen(line) == 26 && dprintf(port, "answer %s\n", line + 10) < 0) return;
            line = end + 1;
        }
        length = strlen(line);
        memmove(text, line, length + 1);
        if (length == sizeof text - 1) length = 0;
    }
}

static uint32_t peek(int config, off_t at)
{
    uint32_t value = 0;
    return pread(config, &value, sizeof value, at) == sizeof value ? value : 0;
}

/*
 * Starts an i6300esb watchdog of two times a second, and leaves it alone. Debian's cloud kernel has no driver for it, so its registers
 * are written from here: each of them is unlocked by 0x80 and 0x86 in the reload register.
 */
static void start_watchdog(void)
{
    DIR *devices = opendir("/sys/bus/pci/devices");
    struct dirent *entry;
    while (devices && (entry = readdir(devices))) {
        char path[320];
        snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/config", entry->d_name);
        int config = open(path, O_RDWR | O_CLOEXEC);
        if (config < 0) continue;
        if (peek(config, 0) != 0x25ab8086) {
            close(config);
            continue;
        }
        uint16_t command = peek(config, 4) | 2, no_interrupt = 3;
        uint8_t enable = 2;
        snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/resource0", entry->d_name);
        int memory = open(path, O_RDWR | O_SYNC | O_CLOEXEC);
        if (pwrite(config, &command, sizeof command, 4) != sizeof command || memory < 0) break;
        volatile uint8_t *base = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
        if (base == MAP_FAILED) break;
        volatile uint16_t *reload = (volatile uint16_t *)(base + 0x0c);
        for (int timer = 0; timer < 2; timer++) {
            *reload = 0x80, *reload = 0x86;
            *(volatile uint32_t *)(base + 4 * timer) = 0x400; /* of 0.98 ms each */
        }
        *reload = 0x80, *reload = 0x86, *reload = 0x100;
        if (pwrite(config, &no_interrupt, sizeof no_interrupt, 0x60) == sizeof no_interrupt
            && pwrite(config, &enable, sizeof enable, 0x68) == sizeof enable)
            printf("HOLDFAST watchdog started\n");
        return;
    }
    printf("HOLDFAST no watchdog\n");
}

static long option(const char *line, const char *name, long otherwise)
{
    const char *at = strstr(line, name);
    return at ? atol(at + strlen(name)) : otherwise;
}

int main(void)
{
    static char line[4096];
    mkdir("/dev", 0755), mkdir("/proc", 0755), mkdir("/sys", 0755);
    mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
    mount("proc", "/proc", "proc", 0, NULL);
    mount("sysfs", "/sys", "sysfs", 0, NULL);
    int console = open("/dev/console", O_RDWR);
    if (console >= 0) dup2(console, 0), dup2(console, 1), dup2(console, 2);
    setvbuf(stdout, NULL, _IOLBF, 0);
    int cmdline = open("/proc/cmdline", O_RDONLY);
    if (cmdline >= 0 && read(cmdline, line, sizeof line - 1) < 0) line[0] = 0;
    load_modules();
    long beat = option(line, "beat=", 200), panic_at = option(line, "panicat=", 0), hang_at = option(line, "hangat=", 0);
    unsigned long off_at = option(line, "offat=", 0), bite_at = option(line, "biteat=", 0), sick_at = option(line, "sickat=", 0),
                  mute_at = option(line, "muteat=", 0), bye_at = option(line, "byeat=", 0);

    /* Past the page cache, or a second writer would never be seen. */
    while ((disk = open("/dev/vda", O_RDWR | O_DIRECT | O_DSYNC)) < 0) pause_ms(10);
    while (getrandom(&own.id, sizeof own.id, GRND_NONBLOCK) != sizeof own.id) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        own.id = (uint64_t)now.tv_sec << 32 ^ (uint64_t)now.tv_nsec << 4 ^ __builtin_ia32_rdtsc();
        break;
    }
    own.id |= 1;
    read_sector(CURRENT);
    own.seq = seen.magic == BEAT ? seen.seq + 1 : 1;
    own.count = seen.magic == BEAT ? seen.count + 1 : 1;
    own.first = own.seq;
    write_sector(BOOTS + (own.count - 1) % BOOTS_SIZE, BOOT);
    printf("HOLDFAST boot %016llx seq %016llx\n", (unsigned long long)own.id, (unsigned long long)own.seq);

    char interval[16];
    snprintf(interval, sizeof interval, "%ld", beat);
    int port = -1;
    for (unsigned long beats = 1;; beats++) {
        /* The port comes a moment after its module, and a host that listens later has missed the hello. */
        if (port < 0) port = open_port();
        if (beats == bite_at) start_watchdog();
        if (beats == off_at) reboot(RB_POWER_OFF);
        if (beats == bye_at) tell(port, "goodbye\n");
        if (!(mute_at && beats >= mute_at) && !(bye_at && beats >= bye_at)) {
            if (beats % 16 == 1) say(port, "hello", 1, interval);
            if (beats % 16 == 1) tell(port, "watch\n");
            answer(port);
            say(port, "beat", beats, sick_at && beats >= sick_at ? "unhealthy" : "healthy");
        }
        write_sector(CURRENT, BEAT);
        write_sector(RING + own.seq % RING_SIZE, BEAT);
        pause_ms(beat);
        read_sector(CURRENT);
        if (seen.id != own.id) {
            own.foreign_id = seen.id, own.foreign_seq = seen.seq, own.detections++;
            write_sector(SPLIT, SPLT);
            printf("SPLITBRAIN boot %016llx sees boot %016llx seq %016llx\n", (unsigned long long)own.id,
                   (unsigned long long)seen.id, (unsigned long long)seen.seq);
        }
        own.seq++;
        if (panic_at && (long)own.seq >= panic_at) return 1; /* pid 1 ends: the kernel panics */
        if (hang_at && (long)own.seq >= hang_at) for (;;) pause_ms(1000);
    }
}
