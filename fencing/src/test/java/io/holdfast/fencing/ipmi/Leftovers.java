package io.holdfast.fencing.ipmi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** The threads and open files of this process at one moment, to see later what was left behind. */
record Leftovers(Set<Thread> threads, long openFiles) {

    /** Class files, logs and the like may be opened meanwhile; twenty sockets may not. */
    private static final long OTHER_FILES = 8;

    static Leftovers now() {
        return new Leftovers(Set.copyOf(Thread.getAllStackTraces().keySet()), countOpenFiles());
    }

    void awaitNoMore() {
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            List<String> since = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> !threads.contains(thread))
                    .map(Thread::getName)
                    .filter(name -> !name.startsWith("awaitility") && !name.equals("Attach Listener"))
                    .toList();
            assertThat(since).isEmpty();
            assertThat(countOpenFiles()).isLessThanOrEqualTo(openFiles + OTHER_FILES);
        });
    }

    private static long countOpenFiles() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }
}
