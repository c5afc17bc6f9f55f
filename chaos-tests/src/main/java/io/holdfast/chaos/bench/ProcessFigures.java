package io.holdfast.chaos.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What the kernel says that a process has used, from {@code /proc}. */
record ProcessFigures(Duration cpu, long residentBytes) {

    static ProcessFigures of(long pid) throws IOException {
        Duration cpu = ProcessHandle.of(pid)
                .flatMap(handle -> handle.info().totalCpuDuration())
                .orElseThrow(() -> new IOException("process " + pid + " is not there any more"));
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return new ProcessFigures(cpu, Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024);
            }
        }
        throw new IOException("/proc/" + pid + "/status does not say VmRSS");
    }

    /** Bytes that went over the loopback of this network namespace, headers and everybody else's included. */
    static long loopbackBytes() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/self/net/dev"));
        for (String line : lines) {
            if (line.strip().startsWith("lo:")) {
                return Long.parseLong(line.strip().split("[:\\s]+", -1)[1]);
            }
        }
        throw new IOException("/proc/self/net/dev does not name the loopback");
    }
}
